/** What kind of refusal or failure a call met; the caller decides by it, never by the wording. */
export type RmsErrorKind =
  /** The key is wrong, expired or not live yet. */
  | 'unauthorised'
  /** The function is not ticked for this key, or the request was not understood at the door. */
  | 'forbidden_function'
  /** Rakuten understood and said no; `codes` says why. */
  | 'refused'
  /** Too many requests. */
  | 'throttled'
  /** Rakuten is down, in maintenance or not reachable; nothing was changed. */
  | 'unavailable'
  /** A write ended without a usable answer: it may have taken effect or not. */
  | 'unknown_outcome'
  /** The answer is not what the reference describes; `issues` has the paths. */
  | 'malformed'
  /** Another change of the same record was in the way (CE0001). */
  | 'conflict'
  /** No turn at the rate limit within the caller's bound; nothing was sent. */
  | 'busy'
  /** The call was taken back before it was sent: the gateway closes, or the caller gave up. */
  | 'withdrawn';

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
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** What happened, what it means, what to do: one line per kind for the person who reads it. */
const MEANING: Record<RmsErrorKind, string> = {
  unauthorised:
    'Rakuten refused the key. It is wrong, expired or not live yet (a new key needs up to 90 minutes), or this function is not switched on for it; ' +
    'the answer does not tell which. Check the licence key and 利用機能編集 in RMS.',
  forbidden_function:
    'Rakuten turned the request away at the door. Either this function is not ticked in 利用機能編集, or the key is new or expired, or the ' +
    'request was damaged; the answer does not tell which. If other functions work, tick this one.',
  refused: 'Rakuten understood the request and refused it. Nothing was changed; see the codes.',
  throttled:
    'Rakuten has too many requests from this shop. Nothing was changed; it is tried again more slowly.',
  unavailable:
    'Rakuten did not serve the request (down, in maintenance or unreachable). Nothing was changed.',
  unknown_outcome:
    'The write ended without a usable answer, so it may have taken effect. Read the record before writing again.',
  malformed:
    'Rakuten’s answer is not what its documentation describes. Nothing was taken from it; see the paths.',
  conflict:
    'Another change of the same record was in progress at Rakuten. Nothing was changed; try again shortly.',
  busy: 'There was no free turn at the shop’s rate limit in time. Nothing was sent; try again.',
  withdrawn: 'The call was taken back before it was sent. Nothing was sent.',
};

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
  return `${details.operation}: ${MEANING[details.kind]}${evidence.length > 0 ? ` [${evidence.join('; ')}]` : ''}`;
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
  /** How long Rakuten asks us to stay away, in milliseconds, when it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(details: RmsErrorDetails) {
    super(describe(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.operation = details.operation;
    this.httpStatus = details.httpStatus;
    this.codes = details.codes ?? [];
    this.issues = details.issues ?? [];
    this.orderNumber = details.orderNumber;
    this.retryAfterMs = details.retryAfterMs;
  }
}
