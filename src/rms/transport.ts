import { type ClockReading, readClock } from '../domain/clock-offset';
import { readBody } from './answer-body';
import { classify, classifyFailure, type Effect, OversizedAnswer } from './classify';
import { apiOf } from './codes';
import { RmsError } from './errors';

/** One request and its answer, as they were. Bodies may hold personal data: they leave the process only redacted. */
export interface RmsExchange {
  /** Undefined when there was no answer. */
  readonly httpStatus: number | undefined;
  /** Every distinct code in the answer. */
  readonly codes: readonly string[];
  readonly requestBody: unknown;
  /** Undefined when there was no answer, or none that could be read to its end. */
  readonly responseText: string | undefined;
  /** What the answer told of Rakuten's clock; undefined without an answer that tells its time. */
  readonly clock: ClockReading | undefined;
}

/** Where and as whom to call. Keys are used for the one request and kept nowhere. */
export interface RmsConnection {
  /** What stands before `/es/…`: `https://api.rms.rakuten.co.jp`. */
  readonly baseUrl: string;
  readonly credentials: { readonly serviceSecret: string; readonly licenseKey: string };
  /** Bound of one attempt from sending to the last byte, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  /** Names the key where it is kept; never sent. */
  readonly keyId?: string;
  /** When the key expires, as far as Rakuten has told. */
  readonly keyExpiresAt?: Date;
  /** Awaited right before the request leaves; what it rejects with ends the call, and nothing is sent. */
  readonly beforeSend?: () => Promise<void>;
  /** Is told of the exchange before its outcome is. Must not throw. */
  readonly onExchange?: (exchange: RmsExchange) => void;
}

/**
 * The order API answers 415 without the charset; inventory and items name the plain type, and the Shop API wants its
 * own even where nothing is sent (reference, item/inventory §1).
 */
export const CONTENT_TYPE = {
  order: 'application/json; charset=utf-8',
  inventory: 'application/json',
  shop: 'application/xml; charset=UTF-8',
} as const;

/** One request. `body` is sent as JSON. */
export interface RmsRequest {
  /** The call by Rakuten's name, for errors and metrics. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: (typeof CONTENT_TYPE)[keyof typeof CONTENT_TYPE];
  readonly body?: unknown;
  readonly effect: Effect;
  /** What the answer is written in; `json` when absent. */
  readonly accept?: 'json' | 'xml';
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** A hundred orders are below one megabyte; the longest remarks allowed make it a few. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** A Retry-After beyond an hour is a mistake or a maintenance, and both are better asked about again. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/** `ESA Base64(serviceSecret:licenseKey)`; a blank around a pasted key is refused by Rakuten, so it is cut off (§1). */
function authorization({ serviceSecret, licenseKey }: RmsConnection['credentials']): string {
  return `ESA ${Buffer.from(`${serviceSecret.trim()}:${licenseKey.trim()}`).toString('base64')}`;
}

function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES)
      throw new OversizedAnswer(`The answer is larger than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headersOf({ credentials }: RmsConnection, { accept, contentType }: RmsRequest) {
  const type = contentType ?? (accept === 'xml' ? CONTENT_TYPE.shop : undefined);
  return {
    authorization: authorization(credentials),
    accept: `application/${accept ?? 'json'}`,
    ...(type ? { 'content-type': type } : {}),
  };
}

async function exchange(connection: RmsConnection, request: RmsRequest) {
  const url = new URL(connection.baseUrl.replace(/\/+$/, '') + request.path);
  url.search = new URLSearchParams(request.query).toString();
  const sentAt = Date.now();
  const response = await fetch(url, {
    method: request.method,
    headers: headersOf(connection, request),
    body: request.body === undefined ? null : JSON.stringify(request.body),
    // A redirect would carry the key to another host.
    redirect: 'manual',
    signal: AbortSignal.timeout(connection.timeoutMs ?? DEFAULT_TIMEOUT_MS),
  });
  const clock = readClock(serverTime(response.headers), sentAt, Date.now());
  return { response, clock, text: await readText(response) };
}

/** Rakuten's time in an answer: `Date` as HTTP has it, or else its own `Timestamp`, in UTC without a zone (§1). */
function serverTime(headers: Headers): number | undefined {
  const stamp = headers.get('timestamp');
  const texts = [headers.get('date'), stamp === null ? null : `${stamp}Z`];
  return texts.map((text) => Date.parse(text ?? '')).find((ms) => !Number.isNaN(ms));
}

/**
 * Sends one request once and gives its answer: the JSON (`undefined` for 204), or for `accept: 'xml'` the text of the
 * XML. Retries are the caller's: only the caller knows whether the write it repeats has taken effect.
 * @throws RmsError of the kind that `classify` tells, for everything that is not a payload.
 */
export async function send(connection: RmsConnection, request: RmsRequest): Promise<unknown> {
  const { operation, effect, accept = 'json', body: requestBody } = request;
  await connection.beforeSend?.();
  const { response, clock, text } = await exchange(connection, request).catch((cause: unknown) => {
    const nothing = { httpStatus: undefined, codes: [], responseText: undefined, clock: undefined };
    connection.onExchange?.({ ...nothing, requestBody });
    throw new RmsError({ kind: classifyFailure(cause, effect), operation, cause });
  });
  const httpStatus = response.status;
  const answer = readBody(response.headers.get('content-type'), text);
  connection.onExchange?.({ httpStatus, codes: answer.mentioned, requestBody, responseText: text, clock });
  const kind = classify(httpStatus, answer, { api: apiOf(operation), effect, accept });
  if (kind === undefined) return answer.payload;
  throw new RmsError({
    kind,
    operation,
    httpStatus,
    codes: answer.codes,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
  });
}
