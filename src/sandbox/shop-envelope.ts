import { randomUUID } from 'node:crypto';
import type { Answer } from './rms-call';
import { type Xml, xmlDocument } from './xml';

const ROOT = 'shopbiz:shopBizApiResponse';
const NAMESPACE = 'xmlns:shopbiz="http://rakuten.co.jp/rms/mall/shop/biz/api/model/resource"';
const INSTANCE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** The codes that the sandbox answers, with their HTTP status and text (shop reference §6; the texts but N000's are its own). */
const CODES = {
  N000: [200, 'Succeeded.'],
  C001: [400, 'Invalid parameter.'],
  C003: [400, 'The resource does not exist.'],
  C005: [400, 'The media type is not supported.'],
  C008: [404, 'No data found.'],
  E999: [500, 'System error.'],
  S900: [500, 'The system is under maintenance.'],
  S901: [500, 'The system is in read-only mode.'],
} as const;

/** What is wrong with a parameter, beside the code. */
export interface ShopFieldError {
  readonly fieldId: string;
  readonly invalidValue: string;
  readonly validationErrorCode?: string;
  readonly minValue?: number;
  readonly maxValue?: number;
}

const envelope = (code: keyof typeof CODES, details: Xml, result: Xml, attributes: string): Answer => {
  const [status, message] = CODES[code];
  const lines = typeof details === 'object' ? details : [];
  return {
    status,
    type: 'xml',
    body: xmlDocument([
      ROOT,
      [
        ['resultCode', code],
        ['resultMessageList', [['resultMessage', [['code', code], ['message', message], ...lines]]]],
        ['result', result, attributes],
      ],
      NAMESPACE,
    ]),
  };
};

/** An answer of the shop API that holds a result of the named model, such as `operationLeadTimeBizModel`. */
export const shopResult = (model: string, result: Xml): Answer =>
  envelope('N000', [], result, `${INSTANCE} xsi:type="shopbiz:${model}"`);

/** A refusal of the shop API, of a parameter where `field` names one. */
export const shopError = (code: Exclude<keyof typeof CODES, 'N000'>, field?: ShopFieldError): Answer =>
  envelope(
    code,
    field && [
      ['fieldId', field.fieldId],
      ['validationErrorCode', field.validationErrorCode],
      ['minValue', field.minValue],
      ['maxValue', field.maxValue],
      ['invalidValue', field.invalidValue],
    ],
    undefined,
    '',
  );

/** A refusal of the gateway before the XML functions (shop reference §1.1): AuthError, QPSLimit. */
export const xmlGatewayRefusal = (status: number, message: string): Answer => ({
  status,
  type: 'xml',
  body: xmlDocument([
    'result',
    [
      [
        'status',
        [
          ['interfaceId', 'shop'],
          ['systemStatus', 'NG'],
          ['message', message],
          ['requestId', randomUUID()],
          ['requests', ''],
        ],
      ],
    ],
  ]),
});
