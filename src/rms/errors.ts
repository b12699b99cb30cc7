import { apiOf, explainCode } from './codes';
import {
  type CircuitCause,
  KEY_CAUSES,
  type KeyCause,
  kindOf,
  PARKED_ADVICE,
  type RmsAdvice,
  type RmsErrorKind,
  type Wording,
} from './error-kinds';

export type { KeyCause, RmsAdvice, RmsErrorKind };

/** A code of Rakuten with its text; `path` names the field where Rakuten does. */
export interface RmsCode {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

/** A place in an answer that is not as documented. Carries types and paths, never values: they may be personal. */
export interface RmsIssue {
  readonly path: string;
  readonly message: string;
}

interface RmsErrorDetails {
  readonly kind: RmsErrorKind;
  readonly operation: string;
  readonly httpStatus?: number;
  readonly codes?: readonly RmsCode[];
  readonly issues?: readonly RmsIssue[];
  readonly orderNumber?: string;
  /** How long Rakuten asks us to stay away, in milliseconds, when it says so. */
  readonly retryAfterMs?: number;
  readonly keyCause?: KeyCause;
  /** Belongs to the kind `parked`. */
  readonly parkedBecause?: CircuitCause;
  readonly cause?: unknown;
}

/** Rakuten's texts are quoted up to this length; longer ones are of no more use in an error. */
const QUOTED_CHARACTERS = 200;

function describe(details: RmsErrorDetails): string {
  const evidence = [
    details.orderNumber && `order ${details.orderNumber}`,
    details.httpStatus && `HTTP ${details.httpStatus}`,
    ...(details.codes ?? [])
      .slice(0, 5)
      .map(({ code, message, path }) =>
        `${code} ${message.slice(0, QUOTED_CHARACTERS)}${path ? ` at ${path}` : ''}`.trim(),
      ),
    ...(details.issues ?? []).slice(0, 5).map(({ path, message }) => `${path}: ${message}`),
  ].filter(Boolean);
  return `${details.operation}: ${textOf(details).en}${evidence.length > 0 ? ` [${evidence.join('; ')}]` : ''}`;
}

/** What the cause of a refused key says, what a refusal's own code says, or else what the kind says. */
function textOf({ kind, keyCause, codes = [], operation }: RmsErrorDetails): Wording {
  if (keyCause) return KEY_CAUSES[keyCause].text;
  const [refusal] = codes;
  return kind === 'refused' && refusal ? explainCode(apiOf(operation), refusal.code) : kindOf(kind).text;
}

/** Everything that goes wrong with a call of Rakuten. Holds no key, no address and no value of an order. */
export class RmsError extends Error {
  override readonly name = 'RmsError';
  readonly kind: RmsErrorKind;
  /** The call, by Rakuten's name: `getOrder`, `inventories.bulk.upsert`. */
  readonly operation: string;
  readonly httpStatus: number | undefined;
  readonly codes: readonly RmsCode[];
  readonly issues: readonly RmsIssue[];
  readonly orderNumber: string | undefined;
  /** What the caller should do about it. */
  readonly advice: RmsAdvice;
  /** The pause before the next try in milliseconds: what Rakuten asked for, or what is usual for the kind. */
  readonly retryAfterMs: number | undefined;
  /** How long Rakuten asked us to stay away, in milliseconds; undefined when it did not say. */
  readonly askedToWaitMs: number | undefined;
  /** Why the key was refused, when that has been found out. */
  readonly keyCause: KeyCause | undefined;
  /** Why the shop is parked, where the kind is `parked`. */
  readonly parkedBecause: CircuitCause | undefined;
  /** What happened, what it means and what to do, for a person. */
  readonly text: Wording;
  readonly #details: RmsErrorDetails;

  constructor(details: RmsErrorDetails) {
    super(describe(details), details.cause === undefined ? undefined : { cause: details.cause });
    const { advice, retryAfterMs } = kindOf(details.kind);
    this.#details = details;
    this.kind = details.kind;
    this.operation = details.operation;
    this.httpStatus = details.httpStatus;
    this.codes = details.codes ?? [];
    this.issues = details.issues ?? [];
    this.orderNumber = details.orderNumber;
    this.advice = details.parkedBecause ? PARKED_ADVICE[details.parkedBecause] : advice;
    this.retryAfterMs = details.retryAfterMs ?? retryAfterMs;
    this.askedToWaitMs = details.retryAfterMs;
    this.keyCause = details.keyCause;
    this.parkedBecause = details.parkedBecause;
    this.text = textOf(details);
  }

  /** The same error, once it is known why the key was refused; its kind follows the cause. */
  withKeyCause(keyCause: KeyCause): RmsError {
    return new RmsError({ ...this.#details, keyCause, kind: KEY_CAUSES[keyCause].kind });
  }
}
