import type { AnswerBody, BodyFamily } from './answer-body';
import { type Api, findCode } from './codes';
import { BROKEN_OFF, type KindByEffect } from './codes/row';
import type { RmsErrorKind } from './errors';

/** Whether a call can change anything at Rakuten. */
export type Effect = 'read' | 'write';

/** What the meaning of an answer depends on beside the answer. */
export interface Asked {
  readonly api: Api;
  readonly effect: Effect;
  /** What a success is written in. */
  readonly accept: 'json' | 'xml';
}

const PAYLOAD: Readonly<Record<Asked['accept'], readonly BodyFamily[]>> = {
  json: ['messages', 'json', 'empty'],
  xml: ['shop'],
};

interface Rule {
  readonly status?: (status: number) => boolean;
  readonly family?: readonly BodyFamily[];
  readonly code?: RegExp;
  readonly kind: RmsErrorKind | KindByEffect;
}

const is =
  (...expected: number[]) =>
  (status: number) =>
    expected.includes(status);
const success = (status: number) => status >= 200 && status < 300;
const foreign: readonly BodyFamily[] = ['xml', 'html', 'unreadable'];
/** Bodies that say nothing of a success, once they are not the payload that was asked for. */
const silent: readonly BodyFamily[] = [...foreign, 'json', 'messages', 'empty'];

/**
 * From an answer without a code that we know to the kind of error; the first rule that fits decides (reference, order
 * API §2 and §10, item and inventory §1.1, §3.3 and §7). A write that met a 5xx other than 503 may have been carried
 * out: 503 is documented as overload, which is refused at the door.
 */
const RULES: readonly Rule[] = [
  { status: is(401), kind: 'unauthorised' },
  { status: is(409), kind: 'conflict' },
  { status: is(429), kind: 'throttled' },
  { status: is(403), family: ['xml'], kind: 'throttled' },
  { status: is(503), kind: 'unavailable' },
  { status: (status) => status >= 500 || status === 408, kind: BROKEN_OFF },
  // Codes of the gateway of which only the family is known.
  { status: is(400, 403), code: /^(GA|GK)\d|^ES01-/, kind: 'unauthorised' },
  { status: success, family: silent, kind: BROKEN_OFF },
  { family: foreign, kind: 'unavailable' },
  { status: is(403), kind: 'forbidden_function' },
  { status: (status) => status >= 400 || success(status), kind: 'refused' },
  { kind: 'unavailable' },
];

/** Statuses that say by themselves what happened, whatever an answer quotes. */
const OUTSPOKEN: readonly number[] = [401, 409, 429];

/**
 * A server that failed may quote any code; the code is believed where it is documented with such a status. So it is
 * where the status speaks for itself.
 */
const believable = (status: number, documented: number | undefined): boolean =>
  status >= 500
    ? documented !== undefined && documented >= 500
    : !OUTSPOKEN.includes(status) || documented === status;

/** What the first code says that Rakuten documents and that the status does not belie. */
function byCode(status: number, body: AnswerBody, api: Api): Rule['kind'] | undefined {
  for (const { code } of body.codes) {
    const row = findCode(api, code);
    if (row && row.kind !== 'no_error' && believable(status, row.http)) return row.kind;
  }
  return undefined;
}

const byRule = (status: number, body: AnswerBody): Rule['kind'] | undefined =>
  RULES.find(
    (rule) =>
      (rule.status?.(status) ?? true) &&
      (rule.family?.includes(body.family) ?? true) &&
      (rule.code === undefined || body.codes.some(({ code }) => rule.code?.test(code))),
  )?.kind;

/** The kind of error that an answer is, or `undefined` when it is a payload that can be read. */
export function classify(
  status: number,
  body: AnswerBody,
  { api, effect, accept }: Asked,
): RmsErrorKind | undefined {
  const refusedByXml = accept === 'xml' && body.codes.length > 0;
  if (success(status) && PAYLOAD[accept].includes(body.family) && !refusedByXml) return undefined;
  const kind = byCode(status, body, api) ?? byRule(status, body);
  return typeof kind === 'object' ? kind[effect] : kind;
}

/** System errors of a connection that was never made: whatever the call was, nothing has been sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
]);

/** The system's code of an error or of what caused it; fetch wraps the real reason. */
function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? systemCode(error.cause) : undefined;
}

/** An answer that is longer than any that is documented. */
export class OversizedAnswer extends RangeError {
  override readonly name = 'OversizedAnswer';
}

/** The kind of error when sending or receiving itself failed (refused, reset, timed out, cut). */
export function classifyFailure(error: unknown, effect: Effect): RmsErrorKind {
  const code = systemCode(error);
  const neverSent =
    code !== undefined && (NOT_CONNECTED.has(code) || code.startsWith('ERR_TLS') || code.startsWith('CERT_'));
  if (neverSent) return 'unavailable';
  return error instanceof OversizedAnswer && effect === 'read' ? 'malformed' : BROKEN_OFF[effect];
}
