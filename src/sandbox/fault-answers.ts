import { refuse } from './authorisation';
import { type Fault, type FaultKind, UNAVAILABLE } from './faults';
import type { Answer, Family } from './rms-call';
import type { Settings } from './settings';
import { shopError } from './shop-envelope';

const errors = (status: number, code: string, message: string): Answer => ({
  status,
  body: { errors: [{ code, message }] },
});

/** The page of a proxy that should have said something else. */
const PAGE: Answer = {
  status: 200,
  body: '<html><head><title>RMS</title></head><body><p>ただいまアクセスが集中しています。</p></body></html>',
};

const SERVER_ERROR = errors(500, 'X0000', 'An unexpected error has occurred');
const CONFLICT = errors(
  409,
  'CE0001',
  'Your request could not be processed due to a conflict with another process. Please try again after a short while.',
);
const READ_ONLY = errors(400, 'GE0017', "Write methods isn't allowed in readsOnly-mode.");

/** A rule of Rakuten's that nobody has published (order reference §14): one message of this order, with HTTP 200. */
const refusedByRule = ({ operation, orderNumber }: Fault): Answer => ({
  status: 200,
  body: {
    MessageModelList: [
      {
        messageType: 'ERROR',
        messageCode: `ORDER_EXT_API_${operation.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()}_ERROR_199`,
        message: '処理できませんでした。',
        orderNumber,
      },
    ],
  },
});

/** A fault's answer; undefined: the function answers after all. */
type Instead = (family: Family, fault: Fault, settings: Settings) => Answer | undefined;

/** How maintenance and read-only mode show in the families that have words of their own for it (item reference §7). */
const MAINTENANCE: Partial<Record<Family, Answer>> = { item: READ_ONLY, shop: shopError('S900') };
const READS_ONLY: Partial<Record<Family, Answer>> = { item: READ_ONLY, shop: shopError('S901') };

const ANSWERS: Partial<Record<FaultKind, Instead>> = {
  http_503_html: () => UNAVAILABLE,
  http_500: (family) => (family === 'shop' ? shopError('E999') : SERVER_ERROR),
  conflict_409: () => CONFLICT,
  unauthorised: (family, _fault, settings) => refuse(family, 'key', settings),
  retry_after: (_family, { status, retryAfterSeconds }) => ({
    ...(status === 503 ? UNAVAILABLE : {}),
    status,
    headers: { 'Retry-After': String(retryAfterSeconds) },
  }),
  maintenance: (family) => MAINTENANCE[family] ?? UNAVAILABLE,
  read_only: (family) => READS_ONLY[family],
  html_200: () => PAGE,
  refused: (family, fault) => (family === 'order' ? refusedByRule(fault) : undefined),
};

/** The answer that a fault gives instead of the function; undefined when the function's work is done all the same. */
export const answerInstead: Instead = (family, fault, settings) =>
  ANSWERS[fault.kind]?.(family, fault, settings);
