import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { redact } from '../../src/rms/redact';
import { bareOrder, refusal } from './support/payloads';

const FIXTURES = join(__dirname, '../../../shared/fixtures/rms');
const samples = existsSync(FIXTURES)
  ? readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.json'))
      .map((file) => [file, JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as unknown] as const)
  : [];

const kanji = fc.string({
  unit: fc.constantFrom(...'山田太郎佐藤花子東京都世田谷区玉川'),
  minLength: 2,
  maxLength: 30,
});
const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const keyTail = fc.string({ unit: fc.constantFrom(...'ABCXYZ0189'), minLength: 16, maxLength: 16 });

/** What must never be shown: names, addresses, mails, phones, remarks, keys. */
const secret = fc.oneof(
  kanji,
  kanji.map((text) => `[配送日時指定:]\n${text}\n2026-07-01`),
  fc.emailAddress().map((mail) => mail.toString()),
  digits(8).map((rest) => `09${rest}`),
  fc.tuple(digits(4), digits(4)).map(([a, b]) => `090-${a}-${b}`),
  fc.tuple(digits(3), digits(4)).map(([a, b]) => `${a}-${b}`),
  fc.constantFrom('Taro Yamada', 'YAMADA TARO', '1-14-1 Tamagawa', 'please ring twice!'),
  fc
    .tuple(fc.constantFrom('SP', 'SL'), digits(6), keyTail)
    .map(([kind, shop, tail]) => `${kind}${shop}_${tail}`),
);

/** Bodies of every kind in small, with the fields that an order carries. */
const ORDER = bareOrder('123456-20260701-0000000001', {
  remarks: 'x',
  memo: 'x',
  OrdererModel: { familyName: 'x', zipCode1: 'x', phoneNumber1: 'x', emailAddress: 'x' },
  SettlementModel: { settlementMethodCode: 1, cardOwner: 'x' },
  PackageModelList: [
    {
      basketId: 1,
      SenderModel: { city: 'x', subAddress: 'x' },
      ItemModelList: [
        { itemDetailId: 1, manageNumber: 'tea', units: 2, SkuModelList: [{ variantId: 'G1' }] },
      ],
      ShippingModelList: [
        { shippingDetailId: 1, shippingNumber: '1', deliveryCompany: '1001', shippingDate: '2026-07-01' },
      ],
    },
  ],
});
const BODIES: readonly unknown[] = [
  { version: 9, MessageModelList: [refusal('GET_ORDER_ERROR_009')], OrderModelList: [ORDER, ORDER] },
  { orderNumberList: ['123456-20260701-0000000001'] },
  {
    orderNumber: '123456-20260701-0000000001',
    BasketidModelList: [{ basketId: 1, ShippingModelList: [{}] }],
  },
  { inventories: [{ manageNumber: 'tea', variantId: 'G1', mode: 'RELATIVE', quantity: -1 }] },
  { errors: [{ code: 'IE0002', message: 'x', metadata: { propertyPath: 'inventories[0].quantity' } }] },
  { Results: { errorCode: 'ES04-01', message: 'Bad Request' } },
  { licenseKey: 'x' },
  ...samples.map(([, body]) => body),
];

/** Every place of a body, as the keys that lead to it. */
const placesOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))]
    : [path];

/** A copy of a body in which another value stands at one place. */
const planted = (body: unknown, [key, ...rest]: readonly string[], value: unknown): unknown => {
  if (key === undefined) return value;
  if (Array.isArray(body))
    return body.map((inner, index) => (String(index) === key ? planted(inner, rest, value) : inner));
  const object = body as Record<string, unknown>;
  return { ...object, [key]: planted(object[key], rest, value) };
};

/** A secret as it may stand somewhere: bare, in a field nobody knows, in a list, as the key of a map, within a text. */
const wrapped = (text: string): readonly unknown[] => [
  text,
  { someNewField: text },
  [text, text],
  { [text]: { [text]: 1 } },
  `https://api.example/?licenseKey=${encodeURIComponent(text)}&of=${text}`,
];

test('whatever personal is planted at any place of a body, it is not in what is written down', () => {
  const anywhere = fc
    .constantFrom(...BODIES)
    .chain((body) => fc.tuple(fc.constant(body), fc.constantFrom(...placesOf(body)), secret, fc.nat(4)));
  fc.assert(
    fc.property(anywhere, ([body, place, text, form]) => {
      const written = JSON.stringify(redact(planted(body, place, wrapped(text)[form])));
      expect(written).not.toContain(text);
      expect(written).toMatch(/^[\x20-\x7e]*$/);
    }),
    { numRuns: 2000 },
  );
});

const sampleTest =
  samples.length > 0 ? test.each(samples) : test.skip.each([['../shared/fixtures is absent', null]]);
sampleTest('no text of the official sample %s is written down unless its field is allowed', (_, body) => {
  const written = JSON.stringify(redact(body));
  expect(written.length).toBeLessThan(4096);
  for (const text of [
    '東京都',
    '世田谷区',
    '玉川',
    '楽天',
    '太郎',
    'RAKUTEN',
    'ラクテン',
    '@',
    '配送日時指定',
    '0134',
  ])
    expect(written).not.toContain(text);
});

test('what an operator needs stays readable', () => {
  expect(
    redact({
      MessageModelList: [refusal('CONFIRM_ORDER_ERROR_105', '123456-20260701-0000000001')],
      PaginationResponseModel: { totalRecordsAmount: 79, totalPages: null },
      errors: [{ code: 'ES04-01', message: '山田', metadata: { propertyPath: 'inventories[0].quantity' } }],
    }),
  ).toEqual({
    MessageModelList: [
      {
        messageType: 'ERROR',
        messageCode: 'ORDER_EXT_API_CONFIRM_ORDER_ERROR_105',
        message: 'string(7)',
        orderNumber: '123456-20260701-0000000001',
      },
    ],
    PaginationResponseModel: { totalRecordsAmount: 79, totalPages: null },
    errors: [
      { code: 'ES04-01', message: 'string(2)', metadata: { propertyPath: 'inventories[0].quantity' } },
    ],
  });
});

test('long lists are cut and say how much was left out', () => {
  const orderNumberList = Array.from({ length: 100 }, (_, index) => `123456-20260701-${index}`);
  expect(redact({ orderNumberList })).toEqual({
    orderNumberList: [...orderNumberList.slice(0, 5), '95 more'],
  });
});

test('a hundred whole orders stay under 4 KB and still name the first one', () => {
  const written = JSON.stringify(redact({ OrderModelList: Array.from({ length: 100 }, () => ORDER) }));
  expect(Buffer.byteLength(written)).toBeLessThan(4096);
  expect(written).toContain('123456-20260701-0000000001');
});

test.each([undefined, null])('no body (%s) is nothing', (body) => {
  expect(redact(body)).toBeNull();
});

test.each([
  ['<html>山田太郎</html>', 'string(17)'],
  ['x'.repeat(100_000), 'string(100000)'],
  [Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field${index}`, { deep: 1 }])), 'object'],
])('a body that is no Rakuten payload is told by its type alone', (body, mark) => {
  expect(redact(body)).toEqual(mark);
});

test('a body nested without end is cut off', () => {
  const nested = Array.from({ length: 500 }).reduce<unknown>((inner) => ({ inner }), 'x');
  expect(JSON.stringify(redact(nested)).length).toBeLessThan(4096);
});
