import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LANGUAGES } from '../../src/domain/texts';
import { type Api, allCodes, apiOf, explainCode, findCode } from '../../src/rms/codes';
import type { RmsAdvice, RmsErrorKind } from '../../src/rms/errors';
import { send } from '../../src/rms/transport';
import { type FakeRms, json, raw, type Script, startFakeRms } from './support/fake-rms';

type Kind = RmsErrorKind | 'value';
type ByEffect = Readonly<Record<'read' | 'write', Kind>>;
type Listed = readonly [api: Api, code: string, http: number, kind: Kind | ByEffect];

const BROKEN_OFF: ByEffect = { read: 'unavailable', write: 'unknown_outcome' };

const O = 'ORDER_EXT_API_';

/**
 * Every code of the reference with its HTTP status, and what a read and a write make of it. `value`: it is given to the
 * caller and not thrown. 400 stands where no status is documented.
 */
const LISTED: readonly Listed[] = [
  ['order', `${O}SEARCH_ORDER_INFO_101`, 200, 'value'],
  ['order', `${O}SEARCH_ORDER_INFO_102`, 200, 'value'],
  ['order', `${O}SEARCH_ORDER_ERROR_009`, 400, 'refused'],
  ['order', `${O}SEARCH_ORDER_ERROR_010`, 400, 'refused'],
  ['order', `${O}SEARCH_ORDER_ERROR_011`, 400, 'refused'],
  ['order', `${O}SEARCH_ORDER_ERROR_023`, 400, 'refused'],
  ['order', `${O}GET_ORDER_INFO_101`, 200, 'value'],
  ['order', `${O}GET_ORDER_INFO_102`, 200, 'value'],
  ['order', `${O}GET_ORDER_WARNING_101`, 200, 'value'],
  ['order', `${O}GET_ORDER_ERROR_009`, 400, 'refused'],
  ['order', `${O}CONFIRM_ORDER_INFO_101`, 200, 'value'],
  ['order', `${O}CONFIRM_ORDER_ERROR_102`, 200, 'value'],
  ['order', `${O}CONFIRM_ORDER_ERROR_103`, 200, 'value'],
  ['order', `${O}CONFIRM_ORDER_ERROR_105`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSHIPPING_INFO_101`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSHIPPING_INFO_102`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSHIPPING_INFO_103`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSHIPPING_WARNING_101`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSHIPPING_ERROR_011`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSHIPPING_ERROR_101`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSHIPPING_ERROR_102`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSHIPPING_ASYNC_INFO_101`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSHIPPING_ASYNC_ERROR_011`, 200, 'value'],
  ['order', `${O}GET_RESULT_UPDATEORDERSHIPPING_ASYNC_INFO_101`, 200, 'value'],
  ['order', `${O}GET_RESULT_UPDATEORDERSHIPPING_ASYNC_ERROR_009`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSUBSTATUS_INFO_101`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSUBSTATUS_ERROR_009`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSUBSTATUS_ERROR_016`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSUBSTATUS_ERROR_101`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSUBSTATUS_ERROR_102`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERMEMO_INFO_101`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERMEMO_ERROR_009`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERMEMO_ERROR_107`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERMEMO_ERROR_108`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERMEMO_ERROR_109`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERREMARKS_INFO_101`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERREMARKS_ERROR_009`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERREMARKS_ERROR_011`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSENDER_INFO_101`, 200, 'value'],
  ['order', `${O}UPDATE_ORDERSENDER_ERROR_114`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSENDER_ERROR_115`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSENDER_ERROR_136`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERSENDER_ERROR_139`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERORDERER_ERROR_033`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERDELIVERY_ERROR_901`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERDELIVERY_ERROR_902`, 400, 'refused'],
  ['order', `${O}UPDATE_ORDERDELIVERY_ERROR_903`, 400, 'refused'],
  ['order', `${O}CANCEL_ORDER_INFO_101`, 200, 'value'],

  ['gateway', 'ES01-01', 401, 'unauthorised'],
  ['gateway', 'ES04-01', 400, 'forbidden_function'],
  ['gateway', 'ES04-03', 415, 'refused'],
  ['gateway', 'GA0001', 401, 'unauthorised'],
  ['gateway', 'GK0001', 400, 'unauthorised'],
  ['gateway', 'GK0005', 400, 'unauthorised'],
  ['gateway', 'GK0006', 400, 'unauthorised'],
  ['gateway', 'E02-001', 200, 'unauthorised'],
  ['gateway', 'AuthError', 401, 'unauthorised'],
  ['gateway', 'AccessLimit', 403, 'throttled'],
  ['gateway', 'QPSLimit', 403, 'throttled'],
  ['gateway', 'NotApiFunction', 405, 'refused'],
  ['gateway', 'GE0017', 400, 'maintenance'],

  ['inventory', 'GE0007', 400, 'refused'],
  ['inventory', 'GE0011', 400, 'refused'],
  ['inventory', 'GE0014', 404, 'refused'],
  ['inventory', 'GE0019', 500, BROKEN_OFF],
  ['inventory', 'X0000', 500, BROKEN_OFF],
  ['inventory', 'CE0001', 409, 'conflict'],
  ['inventory', 'IE0001', 400, 'refused'],
  ['inventory', 'IE0002', 400, 'refused'],
  ['inventory', 'IE0003', 400, 'refused'],
  ['inventory', 'IE0004', 400, 'refused'],
  ['inventory', 'IE0105', 400, 'refused'],
  ['inventory', 'IE0113', 400, 'refused'],
  ['inventory', 'IE0116', 400, 'refused'],
  ['inventory', 'IE0117', 400, 'refused'],
  ['inventory', 'IE0118', 400, 'refused'],
  ['inventory', 'IE0121', 400, 'refused'],
  ['inventory', 'IE0500', 400, 'refused'],
  ['inventory', 'IE1101', 400, 'refused'],
  ['inventory', 'IE1102', 400, 'refused'],
  ['inventory', 'IE1105', 400, 'refused'],

  ['item', 'GE0007', 400, 'refused'],
  ['item', 'GE0011', 400, 'refused'],
  ['item', 'GE0012', 415, 'refused'],
  ['item', 'GE0014', 404, 'refused'],
  ['item', 'GE0017', 400, 'maintenance'],
  ['item', 'GE0019', 500, BROKEN_OFF],
  ['item', 'GE0020', 400, 'refused'],
  ['item', 'X0000', 500, BROKEN_OFF],
  ['item', 'CE0001', 409, 'conflict'],
  ['item', 'IE0001', 400, 'refused'],
  ['item', 'IE0002', 400, 'refused'],
  ['item', 'IE0003', 400, 'refused'],
  ['item', 'IE0004', 400, 'refused'],
  ['item', 'IE0007', 400, 'refused'],
  ['item', 'IE0113', 400, 'refused'],
  ['item', 'IE0116', 400, 'refused'],
  ['item', 'IE0117', 400, 'refused'],
  ['item', 'IE0118', 400, 'refused'],
  ['item', 'IE0121', 400, 'refused'],
  ['item', 'IE0190', 400, 'refused'],
  ['item', 'IE0200', 400, 'unavailable'],
  ['item', 'IE0220', 400, 'refused'],
  ['item', 'IE0269', 400, 'refused'],
  ['item', 'IE0416', 400, 'refused'],
  ['item', 'IE0427', 400, 'refused'],
  ['item', 'IE1003', 400, 'refused'],
  ['item', 'IE1004', 400, 'refused'],
  ['item', 'IE1005', 400, 'refused'],
  ['item', 'IE1101', 400, 'refused'],
  ['item', 'IE1105', 400, 'refused'],
  ['item', 'IE1106', 400, 'refused'],

  ['licence', 'DR0005', 400, 'refused'],

  ['shop', 'N000', 200, 'value'],
  ['shop', 'S900', 500, 'maintenance'],
  ['shop', 'S901', 500, 'maintenance'],
  ['shop', 'C001', 400, 'refused'],
  ['shop', 'C003', 400, 'refused'],
  ['shop', 'C005', 400, 'refused'],
  ['shop', 'C006', 400, 'refused'],
  ['shop', 'C007', 400, 'refused'],
  ['shop', 'C008', 404, 'refused'],
  ['shop', 'C012', 400, 'refused'],
  ['shop', 'C013', 400, 'refused'],
  ['shop', 'C998', 400, 'refused'],
  ['shop', 'E101', 500, BROKEN_OFF],
  ['shop', 'E102', 500, BROKEN_OFF],
  ['shop', 'E998', 500, BROKEN_OFF],
  ['shop', 'E999', 500, BROKEN_OFF],
  ['shop', 'VSE1000', 400, 'refused'],
  ['shop', 'VE1000', 400, 'refused'],
  ['shop', 'VE9999', 400, 'refused'],
];

const ADVICE: Partial<Record<RmsErrorKind, RmsAdvice>> = {
  unauthorised: 'wait_for_key',
  forbidden_function: 'wait_for_key',
  refused: 'never',
  throttled: 'slow_down',
  unavailable: 'retry',
  maintenance: 'retry',
  conflict: 'retry',
  unknown_outcome: 'read_first',
};

const OPERATION: Readonly<Record<Api, string>> = {
  order: 'getOrder',
  gateway: 'getOrder',
  inventory: 'inventories.bulk.get',
  item: 'items.get',
  licence: 'license.expiryDate.get',
  shop: 'shop.shopMaster.get',
};

const shopXml = (code: string) =>
  `<shopbiz:shopBizApiResponse xmlns:shopbiz="x"><resultCode>${code}</resultCode><resultMessageList>` +
  `<resultMessage><code>${code}</code><message>x</message></resultMessage></resultMessageList></shopbiz:shopBizApiResponse>`;
const gatewayXml = (message: string) =>
  `<result><status><systemStatus>NG</systemStatus><message>${message}</message></status></result>`;
const messages = (messageCode: string) => {
  const [, messageType = ''] = /_(INFO|WARNING|ERROR)_/.exec(messageCode) ?? [];
  return { MessageModelList: [{ messageType, messageCode, message: 'x' }] };
};
const errors = (code: string) => ({ errors: [{ code, message: 'x' }] });
const results = (errorCode: string) => ({ Results: { errorCode, message: 'x' } });

/** How Rakuten writes a code, by the look of it. */
const answerWith = (api: Api, code: string, http: number): Script => {
  if (api === 'order') return json(http, messages(code));
  if (api === 'shop') return raw(http, 'application/xml', shopXml(code));
  if (/^[A-Z]+\d\d-\d/.test(code)) return json(http, results(code));
  if (/^[A-Za-z]+$/.test(code)) return raw(http, 'application/xml', gatewayXml(code));
  return json(http, errors(code));
};

let rms: FakeRms;
beforeAll(async () => {
  rms = await startFakeRms();
});
afterAll(() => rms.close());

const call = (operation: string, effect: 'read' | 'write') => {
  const accept = apiOf(operation) === 'shop' ? 'xml' : 'json';
  return send(rms.connection, { operation, effect, accept, method: 'POST', path: '/es/x', body: {} }).then(
    () => 'value' as const,
    (error: unknown) => error,
  );
};

const meets = (kinds: Kind | ByEffect, effect: 'read' | 'write', code: string) => {
  const kind = typeof kinds === 'string' ? kinds : kinds[effect];
  if (kind === 'value') return 'value';
  const codes = [expect.objectContaining({ code })];
  return expect.objectContaining({ name: 'RmsError', kind, advice: ADVICE[kind], codes });
};

describe('what a code of Rakuten makes of a call', () => {
  it.each<Listed>(LISTED)('%s %s with HTTP %i', async (api, code, http, kind) => {
    rms.script = answerWith(api, code, http);
    expect(await call(OPERATION[api], 'read')).toEqual(meets(kind, 'read', code));
    expect(await call(OPERATION[api], 'write')).toEqual(meets(kind, 'write', code));
  });

  const ofGateway = LISTED.filter(([api]) => api === 'gateway');
  it.each<Listed>(ofGateway)('%s %s is understood on the paths of all', async (api, code, http, kind) => {
    rms.script = answerWith(api, code, http);
    expect(await call('inventories.bulk.upsert', 'write')).toEqual(meets(kind, 'write', code));
    expect(await call('license.expiryDate.get', 'read')).toEqual(meets(kind, 'read', code));
    expect(await call('shop.shopMaster.get', 'read')).toEqual(meets(kind, 'read', code));
  });

  const refusals = LISTED.filter(([, code]) => /^ORDER_EXT_API_.*_ERROR_/.test(code));
  it.each<Listed>(refusals)('%s %s is of one order with HTTP 200, of all with 400', async (api, code) => {
    rms.script = answerWith(api, code, 200);
    expect(await call(OPERATION[api], 'write')).toBe('value');
    rms.script = answerWith(api, code, 400);
    expect(await call(OPERATION[api], 'write')).toEqual(meets('refused', 'write', code));
  });

  it('the field errors of the Shop API come with their field, beside the code of the answer', async () => {
    const field = '<fieldId>period</fieldId><validationErrorCode>VE1002</validationErrorCode>';
    rms.script = raw(400, 'application/xml', shopXml('C001').replace('</resultMessage>', `${field}$&`));
    expect(await call('shop.shopCalendar.get', 'read')).toMatchObject({
      kind: 'refused',
      codes: [
        { code: 'C001', path: 'period' },
        { code: 'VE1002', path: 'period' },
      ],
    });
  });

  it('maintenance that only the resultCode of the Shop API tells is told', async () => {
    const text = shopXml('S900').replace('<code>S900</code>', '<code>Z999</code>');
    rms.script = raw(500, 'application/xml', text);
    expect(await call('shop.shopMaster.get', 'read')).toMatchObject({ kind: 'maintenance' });
  });

  it('the tables hold nothing that is not listed here', () => {
    const listed = new Set(LISTED.map(([api, code]) => findCode(api, code)));
    expect(allCodes().filter(([, , row]) => !listed.has(row))).toEqual([]);
  });

  it('each row has the status of the reference, where it names one', () => {
    const http = ([api, code]: Listed) => findCode(api, code)?.http;
    const documented = LISTED.filter((listed) => http(listed) !== undefined);
    expect(documented.filter((listed) => http(listed) !== listed[2])).toEqual([]);
    const others = LISTED.filter((listed) => http(listed) === undefined);
    expect(others.map(([, code]) => code.replace(O, ''))).toEqual([
      'SEARCH_ORDER_ERROR_023',
      'GET_ORDER_WARNING_101',
      'UPDATE_ORDERSHIPPING_WARNING_101',
      'UPDATE_ORDERSHIPPING_ERROR_101',
      'UPDATE_ORDERSHIPPING_ERROR_102',
      ...['107', '108', '109'].map((number) => `UPDATE_ORDERMEMO_ERROR_${number}`),
      ...['114', '115', '136', '139'].map((number) => `UPDATE_ORDERSENDER_ERROR_${number}`),
      'UPDATE_ORDERORDERER_ERROR_033',
      ...['901', '902', '903'].map((number) => `UPDATE_ORDERDELIVERY_ERROR_${number}`),
      ...['IE0113', 'IE0116', 'IE0117', 'IE0118', 'IE0121'],
      ...['VSE1000', 'VE1000', 'VE9999'],
    ]);
  });

  it('what is to be expected is marked as an outcome of its function', () => {
    const expected = allCodes().filter(([, , row]) => row.expected && row.kind !== 'no_error');
    expect(expected.map(([api, code]) => `${api} ${code.replace(O, '')}`)).toEqual([
      'order CONFIRM_ORDER_ERROR_102',
      'order CONFIRM_ORDER_ERROR_103',
      'order CONFIRM_ORDER_ERROR_105',
      'order UPDATE_ORDERSHIPPING_ERROR_102',
      'order UPDATE_ORDERSUBSTATUS_ERROR_016',
      'order UPDATE_ORDERSUBSTATUS_ERROR_101',
      'order UPDATE_ORDERSUBSTATUS_ERROR_102',
      'order UPDATE_ORDERSENDER_ERROR_136',
      'order UPDATE_ORDERSENDER_ERROR_139',
      'inventory GE0014',
      'inventory IE0116',
      'item GE0014',
      'shop C008',
    ]);
  });
});

describe('what a code says to a person', () => {
  it.each(allCodes())('%s %s in Japanese and in English', (api, code) => {
    expect(explainCode(api, code).ja).toMatch(/[ぁ-ん].*[一-龠].*。$/);
    expect(explainCode(api, code).en).toMatch(/^[A-Z].{30,}\.$/);
    expect(explainCode(api, code).en).not.toMatch(/undefined|\[object/);
  });

  it.each([
    ['order', `${O}CANCEL_ORDER_ERROR_555`],
    ['inventory', 'IE9999'],
    ['inventory', 'constructor'],
  ] as const)('a code that is not documented is shown as it came: %s %s', (api, code) => {
    for (const language of LANGUAGES) expect(explainCode(api, code)[language]).toContain(code);
  });

  it('the same number says different things for two APIs', () => {
    expect(explainCode('inventory', 'IE0117').en).toContain('0 to 99999');
    expect(explainCode('item', 'IE0117').en).not.toContain('99999');
  });

  it('any field error of the Shop API and any general error of an order function has a text', () => {
    expect(explainCode('shop', 'VE4711').ja).toBe(explainCode('shop', 'VE1000').ja);
    expect(explainCode('order', `${O}NEW_FUNCTION_ERROR_010`).ja).toContain('値が空');
  });
});

const REFERENCE = join(__dirname, '../../../shared/reference');
const present = existsSync(REFERENCE);
if (!present) process.stderr.write('The reference is not here: its codes are not searched.\n');

/** Chapters of the reference whose codes belong to one API. */
const CHAPTER: Readonly<Record<string, Api>> = {
  'Licence management API': 'licence',
  'Inventory API': 'inventory',
  'Item API': 'item',
  ShopAPI: 'shop',
};
const CODE =
  /\b(?:G[AEK]\d{4}|[CI]E\d{4}|X0{4}|ES\d\d-\d\d|E02-\d{3}|DR\d{4}|VS?E\d{4}|[CES]\d{3}(?!\d)|N000|AuthError|AccessLimit|QPSLimit|NotApiFunction)\b/g;
/** `UPDATE_ORDERMEMO_INFO_101`, or what goes on from it in the same line: `/_ERROR_009/107`. */
const ORDER_CODE =
  /((?:SEARCH|GET|CONFIRM|CANCEL|UPDATE)_(?:[A-Z]+_)*?(?:ORDER\w*?|ASYNC))?_(INFO|WARNING|ERROR)_(\d{3}(?:\/\d{3})*)/g;

function orderCodesOf(line: string): string[] {
  let operation: string | undefined;
  return [...line.matchAll(ORDER_CODE)].flatMap(([, named, type, numbers = '']) => {
    operation = named ?? operation;
    if (operation === undefined) return [];
    return numbers.split('/').map((number) => `${O}${operation}_${type}_${number}`);
  });
}

/** Every code in a text of the reference with the APIs that may say it. */
function codesIn(text: string): (readonly [code: string, apis: readonly Api[]])[] {
  return text.split(/^## \d+\. /m).flatMap((chapter) => {
    const [, api] = Object.entries(CHAPTER).find(([title]) => chapter.startsWith(title)) ?? [];
    const apis = api ? [api] : (['order', 'inventory', 'item', 'shop', 'licence'] as const);
    const others = [...chapter.matchAll(CODE)].map(([code]) => [code, apis] as const);
    return [
      ...others,
      ...chapter
        .split('\n')
        .flatMap(orderCodesOf)
        .map((code) => [code, ['order'] as const] as const),
    ];
  });
}

const referenceTexts = (): string[] =>
  readdirSync(REFERENCE)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(join(REFERENCE, name), 'utf8'));

(present ? describe : describe.skip)('the reference', () => {
  it('names no code that has no row', () => {
    const found = referenceTexts().flatMap(codesIn);
    expect(found.length).toBeGreaterThan(200);
    expect(found.map(([code]) => code)).toEqual(
      expect.arrayContaining([
        `${O}UPDATE_ORDERSUBSTATUS_ERROR_016`,
        `${O}UPDATE_ORDERSENDER_ERROR_139`,
        'C013',
      ]),
    );
    const missing = found.filter(([code, apis]) => !apis.some((api) => findCode(api, code)));
    expect([...new Set(missing.map(([code, apis]) => `${apis} ${code}`))]).toEqual([]);
  });
});
