import type { Db } from './books';
import type { Answer, Family, Operation } from './rms-call';
import type { Settings } from './settings';
import { shopError, xmlGatewayRefusal } from './shop-envelope';
import { findByCredentials, type Shop } from './shops';

/** The body of the older gateway before the order API (order reference §10). */
const results = (status: number, errorCode: string, message: string): Answer => ({
  status,
  body: { Results: { errorCode, message } },
});

/** The body of the common gateway (licence reference §1.1). */
const errors = (status: number, code: string, message: string): Answer => ({
  status,
  body: { errors: [{ code, message }] },
});

const COMMON_REFUSAL = errors(401, 'GA0001', 'Un-Authorised');
const AUTH_ERROR = xmlGatewayRefusal(401, 'AuthError');
const BAD_REQUEST = results(400, 'ES04-01', 'Bad Request');

type Refusal = 'header' | 'key' | 'function' | 'mediaType' | 'body';

/** What each family's gateway answers before a function is reached. GA0001 has one word for header, key and function alike. */
const REFUSALS: Record<Family, Record<Refusal, Answer>> = {
  order: {
    header: BAD_REQUEST,
    key: results(401, 'ES01-01', 'Un-Authorised'),
    function: BAD_REQUEST,
    mediaType: results(415, 'ES04-03', 'Unsupported Media Type'),
    body: BAD_REQUEST,
  },
  inventory: {
    header: COMMON_REFUSAL,
    key: COMMON_REFUSAL,
    function: COMMON_REFUSAL,
    mediaType: errors(415, 'GE0012', 'Media Type is not supported'),
    body: errors(400, 'GE0011', 'Request body is missing or is empty without any attributes.'),
  },
  item: {
    header: COMMON_REFUSAL,
    key: COMMON_REFUSAL,
    function: COMMON_REFUSAL,
    mediaType: errors(415, 'GE0012', 'Media Type is not supported'),
    body: errors(400, 'GE0011', 'Request body is missing or is empty without any attributes.'),
  },
  shop: {
    header: AUTH_ERROR,
    key: AUTH_ERROR,
    function: AUTH_ERROR,
    mediaType: shopError('C005'),
    body: shopError('C001'),
  },
  licence: {
    header: COMMON_REFUSAL,
    key: COMMON_REFUSAL,
    function: COMMON_REFUSAL,
    mediaType: COMMON_REFUSAL,
    body: COMMON_REFUSAL,
  },
};

/** The answer of a family's gateway to a refused request, in the body style that the settings choose for the order API. */
export const refuse = (family: Family, why: Refusal, settings: Settings): Answer =>
  family === 'order' && settings.orderRefusalBody === 'GA0001' && ['header', 'key', 'function'].includes(why)
    ? COMMON_REFUSAL
    : REFUSALS[family][why];

/** Reads `ESA Base64(serviceSecret:licenseKey)`; undefined when the header has another form. */
const readEsa = (header: string | undefined): [string, string] | undefined => {
  const encoded = /^ESA ([A-Za-z0-9+/]+={0,2})$/.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [serviceSecret, licenseKey, ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return serviceSecret && licenseKey && rest.length === 0 ? [serviceSecret, licenseKey] : undefined;
};

/** Whose request it is, and the answer if it may not pass; a refusal names the shop when its key is known. */
type Access =
  | { readonly shop: Shop; readonly refused?: Answer }
  | { readonly shop: undefined; readonly refused: Answer };

/**
 * Finds the shop behind an Authorization header. A key that is wrong, expired or not active yet is the same refusal
 * (licence reference §1.1): nobody can tell them apart from outside.
 */
export const authorise = async (
  db: Db,
  operation: Operation,
  header: string | undefined,
  now: Date,
  settings: Settings,
): Promise<Access> => {
  const credentials = readEsa(header);
  if (credentials === undefined) {
    return { shop: undefined, refused: refuse(operation.family, 'header', settings) };
  }
  const found = await findByCredentials(db, ...credentials);
  if (found === undefined) return { shop: undefined, refused: refuse(operation.family, 'key', settings) };
  const { shop, key } = found;
  if (now < key.activeFrom || now > key.expiresAt) {
    return { refused: refuse(operation.family, 'key', settings), shop };
  }
  if (shop.functions !== null && !shop.functions.includes(operation.functionName)) {
    return { refused: refuse(operation.family, 'function', settings), shop };
  }
  return { shop };
};
