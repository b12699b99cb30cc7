import { cancelOrder, cancelOrderAfterShipping, type OrderCancellation } from '../../src/rms/order-cancel';
import { type OrderMemo, updateOrderMemo, updateOrderRemarks } from '../../src/rms/order-changes';
import { type SenderUpdate, updateOrderSender } from '../../src/rms/order-sender';
import { getSubStatusList, updateOrderSubStatus } from '../../src/rms/sub-status';
import type { RmsConnection } from '../../src/rms/transport';
import { type FakeRms, json, type Script, startFakeRms } from './support/fake-rms';
import { info, refusal } from './support/payloads';

let rms: FakeRms;
beforeEach(async () => {
  rms = await startFakeRms();
});
afterEach(() => rms.close());

const NUMBER = '123456-20261101-0000000001';
const OTHER = '123456-20261101-0000000002';
const numbers = (count: number) =>
  Array.from({ length: count }, (_, index) => `123456-20261101-${String(index).padStart(10, '0')}`);

/** The request has arrived, and its answer never does. */
const answerLost: Script = (_request, response) => {
  response.destroy();
};

const sender = {
  zipCode1: '158',
  zipCode2: '0094',
  prefecture: '東京都',
  city: '世田谷区',
  subAddress: '玉川一丁目14番1号',
  familyName: '楽天',
  firstName: '太郎',
  familyNameKana: 'ラクテン',
  firstNameKana: 'タロウ',
  phoneNumber1: '050',
  phoneNumber2: '5581',
  phoneNumber3: '6910',
};
const item = {
  itemDetailId: 10,
  itemName: 'りんご',
  itemNumber: 'ringo',
  price: 1000,
  units: 2,
  taxRate: 0.08,
  includePostageFlag: 0,
  includeTaxFlag: 1,
  includeCashOnDeliveryPostageFlag: 0,
  selectedChoice: '包装:あり',
  SkuModelList: [{ variantId: 'Red', merchantDefinedSkuId: null, skuInfo: '色:赤' }],
} as const;
const senderUpdate: SenderUpdate = {
  orderNumber: NUMBER,
  PackageModelList: [
    {
      basketId: 10,
      postagePrice: 550,
      postageTaxRate: 0.1,
      SenderModel: sender,
      ItemModelList: [item],
    },
  ],
};
const memo: OrderMemo = { orderNumber: NUMBER, memo: '至急' };
const cancellation: OrderCancellation = {
  orderNumber: NUMBER,
  inventory: 'restore',
  because: { by: 'customer', reason: 'unpaid' },
};

