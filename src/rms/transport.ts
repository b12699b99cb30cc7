import { readBody } from './answer-body';
import { classify, classifyFailure, type Effect } from './classify';
import { RmsError } from './errors';

/** Where and as whom to call. Keys are used for the one request and kept nowhere. */
export interface RmsConnection {
  /** What stands before `/es/…`: `https://api.rms.rakuten.co.jp`. */
  readonly baseUrl: string;
  readonly credentials: { readonly serviceSecret: string; readonly licenseKey: string };
  /** Bound of one attempt from sending to the last byte, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
}

/** The order API answers 415 without the charset; inventory names the plain type (reference, item/inventory §1). */
export const CONTENT_TYPE = {
  order: 'application/json; charset=utf-8',
  inventory: 'application/json',
} as const;

/** One request. `body` is sent as JSON. */
export interface RmsRequest {
  /** The call by Rakuten's name, for errors and metrics. */
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: (typeof CONTENT_TYPE)[keyof typeof CONTENT_TYPE];
  readonly body?: unknown;
  readonly effect: Effect;
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
    if (size > MAX_BODY_BYTES) throw new RangeError(`The answer is larger than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function exchange(connection: RmsConnection, request: RmsRequest) {
  const url = new URL(connection.baseUrl.replace(/\/+$/, '') + request.path);
  url.search = new URLSearchParams(request.query).toString();
  const response = await fetch(url, {
    method: request.method,
    headers: {
      authorization: authorization(connection.credentials),
      accept: 'application/json',
      ...(request.contentType ? { 'content-type': request.contentType } : {}),
    },
    body: request.body === undefined ? null : JSON.stringify(request.body),
    // A redirect would carry the key to another host.
    redirect: 'manual',
    signal: AbortSignal.timeout(connection.timeoutMs ?? DEFAULT_TIMEOUT_MS),
  });
  return { response, text: await readText(response) };
}

/**
 * Sends one request once and gives the JSON of its answer (`undefined` for 204). Retries are the caller's: only the
 * caller knows whether the write it repeats has taken effect.
 * @throws RmsError of the kind that `classify` tells, for everything that is not a payload.
 */
export async function send(connection: RmsConnection, request: RmsRequest): Promise<unknown> {
  const { operation, effect } = request;
  const { response, text } = await exchange(connection, request).catch((cause: unknown) => {
    throw new RmsError({ kind: classifyFailure(cause, effect), operation, cause });
  });
  const body = readBody(response.headers.get('content-type'), text);
  const kind = classify(response.status, body, effect);
  if (kind === undefined) return body.json;
  const wait = retryAfterMs(response.headers.get('retry-after'));
  throw new RmsError({
    kind,
    operation,
    httpStatus: response.status,
    codes: body.codes,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}
