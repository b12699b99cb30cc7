import { first, firstParcel } from './answers';
import { codes, type Rig, startRig } from './rig';

let rig: Rig;
let orderNumber: string;
let basketId: number;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  orderNumber = await rig.newOrder();
  basketId = firstParcel((await rig.look(orderNumber)).order).basketId;
});

const ROW = { deliveryCompany: '1001', shippingNumber: '390123456789', shippingDate: '2026-11-22' };
const ship = (rows: object[], more: object = {}) =>
  rig.order('updateOrderShipping', {
    orderNumber,
    BasketidModelList: [{ basketId, ShippingModelList: rows }],
    ...more,
  });
const rowsNow = async () => firstParcel((await rig.look(orderNumber)).order).ShippingModelList;
const short = (reply: Awaited<ReturnType<typeof ship>>) =>
  codes(reply).map((code) => code.replace('UPDATE_ORDERSHIPPING_', ''));

test('a row without an id is a new row each time, even when it stands there already', async () => {
  const [one, two] = [await ship([ROW]), await ship([ROW])];
  expect([short(one), short(two)]).toEqual([['INFO_101'], ['INFO_101']]);
  const ids = [one, two].map((reply) => first(reply.json.MessageModelList).shippingDetailId);
  expect(await rowsNow()).toEqual(
    ids.map((shippingDetailId) => ({
      shippingDetailId,
      shippingNumber: ROW.shippingNumber,
      deliveryCompany: '1001',
      deliveryCompanyName: 'ヤマト運輸',
      shippingDate: ROW.shippingDate,
    })),
  );
  expect((await rig.look(orderNumber)).books).toMatchObject({
    shippingRowsInserted: 2,
    shippingRowsWritten: 2,
  });
});

test('an absent key leaves a field as it is, an empty one erases it, and writing the same again changes nothing', async () => {
  const id = first((await ship([ROW])).json.MessageModelList).shippingDetailId;
  await ship([{ shippingDetailId: id, shippingNumber: '400000000001' }]);
  expect(await rowsNow()).toMatchObject([{ ...ROW, shippingNumber: '400000000001' }]);
  const same = await ship([{ shippingDetailId: String(id), shippingNumber: '400000000001' }]);
  expect(short(same)).toEqual(['INFO_102']);
  expect((await rig.look(orderNumber)).books.shippingRowsChanged).toBe(1);
  await ship([{ shippingDetailId: id, shippingNumber: '', shippingDate: '' }]);
  expect(await rowsNow()).toMatchObject([
    { deliveryCompany: '1001', shippingNumber: null, shippingDate: null },
  ]);
});

test('rows are numbered over the whole request, and deleted by id', async () => {
  const { json } = await ship([ROW, { deliveryCompany: '1002' }, { shippingDate: '2027-01-05' }]);
  expect(json.MessageModelList.map((m) => m.dataNumber)).toEqual([1, 2, 3]);
  const reply = await ship([
    { shippingDetailId: json.MessageModelList[1]?.shippingDetailId, shippingDeleteFlag: 1 },
  ]);
  expect(short(reply)).toEqual(['INFO_103']);
  expect(await rowsNow()).toHaveLength(2);
});

test.each([
  ['a date with slashes', { shippingDate: '2018/01/25' }, 'ERROR_011', 'shippingDateの書式が不正です。'],
  ['a compact date', { shippingDate: '20260125' }, 'ERROR_011', 'shippingDateの書式が不正です。'],
  [
    'a day that does not exist',
    { shippingDate: '2026-02-30' },
    'ERROR_011',
    'shippingDateの書式が不正です。',
  ],
  ['an unknown company', { deliveryCompany: '100' }, 'ERROR_011', 'deliveryCompanyの書式が不正です。'],
  ['an empty company', { deliveryCompany: '' }, 'ERROR_010', 'deliveryCompanyの値を指定して下さい。'],
  ['an id that is no number', { shippingDetailId: 'abc' }, 'ERROR_011', 'shippingDetailIdの書式が不正です。'],
  ['a machine-dependent character', { shippingNumber: '①' }, 'ERROR_011', 'shippingNumberの書式が不正です。'],
])('%s is refused with 400, and nothing of the request is written', async (_what, row, code, message) => {
  const reply = await ship([ROW, { ...ROW, ...row }]);
  expect([reply.status, short(reply), first(reply.json.MessageModelList).message]).toEqual([
    400,
    [code],
    message,
  ]);
  expect(await rowsNow()).toEqual([]);
});

test('missing fields are named, all at once', async () => {
  const reply = await rig.order('updateOrderShipping', { BasketidModelList: [{}] });
  expect([reply.status, reply.json.MessageModelList.map((m) => m.message)]).toEqual([
    400,
    ['orderNumber', 'basketId', 'ShippingModelList'].map((field) => `${field}の項目を指定して下さい。`),
  ]);
});

test('a destination takes 20 rows, not 21', async () => {
  expect((await ship(Array.from({ length: 21 }, () => ROW))).status).toBe(400);
  expect((await ship(Array.from({ length: 20 }, () => ROW))).json.MessageModelList).toHaveLength(20);
  expect(short(await ship([ROW]))).toEqual(['ERROR_101']);
  expect(await rowsNow()).toHaveLength(20);
});

test('a cancelled order takes no shipping report', async () => {
  await rig.control('POST', `/orders/${orderNumber}/cancel`);
  const reply = await ship([ROW]);
  expect([reply.status, short(reply)]).toEqual([200, ['ERROR_102']]);
});

test("a destination or a row that is not the order's is refused", async () => {
  expect(
    short(await ship([ROW], { BasketidModelList: [{ basketId: 1, ShippingModelList: [ROW] }] })),
  ).toEqual(['ERROR_101']);
  expect(short(await ship([{ ...ROW, shippingDetailId: 7 }]))).toEqual(['ERROR_101']);
});

test('two destinations hold their rows apart', async () => {
  orderNumber = await rig.newOrder({ destinations: 2 });
  const parcels = (await rig.look(orderNumber)).order.PackageModelList;
  const reply = await rig.order('updateOrderShipping', {
    orderNumber,
    BasketidModelList: parcels.map((parcel, i) => ({
      basketId: parcel.basketId,
      ShippingModelList: [{ ...ROW, shippingNumber: `39000000000${i}` }],
    })),
  });
  expect(reply.json.MessageModelList.map((m) => m.dataNumber)).toEqual([1, 2]);
  const after = (await rig.look(orderNumber)).order.PackageModelList;
  expect(after.map((p) => p.ShippingModelList.map((r) => r.shippingNumber))).toEqual([
    ['390000000000'],
    ['390000000001'],
  ]);
});