describe('a change of one order', () => {
  it.each<[string, (connection: RmsConnection) => Promise<unknown>, string, object]>([
    [
      'updateOrderMemo',
      (connection) =>
        updateOrderMemo(connection, {
          orderNumber: NUMBER,
          subStatusId: 3601,
          deliveryClass: 2,
          deliveryDate: '2026-11-30',
          shippingTerm: 1416,
          memo: '',
          operator: '担当',
          mailPlugSentence: 'ありがとう',
        }),
      'UPDATE_ORDERMEMO_INFO_101',
      {
        orderNumber: NUMBER,
        subStatusId: 3601,
        deliveryClass: 2,
        deliveryDate: '2026-11-30',
        shippingTerm: 1416,
        memo: '',
        operator: '担当',
        mailPlugSentence: 'ありがとう',
      },
    ],
    [
      'updateOrderRemarks',
      (connection) =>
        updateOrderRemarks(connection, { orderNumber: NUMBER, giftCheck: 1, remarks: undefined }),
      'UPDATE_ORDERREMARKS_INFO_101',
      { orderNumber: NUMBER, giftCheck: 1 },
    ],
    [
      'updateOrderSender',
      (connection) => updateOrderSender(connection, senderUpdate),
      'UPDATE_ORDERSENDER_INFO_101',
      {
        orderNumber: NUMBER,
        PackageModelList: [
          {
            basketId: 10,
            postagePrice: 550,
            postageTaxRate: 0.1,
            SenderModel: sender,
            ItemModelList: [item],
          },
        ],
      },
    ],
    [
      'cancelOrder',
      (connection) => cancelOrder(connection, cancellation),
      'CANCEL_ORDER_INFO_101',
      { orderNumber: NUMBER, inventoryRestoreType: 1, changeReasonDetailApply: 4 },
    ],
    [
      'cancelOrderAfterShipping',
      (connection) =>
        cancelOrderAfterShipping(connection, {
          orderNumber: NUMBER,
          inventory: 'as_item_says',
          because: { by: 'shop', reason: 'faulty_or_wrong_item' },
        }),
      'CANCEL_ORDER_AFTER_SHIPPING_INFO_101',
      { orderNumber: NUMBER, inventoryRestoreType: 0, changeReasonDetailApply: 15 },
    ],
  ])('%s is asked for in the words of the reference', async (operation, call, code, body) => {
    rms.script = json(200, { MessageModelList: [info(code, NUMBER)] });
    await expect(call(rms.connection)).resolves.toEqual({ kind: 'done', warnings: [] });
    expect(rms.requests).toHaveLength(1);
    expect(rms.requests[0]).toMatchObject({
      method: 'POST',
      path: `/es/2.0/order/${operation}/`,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(rms.requests[0]?.body).toEqual(body);
  });

  const change = {
    memo: () => updateOrderMemo(rms.connection, memo),
    remarks: () => updateOrderRemarks(rms.connection, { orderNumber: NUMBER, remarks: 'x' }),
    sender: () => updateOrderSender(rms.connection, senderUpdate),
    cancel: () => cancelOrder(rms.connection, cancellation),
  };

  it.each([
    ['memo', 200, 'UPDATE_ORDERMEMO_ERROR_107'],
    ['remarks', 400, 'UPDATE_ORDERREMARKS_ERROR_009'],
    ['sender', 400, 'UPDATE_ORDERSENDER_ERROR_139'],
    ['cancel', 200, 'CANCEL_ORDER_ERROR_101'],
  ] as const)('takes a refusal for an outcome: %s, HTTP %s', async (name, status, code) => {
    rms.script = json(status, { MessageModelList: [refusal(code, NUMBER)] });
    await expect(change[name]()).resolves.toEqual({
      kind: 'refused',
      codes: [{ code: `ORDER_EXT_API_${code}`, message: 'refused' }],
    });
  });

  it.each(['memo', 'remarks', 'sender', 'cancel'] as const)(
    'does not know what became of it when the answer is lost: %s',
    async (name) => {
      rms.script = answerLost;
      await expect(change[name]()).rejects.toMatchObject({ kind: 'unknown_outcome' });
      expect(rms.requests).toHaveLength(1);
    },
  );

  it('does not take silence about the change for success', async () => {
    rms.script = json(200, { MessageModelList: [] });
    await expect(change.cancel()).rejects.toMatchObject({ kind: 'unknown_outcome', orderNumber: NUMBER });
  });
});

describe('what Rakuten would refuse is refused before a call is spent', () => {
  const withPackage = (fields: object): unknown => ({
    ...senderUpdate,
    PackageModelList: [{ ...senderUpdate.PackageModelList[0], ...fields }],
  });

  it.each<[string, (connection: RmsConnection, input: never) => Promise<unknown>, unknown, string]>([
    ['an order number of another form', updateOrderMemo, { ...memo, orderNumber: '12' }, 'orderNumber'],
    ['a memo of 1001 characters', updateOrderMemo, { ...memo, memo: '字'.repeat(1001) }, 'memo'],
    ['an operator of 7 characters', updateOrderMemo, { ...memo, operator: '1234567' }, 'operator'],
    [
      'a mail text of 1025 characters',
      updateOrderMemo,
      { ...memo, mailPlugSentence: 'x'.repeat(1025) },
      'mailPlugSentence',
    ],
    ['a day that does not exist', updateOrderMemo, { ...memo, deliveryDate: '2026-02-30' }, 'deliveryDate'],
    ['a time that does not exist', updateOrderMemo, { ...memo, shippingTerm: 1425 }, 'shippingTerm'],
    ['a delivery class that does not exist', updateOrderMemo, { ...memo, deliveryClass: 9 }, 'deliveryClass'],
    ['a memo that changes nothing', updateOrderMemo, { orderNumber: NUMBER, memo: undefined }, ''],
    ['remarks that change nothing', updateOrderRemarks, { orderNumber: NUMBER }, ''],
    [
      'remarks of 4001 characters',
      updateOrderRemarks,
      { orderNumber: NUMBER, remarks: 'x'.repeat(4001) },
      'remarks',
    ],
    ['no destination', updateOrderSender, { ...senderUpdate, PackageModelList: [] }, 'PackageModelList'],
    [
      'a postage below zero',
      updateOrderSender,
      withPackage({ postagePrice: -1 }),
      'PackageModelList[0].postagePrice',
    ],
    [
      'a tax rate that does not exist',
      updateOrderSender,
      withPackage({ postageTaxRate: 0.05 }),
      'PackageModelList[0].postageTaxRate',
    ],
    [
      'an item without its price',
      updateOrderSender,
      withPackage({ ItemModelList: [{ ...item, price: undefined }] }),
      'PackageModelList[0].ItemModelList[0].price',
    ],
    [
      'a destination twice',
      updateOrderSender,
      {
        ...senderUpdate,
        PackageModelList: [...senderUpdate.PackageModelList, ...senderUpdate.PackageModelList],
      },
      'PackageModelList',
    ],
    [
      'a payment method that cannot be changed to',
      updateOrderSender,
      { ...senderUpdate, afterSettlementMethodCode: 1 },
      'afterSettlementMethodCode',
    ],
    ['a field of another name', updateOrderSender, { ...senderUpdate, packageModelList: [] }, ''],
    [
      'a reason of the shop said of the customer',
      cancelOrder,
      { ...cancellation, because: { by: 'customer', reason: 'out_of_stock' } },
      'because.reason',
    ],
    ['no number', updateOrderSubStatus, { subStatusId: 1, orderNumbers: [] }, 'orderNumbers'],
    ['101 numbers', updateOrderSubStatus, { subStatusId: 1, orderNumbers: numbers(101) }, 'orderNumbers'],
    ['no sub-status', updateOrderSubStatus, { orderNumbers: [NUMBER] }, 'subStatusId'],
  ])('%s', async (_name, call, input, path) => {
    await expect(call(rms.connection, input as never)).rejects.toMatchObject({
      kind: 'invalid_request',
      issues: [{ path }],
    });
    expect(rms.requests).toHaveLength(0);
  });
});

describe('getSubStatusList', () => {
  it('gives the sub-statuses with the status that they hang under', async () => {
    rms.script = json(200, {
      MessageModelList: [info('GET_SUBSTATUSLIST_INFO_101')],
      StatusModelList: [
        {
          orderProgress: 300,
          SubStatusModelList: [
            { subStatusId: 3601, subStatusName: '出荷準備', orderby: 1 },
            { subStatusId: '3602', subStatusName: '保留', orderby: null },
          ],
        },
        { orderProgress: 400, SubStatusModelList: null },
      ],
    });
    await expect(getSubStatusList(rms.connection)).resolves.toEqual([
      { orderProgress: 300, subStatusId: 3601, subStatusName: '出荷準備', orderby: 1 },
      { orderProgress: 300, subStatusId: 3602, subStatusName: '保留', orderby: undefined },
    ]);
    expect(rms.requests[0]).toMatchObject({
      method: 'POST',
      path: '/es/2.0/order/getSubStatusList/',
      body: {},
    });
  });

  it.each([[{ MessageModelList: [], StatusModelList: null }], [{ MessageModelList: [] }]])(
    'takes a missing list for none: %j',
    async (payload) => {
      rms.script = json(200, payload);
      await expect(getSubStatusList(rms.connection)).resolves.toEqual([]);
    },
  );
});

describe('updateOrderSubStatus', () => {
  const update = { subStatusId: 3601, orderNumbers: [NUMBER, OTHER] };

  it('answers for every order by itself', async () => {
    const four = numbers(5);
    const [a = '', b = '', c = '', d = ''] = four;
    rms.script = json(200, {
      MessageModelList: [
        info('UPDATE_ORDERSUBSTATUS_INFO_101', a),
        refusal('UPDATE_ORDERSUBSTATUS_ERROR_101', b),
        refusal('UPDATE_ORDERSUBSTATUS_ERROR_102', c),
        refusal('UPDATE_ORDERSUBSTATUS_ERROR_016', d),
      ],
    });
    const answers = await updateOrderSubStatus(rms.connection, { subStatusId: 3601, orderNumbers: four });
    expect([...answers.values()].map(({ kind }) => kind)).toEqual([
      'updated',
      'cancelled',
      'does_not_fit',
      'refused',
      'no_answer',
    ]);
  });

  it('sends null to take a sub-status away, and a number once', async () => {
    rms.script = json(200, { MessageModelList: [info('UPDATE_ORDERSUBSTATUS_INFO_101', NUMBER)] });
    await updateOrderSubStatus(rms.connection, { subStatusId: null, orderNumbers: [NUMBER, NUMBER] });
    expect(rms.requests[0]).toMatchObject({ method: 'POST', path: '/es/2.0/order/updateOrderSubStatus/' });
    expect(rms.requests[0]?.body).toEqual({ subStatusId: null, orderNumberList: [NUMBER] });
  });

  it('takes a success without a number for all only where nothing else is said', async () => {
    rms.script = json(200, { MessageModelList: [info('UPDATE_ORDERSUBSTATUS_INFO_101')] });
    const all = await updateOrderSubStatus(rms.connection, update);
    expect([...all.values()]).toEqual([{ kind: 'updated' }, { kind: 'updated' }]);
    rms.script = json(200, {
      MessageModelList: [
        info('UPDATE_ORDERSUBSTATUS_INFO_101'),
        refusal('UPDATE_ORDERSUBSTATUS_ERROR_102', NUMBER),
      ],
    });
    const mixed = await updateOrderSubStatus(rms.connection, update);
    expect([...mixed.values()]).toEqual([{ kind: 'does_not_fit' }, { kind: 'no_answer' }]);
    rms.script = json(200, {
      MessageModelList: [
        refusal('UPDATE_ORDERSUBSTATUS_ERROR_016'),
        info('UPDATE_ORDERSUBSTATUS_INFO_101', NUMBER),
      ],
    });
    const other = await updateOrderSubStatus(rms.connection, update);
    expect([...other.values()]).toEqual([{ kind: 'updated' }, { kind: 'no_answer' }]);
  });

  it('throws a refusal of the request as a whole, which may be the fault of one of its orders', async () => {
    rms.script = json(400, { MessageModelList: [refusal('UPDATE_ORDERSUBSTATUS_ERROR_016')] });
    await expect(updateOrderSubStatus(rms.connection, update)).rejects.toMatchObject({ kind: 'refused' });
    const alone = await updateOrderSubStatus(rms.connection, { ...update, orderNumbers: [NUMBER] });
    expect(alone.get(NUMBER)).toMatchObject({ kind: 'refused' });
  });

  it('does not know what became of it when the answer is lost', async () => {
    rms.script = answerLost;
    await expect(updateOrderSubStatus(rms.connection, update)).rejects.toMatchObject({
      kind: 'unknown_outcome',
    });
  });
});
