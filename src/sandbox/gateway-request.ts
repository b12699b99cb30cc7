import type { Request } from 'express';
import type { Arrival } from './arrival';
import { refuse } from './authorisation';
import type { Answer, Family, Operation } from './rms-call';
import type { Settings } from './settings';

/** A request as it came in. */
export interface Incoming extends Arrival {
  readonly authorization: string | undefined;
  /** In lower case; empty when there is none. */
  readonly contentType: string;
  readonly path: string;
  readonly raw: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** Takes a request off the wire. */
export const incoming = (req: Request, arrival: Arrival): Incoming => ({
  ...arrival,
  authorization: req.headers.authorization,
  contentType: (req.headers['content-type'] ?? '').toLowerCase(),
  path: req.path,
  raw: Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '',
  params: Object.fromEntries(Object.entries(req.params).map(([name, value]) => [name, String(value)])),
  query: new URL(req.originalUrl, 'http://sandbox').searchParams,
});

const JSON_TYPE = /^application\/json\b/;

/** The media type that a family takes, and whether it looks at requests without a body too (licence reference §1). */
const MEDIA_TYPES: Record<Family, { readonly type: RegExp; readonly always?: true }> = {
  order: { type: /^application\/json; *charset="?utf-8"?$/ },
  inventory: { type: JSON_TYPE },
  item: { type: JSON_TYPE },
  licence: { type: JSON_TYPE },
  shop: { type: /^application\/xml\b/, always: true },
};

/** What stands between the limits and the function: the media type and the JSON. */
export const readRequest = (
  { family, method, bodyOptional }: Operation,
  { contentType, raw }: Incoming,
  settings: Settings,
): { body: unknown } | { refused: Answer } => {
  const bodiless = method === 'GET' || method === 'DELETE';
  const { type, always = false } = MEDIA_TYPES[family];
  if ((always || !bodiless) && !type.test(contentType)) {
    return { refused: refuse(family, 'mediaType', settings) };
  }
  if (bodiless || (bodyOptional === true && raw === '')) return { body: undefined };
  try {
    return { body: JSON.parse(raw) };
  } catch {
    // Not JSON: what the client sent is its own affair, the gateway only says that it cannot read it.
    return { refused: refuse(family, 'body', settings) };
  }
};
