import type { RmsCode } from './errors';
import { errorsBody, messageAnswer, resultsBody } from './schemas/messages';

/**
 * Which of the shapes a body has that come back from Rakuten's paths (reference, order API §10 and item/inventory §7):
 * `messages` order API, `results` the older gateway, `errors` gateway and JSON 2.x, `json` any other JSON (a payload),
 * `xml`/`html` from a gateway or a proxy, `empty` (204), `unreadable` for JSON that was cut off or anything else.
 */
export type BodyFamily = 'messages' | 'results' | 'errors' | 'json' | 'xml' | 'html' | 'empty' | 'unreadable';

/** A body taken apart: its family, Rakuten's codes in it, and the JSON when it is JSON. */
export interface AnswerBody {
  readonly family: BodyFamily;
  readonly codes: readonly RmsCode[];
  readonly json?: unknown;
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
    const refusals = messages.data.MessageModelList.filter(({ messageType }) => messageType === 'ERROR');
    return {
      family: 'messages',
      codes: refusals.map(({ messageCode, message }) => ({ code: messageCode, message: message ?? '' })),
      json,
    };
  }
  const errors = errorsBody.safeParse(json);
  if (errors.success) {
    const codes = errors.data.errors.map(({ code, message, metadata }) => ({
      code,
      message: message ?? '',
      ...(metadata?.propertyPath ? { path: metadata.propertyPath } : {}),
    }));
    return { family: 'errors', codes, json };
  }
  const results = resultsBody.safeParse(json);
  if (results.success) {
    const { errorCode, message } = results.data.Results;
    return { family: 'results', codes: [{ code: errorCode, message: message ?? '' }], json };
  }
  return { family: 'json', codes: [], json };
}

function readMarkup(text: string): AnswerBody {
  if (/<html|<!doctype html/i.test(text)) return { family: 'html', codes: [] };
  const [, message] = /<message>([A-Za-z]{1,40})<\/message>/.exec(text) ?? [];
  return { family: 'xml', codes: message ? [{ code: message, message: '' }] : [] };
}

/**
 * Takes a body apart by its content type and by what it really is, since XML or HTML can come back from a JSON
 * path when the gateway or a proxy answers. Never throws.
 */
export function readBody(contentType: string | null, text: string): AnswerBody {
  const body = text.trim();
  if (body === '') return { family: 'empty', codes: [] };
  if (body.startsWith('<') || /html|xml/i.test(contentType ?? '')) return readMarkup(body);
  const parsed = parseJson(body);
  return parsed ? readJson(parsed.json) : { family: 'unreadable', codes: [] };
}
