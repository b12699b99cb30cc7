import { first, firstParcel } from './answers';
import { codes, type Rig, startRig } from './rig';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.control('PUT', '/settings', { asyncShippingDelaySeconds: null }));
afterEach(() => rig.control('PUT', '/clock', null));

const ROW = { deliveryCompany: '1001', shippingNumber: '390123456789', shippingDate: '2026-11-22' };
const rowsOf = async (orderNumber: string) =>
  firstParcel((await rig.look(orderNumber)).order).ShippingModelList;
const reportOf = async (orderNumber: string, rows: object[] = [ROW]) => ({
  orderNumber,
  BasketidModelList: [
    { basketId: firstParcel((await rig.look(orderNumber)).order).basketId, ShippingModelList: rows },
  ],
});
const submit = (OrderShippingModelList: unknown) =>
  rig.order('updateOrderShippingAsync', { OrderShippingModelList });
const idOf = (reply: Awaited<ReturnType<typeof submit>>): string =>
  first(reply.json.MessageModelList).requestId ?? '';
const resultOf = async (requestId: string) =>
  (await rig.order('getResultUpdateOrderShippingAsync', { requestId })).json.ResultShippingModelList;
const NO_RESULT = [
  {
    MessageModelList: [
      {
        messageType: 'INFO',
        messageCode: 'ORDER_EXT_API_GET_RESULT_UPDATEORDERSHIPPING_ASYNC_INFO_101',
        message: '指定されたリクエストIDの処理結果は存在しませんでした。',
      },
    ],
  },
];

test('an accepted report has a requestId at once, and its rows only when it is carried out', async () => {
  const orders = [await rig.newOrder(), await rig.newOrder()];
  const reply = await submit(await Promise.all(orders.map((order) => reportOf(order))));
  expect(reply.json.MessageModelList).toEqual([
    {
      messageType: 'INFO',
      messageCode: 'ORDER_EXT_API_UPDATE_ORDERSHIPPING_ASYNC_INFO_101',
      message: '発送情報の更新を受付けました。',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}_\d{14}$/),
      dataNumber: null,
      shippingDetailId: null,
    },
  ]);
  await rig.tick();
  expect(await Promise.all(orders.map(rowsOf))).toEqual([[], []]);
  expect(await resultOf(idOf(reply))).toEqual(NO_RESULT);

  await rig.control('POST', '/async-shipping/release', { requestId: idOf(reply) });
  const rows = await Promise.all(orders.map(rowsOf));
  expect(rows).toMatchObject([[ROW], [ROW]]);
  expect(await resultOf(idOf(reply))).toMatchObject(
    orders.map((orderNumber, i) => ({
      orderNumber,
      MessageModelList: [
        {
          messageCode: 'ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_101',
          dataNumber: 1,
          shippingDetailId: rows[i]?.[0]?.shippingDetailId,
        },
      ],
    })),
  );
  expect((await rig.look(first(orders))).books).toMatchObject({ shippingRowsInserted: 1 });
});

test('a report is carried out by itself when its delay has passed', async () => {
  await rig.control('PUT', '/settings', { asyncShippingDelaySeconds: 60 });
  await rig.control('PUT', '/clock', { frozenAt: '2026-11-22T03:00:00Z' });
  const orderNumber = await rig.newOrder();
  const requestId = idOf(await submit([await reportOf(orderNumber)]));
  expect(requestId).toMatch(/_20261122120000$/);
  await rig.tick();
  expect(await rowsOf(orderNumber)).toEqual([]);
  await rig.control('PUT', '/clock', { frozenAt: '2026-11-22T03:01:00Z' });
  await rig.tick();
  expect(await rowsOf(orderNumber)).toHaveLength(1);
});

