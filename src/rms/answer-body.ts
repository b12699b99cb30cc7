import type { RmsCode } from './errors';
import { errorsBody, messageAnswer, resultsBody } from './schemas/messages';

/**
 * Which of the shapes a body has that come back from Rakuten's paths (reference, order API §10 and item/inventory §6
 * and §7): `messages` order API, `results` the older gateway, `errors` gateway and JSON 2.x, `json` any other JSON (a
 * payload), `shop` the XML of the Shop API, `xml`/`html` from a gateway or a proxy, `empty` (204), `unreadable` for
 * JSON that was cut off or anything else.
 */
export type BodyFamily =
  | 'messages'
  | 'results'
  | 'errors'
  | 'json'
  | 'shop'
  | 'xml'
  | 'html'
  | 'empty'
  | 'unreadable';

/** A body taken apart. */
export interface AnswerBody {
  readonly family: BodyFamily;
  /** Rakuten's codes that say no. */
  readonly codes: readonly RmsCode[];
  /** Every distinct code in the body, with those that only inform. */
  readonly mentioned: readonly string[];
  /** The JSON when it is JSON, the text when it is XML. */
  readonly payload?: unknown;
}

function body(family: BodyFamily, codes: readonly RmsCode[], payload?: unknown): AnswerBody {
  return { family, codes, mentioned: [...new Set(codes.map(({ code }) => code))], payload };
}

function parseJson(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    // Cut or foreign text is a family of its own, not an exception.
    return undefined;
  }
}

function readJson(json: unknown): AnswerBody {
  const messages = messageAnswer.safeParse(json);
  if (messages.success) {
    const all = messages.data.MessageModelList;
    const refusals = all.filter(({ messageType }) => messageType === 'ERROR');
    const codes = refusals.map(({ messageCode, message }) => ({ code: messageCode, message: message ?? '' }));
    const mentioned = [...new Set(all.map(({ messageCode }) => messageCode))];
    return { family: 'messages', codes, mentioned, payload: json };
  }
  const errors = errorsBody.safeParse(json);
  // An empty list refuses nothing: it is a payload's own.
  if (errors.success && errors.data.errors.length > 0) {
    const codes = errors.data.errors.map(({ code, message, metadata }) => ({
      code,
      message: message ?? '',
      ...(metadata?.propertyPath ? { path: metadata.propertyPath } : {}),
    }));
    return body('errors', codes, json);
  }
  const results = resultsBody.safeParse(json);
  if (results.success) {
    const { errorCode, message } = results.data.Results;
    return body('results', [{ code: errorCode, message: message ?? '' }], json);
  }
  return body('json', [], json);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** The text of the first element of that name, which may carry a namespace; undefined when there is none. */
function element(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<(?:\\w+:)?${name}>([^<]{0,2000})</`).exec(xml) ?? [];
  return text?.trim().replace(/&(lt|gt|quot|apos|amp);/g, (entity, key: string) => ENTITIES[key] ?? entity);
}

/** One message of the Shop API: its code, and the code of the field error that it carries. */
function readShopMessage(xml: string): RmsCode[] {
  const path = element(xml, 'fieldId');
  const message = element(xml, 'message') ?? '';
  return ['code', 'validationErrorCode'].flatMap((name) => {
    const code = element(xml, name);
    return code ? [{ code, message, ...(path ? { path } : {}) }] : [];
  });
}

/** The Shop API's envelope (reference, item/inventory §6): a resultCode, and messages that name fields. */
function readShop(xml: string, resultCode: string): AnswerBody {
  if (!/<\/(?:\w+:)?shopBizApiResponse>$/.test(xml)) return body('unreadable', []);
  if (resultCode === 'N000') return { family: 'shop', codes: [], mentioned: [resultCode], payload: xml };
  const messages = xml.match(/<(?:\w+:)?resultMessage>[\s\S]{0,5000}?<\/(?:\w+:)?resultMessage>/g) ?? [];
  const codes = messages.flatMap(readShopMessage);
  const repeated = codes.some(({ code }) => code === resultCode);
  return body('shop', repeated ? codes : [{ code: resultCode, message: '' }, ...codes]);
}

function readMarkup(text: string): AnswerBody {
  const resultCode = element(text, 'resultCode');
  if (resultCode) return readShop(text, resultCode);
  if (/<html|<!doctype html/i.test(text)) return body('html', []);
  const message = element(text, 'message');
  return body('xml', message && /^[A-Za-z]{1,40}$/.test(message) ? [{ code: message, message: '' }] : []);
}

/**
 * Takes a body apart by its content type and by what it really is, since XML or HTML can come back from a JSON
 * path when the gateway or a proxy answers. Never throws.
 */
export function readBody(contentType: string | null, text: string): AnswerBody {
  const trimmed = text.trim();
  if (trimmed === '') return body('empty', []);
  if (trimmed.startsWith('<')) return readMarkup(trimmed);
  const isMarkup = /html|xml/i.test(contentType ?? '');
  const parsed = isMarkup && !/^[{[]/.test(trimmed) ? undefined : parseJson(trimmed);
  if (parsed) return readJson(parsed.json);
  return isMarkup ? readMarkup(trimmed) : body('unreadable', []);
}
