import type { AnswerBody, BodyFamily } from './answer-body';
import type { RmsErrorKind } from './errors';

/** Whether a call can change anything at Rakuten. */
export type Effect = 'read' | 'write';

interface Rule {
  readonly status?: (status: number) => boolean;
  readonly code?: RegExp;
  readonly family?: readonly BodyFamily[];
  readonly effect?: Effect;
  readonly kind: RmsErrorKind;
}

const is = (expected: number) => (status: number) => status === expected;
const success = (status: number) => status >= 200 && status < 300;
const payload: readonly BodyFamily[] = ['messages', 'json', 'empty'];
const foreign: readonly BodyFamily[] = ['xml', 'html', 'unreadable'];

/**
 * From the answer to the kind of error; the first rule that fits decides (reference, order API §2 and §10, item and
 * inventory §1.1, §3.3 and §7). Codes go before statuses where one status carries several meanings. A write that
 * met a 5xx other than 503 may have been carried out: 503 is documented as overload, which is refused at the door.
 */
const RULES: readonly Rule[] = [
  { status: is(401), kind: 'unauthorised' },
  { code: /^(GA\d|GK\d|ES01-)/, kind: 'unauthorised' },
  { code: /^ES04-01$/, kind: 'forbidden_function' },
  { code: /^CE0001$/, kind: 'conflict' },
  { code: /^GE0017$/, kind: 'unavailable' },
  { status: is(409), kind: 'conflict' },
  { status: is(429), kind: 'throttled' },
  { status: is(403), family: ['xml'], kind: 'throttled' },
  { status: is(503), kind: 'unavailable' },
  { status: (status) => status >= 500 || status === 408, effect: 'write', kind: 'unknown_outcome' },
  { status: (status) => status >= 500 || status === 408, kind: 'unavailable' },
  { status: success, family: foreign, effect: 'write', kind: 'unknown_outcome' },
  { family: foreign, kind: 'unavailable' },
  { status: is(403), kind: 'forbidden_function' },
  { status: (status) => status >= 400, kind: 'refused' },
  { status: success, kind: 'refused' },
  { kind: 'unavailable' },
];

/** The kind of error that an answer is, or `undefined` when it is a payload that can be read. */
export function classify(status: number, body: AnswerBody, effect: Effect): RmsErrorKind | undefined {
  if (success(status) && payload.includes(body.family)) return undefined;
  return RULES.find(
    (rule) =>
      (rule.status?.(status) ?? true) &&
      (rule.code === undefined || body.codes.some(({ code }) => rule.code?.test(code))) &&
      (rule.family?.includes(body.family) ?? true) &&
      (rule.effect === undefined || rule.effect === effect),
  )?.kind;
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

/** The kind of error when sending or receiving itself failed (refused, reset, timed out, cut). */
export function classifyFailure(error: unknown, effect: Effect): RmsErrorKind {
  const code = systemCode(error);
  const neverSent =
    code !== undefined && (NOT_CONNECTED.has(code) || code.startsWith('ERR_TLS') || code.startsWith('CERT_'));
  return effect === 'write' && !neverSent ? 'unknown_outcome' : 'unavailable';
}