test('one order that cannot take its rows keeps none of the others from theirs', async () => {
  const [gone, kept] = [await rig.newOrder(), await rig.newOrder()];
  const reports = [await reportOf(gone), await reportOf(kept), await reportOf(kept)];
  const unknown = { ...reports[2], orderNumber: '400100-20260101-0000000000' };
  const requestId = idOf(await submit([reports[0], unknown, reports[1]]));
  await rig.control('POST', `/orders/${gone}/cancel`);
  await rig.control('POST', '/async-shipping/release');
  const results = await resultOf(requestId);
  expect(results.map((result) => first(result.MessageModelList).messageCode.slice(-9))).toEqual([
    'ERROR_102',
    'ERROR_101',
    '_INFO_101',
  ]);
  expect([(await rowsOf(gone)).length, (await rowsOf(kept)).length]).toEqual([0, 1]);
});

test('a wrong row, the same order twice, or more than 100 orders refuse the call, and nothing is accepted', async () => {
  const [one, two] = [await rig.newOrder(), await rig.newOrder()];
  const good = await reportOf(one);
  const calls = [
    [good, await reportOf(two, [{ ...ROW, shippingDate: '2026/11/22' }])],
    [good, good],
    Array.from({ length: 101 }, (_, i) => ({ ...good, orderNumber: `400100-20260101-${i}` })),
    [
      await reportOf(
        two,
        Array.from({ length: 21 }, () => ROW),
      ),
    ],
    [],
  ];
  const replies = await Promise.all(calls.map(submit));
  expect(replies.map((reply) => [reply.status, first(reply.json.MessageModelList)])).toMatchObject([
    [200, { orderNumber: two, message: 'shippingDateの書式が不正です。' }],
    [200, { orderNumber: one, message: 'orderNumberの書式が不正です。' }],
    [200, { message: 'OrderShippingModelListの書式が不正です。' }],
    [200, { orderNumber: two, message: 'ShippingModelListの書式が不正です。' }],
    [200, { message: 'OrderShippingModelListの値を指定して下さい。' }],
  ]);
  expect(new Set(replies.flatMap(codes).map((code) => code.slice(0, -4)))).toEqual(
    new Set(['UPDATE_ORDERSHIPPING_ASYNC_ERROR']),
  );
  await rig.control('PUT', '/settings', { asyncRefusalStatus: 400 });
  expect((await submit([])).status).toBe(400);
  await rig.control('PUT', '/settings', { asyncRefusalStatus: 200 });
  await rig.control('POST', '/async-shipping/release');
  expect(await rowsOf(one)).toEqual([]);
});

test('a result without its requestId is refused; an unknown, a foreign and an expired one look like one that still runs', async () => {
  const missing = await rig.order('getResultUpdateOrderShippingAsync', {});
  expect([
    missing.status,
    first(first(missing.json.ResultShippingModelList).MessageModelList).message,
  ]).toEqual([400, 'requestIdの項目を指定して下さい。']);
  expect(await resultOf('nobody_20261122120000')).toEqual(NO_RESULT);
  const orderNumber = await rig.newOrder();
  const requestId = idOf(await submit([await reportOf(orderNumber)]));
  await rig.control('POST', '/async-shipping/release');
  expect(await resultOf(requestId)).toMatchObject([{ orderNumber }]);
  await rig.control('PUT', '/clock', { offsetSeconds: 31 * 86_400 });
  expect(await resultOf(requestId)).toEqual(NO_RESULT);
});

test('an answer that is lost after the acceptance loses the requestId, and the rows appear all the same', async () => {
  const orderNumber = await rig.newOrder();
  await rig.control('POST', '/faults', {
    operation: 'updateOrderShippingAsync',
    kind: 'lost_answer_after_commit',
  });
  const report = await reportOf(orderNumber);
  await expect(submit([report])).rejects.toThrow();
  expect(await rowsOf(orderNumber)).toEqual([]);
  await rig.control('POST', '/async-shipping/release');
  expect(await rowsOf(orderNumber)).toHaveLength(1);
});
