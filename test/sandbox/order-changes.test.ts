import { first, firstParcel, type OrderView } from './answers';
import { codes, type Rig, startRig } from './rig';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

/** An order without coupon, points and wrapping. */
const plain = (overrides: object = {}) =>
  rig.newOrder({ coupon: false, points: false, gift: false, ...overrides });
const orderOf = async (orderNumber: string) => (await rig.look(orderNumber)).order;
const short = (reply: Parameters<typeof codes>[0]) =>
  codes(reply).map((code) => code.replace(/^.*_(INFO|ERROR)_/, '$1 '));
const finish = async (orderNumber: string) => {
  await rig.order('confirmOrder', { orderNumberList: [orderNumber] });
  await rig.tick();
  await rig.control('POST', `/orders/${orderNumber}/ship-by-hand`);
  await rig.control('POST', '/night', { asOf: '2099-01-01' });
};

describe('updateOrderSender', () => {
  /** The request that repeats an order as it stands. */
  const repeat = (order: OrderView) => ({
    orderNumber: order.orderNumber,
    ...(order.WrappingModel1 === null ? {} : { WrappingModel1: order.WrappingModel1 }),
    ...(order.CouponModelList === null ? {} : { CouponModelList: order.CouponModelList }),
    PackageModelList: order.PackageModelList.map((parcel) => ({
      basketId: parcel.basketId,
      postagePrice: parcel.postagePrice,
      postageTaxRate: 0.1,
      SenderModel: parcel.SenderModel,
      ItemModelList: parcel.ItemModelList,
    })),
  });
  const change = async (order: OrderView, parcel: object = {}, more: object = {}) => {
    const request = repeat(order);
    const [head, ...rest] = request.PackageModelList;
    return rig.order('updateOrderSender', {
      ...request,
      PackageModelList: [{ ...head, ...parcel }, ...rest],
      ...more,
    });
  };
  const line = (order: OrderView, more: object) => ({
    ItemModelList: [{ ...firstParcel(order).ItemModelList[0], ...more }],
  });

  test('fixing a postage of -9999 adds the amounts up, and the order can be confirmed', async () => {
    const orderNumber = await plain({ amountsUnfixed: true, coupon: true, points: false });
    const before = await orderOf(orderNumber);
    expect([before.postagePrice, before.totalPrice, before.requestPrice]).toEqual([-9999, -9999, -9999]);
    const reply = await change(before, { postagePrice: 500 });
    expect([reply.status, first(reply.json.MessageModelList).message]).toEqual([
      200,
      '送付先情報の更新設定が完了しました。',
    ]);
    const after = await orderOf(orderNumber);
    // Two units of 1,500 yen with tax, a coupon of 300.
    expect(after).toMatchObject({
      goodsPrice: 3000,
      postagePrice: 500,
      totalPrice: 3500,
      requestPrice: 3200,
      TaxSummaryModelList: [{ taxRate: 0.1, reqPrice: 3200, reqPriceTax: 291, couponPrice: 300 }],
    });
    expect(firstParcel(after)).toMatchObject({ postagePrice: 500, totalPrice: 3500 });
    expect(codes(await rig.order('confirmOrder', { orderNumberList: [orderNumber] }))).toEqual([
      'CONFIRM_ORDER_INFO_101',
    ]);
  });

  test('-9999 sent again keeps the amounts open, for one destination of two as well', async () => {
    const orderNumber = await plain({ amountsUnfixed: true, destinations: 2 });
    await change(await orderOf(orderNumber), { postagePrice: 600 });
    expect(await orderOf(orderNumber)).toMatchObject({ postagePrice: -9999, requestPrice: -9999 });
    const reply = await rig.order('confirmOrder', { orderNumberList: [orderNumber] });
    expect(short(reply)).toEqual(['ERROR 105']);
  });

  test('the address, units and prices are written, tax counted by rate and rule', async () => {
    const orderNumber = await plain({
      lines: [{ manageNumber: 'mng5678', variantId: 'only', units: 1 }],
    });
    const order = await orderOf(orderNumber);
    const sender = { ...firstParcel(order).SenderModel, city: '千代田区' };
    await change(order, {
      SenderModel: sender,
      postagePrice: 600,
      ...line(order, { price: 1999, units: 3 }),
    });
    const after = await orderOf(orderNumber);
    expect(firstParcel(after).SenderModel.city).toBe('千代田区');
    // 1,999 yen without tax are 2,158 with 8 %, fractions cut off.
    expect(firstParcel(after).ItemModelList).toMatchObject([{ price: 1999, priceTaxIncl: 2158, units: 3 }]);
    expect(after).toMatchObject({ goodsPrice: 5997, totalPrice: 7074, requestPrice: 7074 });
    expect(after.TaxSummaryModelList).toMatchObject([
      { taxRate: 0.1, reqPrice: 600, reqPriceTax: 55 },
      { taxRate: 0.08, reqPrice: 6474, reqPriceTax: 480 },
    ]);
  });

  test('wrong fields are named all at once, and nothing is written', async () => {
    const orderNumber = await plain();
    const order = await orderOf(orderNumber);
    const wrong = {
      postagePrice: -1,
      postageTaxRate: 0.05,
      dropOffLocation: '屋根',
      ...line(order, {
        price: 1e9,
        units: -1,
        taxRate: 0.2,
        itemName: 'x'.repeat(1001),
        selectedChoice: 'x'.repeat(4001),
      }),
    };
    const reply = await change(order, wrong, { afterSettlementMethodCode: 3 });
    expect([
      reply.status,
      reply.json.MessageModelList.map((m) => m.message.replace('の書式が不正です。', '')),
    ]).toEqual([
      400,
      [
        'postagePrice',
        'postageTaxRate',
        'dropOffLocation',
        'price',
        'units',
        'taxRate',
        'itemName',
        'selectedChoice',
        'afterSettlementMethodCode',
      ],
    ]);
    const empty = await rig.order('updateOrderSender', {
      orderNumber,
      PackageModelList: [{ SenderModel: {} }],
    });
    expect([...new Set(short(empty))]).toEqual(['ERROR 009']);
    expect(await orderOf(orderNumber)).toEqual(order);
  });

  test('wrapping and coupons must be sent again, coupons cannot grow, and less money needs a reason', async () => {
    const orderNumber = await plain({ gift: true, coupon: true });
    const order = await orderOf(orderNumber);
    const refused = async (more: object, parcel: object = {}) => {
      const reply = await change(order, parcel, more);
      return [reply.status, ...reply.json.MessageModelList.map((message) => message.message)];
    };
    expect(await refused({ WrappingModel1: undefined, CouponModelList: undefined })).toEqual([
      400,
      'WrappingModel1の項目を指定して下さい。',
      'CouponModelListの項目を指定して下さい。',
    ]);
    const coupon = { ...order.CouponModelList?.[0], couponUnit: 2 };
    expect(await refused({ CouponModelList: [coupon] })).toEqual([400, 'couponUnitの書式が不正です。']);
    const fewer = line(order, { units: 1 });
    expect(await refused({}, fewer)).toEqual([400, 'reductionReasonの項目を指定して下さい。']);
    expect(await orderOf(orderNumber)).toEqual(order);
    expect((await change(order, fewer, { reductionReason: 1 })).status).toBe(200);
  });

  test('a COD order needs its fee, a SKU of several its skuInfo, and no SKU changes its variantId', async () => {
    const cod = await orderOf(await plain({ settlementMethod: 2 }));
    expect(short(await change(cod))).toEqual(['ERROR 136']);
    expect((await change(cod, { deliveryPrice: 330, deliveryTaxRate: 0.1 })).status).toBe(200);
    await rig.control('PUT', '/shops/test-shop/items/tabi', {
      skus: [{ variantId: 'S', quantity: 9, skuInfo: 'サイズ:S' }],
    });
    const lines = [{ manageNumber: 'tabi', variantId: 'S', units: 1 }];
    const multi = await orderOf(await plain({ lines }));
    const sku = (SkuModelList: object[]) => change(multi, line(multi, { SkuModelList }));
    expect(short(await sku([{ variantId: 'S' }]))).toEqual(['ERROR 139']);
    expect(short(await sku([{ variantId: 'M', skuInfo: 'サイズ:M' }]))).toEqual(['ERROR 115']);
    expect(short(await sku([{ variantId: 'S', skuInfo: 'サイズ:S' }]))).toEqual(['INFO 101']);
  });

  test('it is allowed at 100, 200 and 300 and refused after that; the payment changes at 100 only', async () => {
    for (const progress of [100, 200, 300]) {
      const order = await orderOf(await plain({ progress }));
      expect(short(await change(order))).toEqual(['INFO 101']);
      const paid = await change(order, {}, { afterSettlementMethodCode: 9 });
      expect(short(paid)).toEqual([progress === 100 ? 'INFO 101' : 'ERROR 114']);
    }
    const shipped = await plain();
    await finish(shipped);
    expect(short(await change(await orderOf(shipped)))).toEqual(['ERROR 114']);
    const order = await orderOf(shipped);
    expect(short(await change({ ...order, orderNumber: '400100-20260101-0000000000' }))).toEqual([
      'ERROR 101',
    ]);
  });
});

describe('updateOrderMemo', () => {
  const memo = (orderNumber: string, more: object) => rig.order('updateOrderMemo', { orderNumber, ...more });

  test('writes what is given, leaves what is not, and erases what is empty', async () => {
    const orderNumber = await rig.newOrder();
    expect(
      codes(await memo(orderNumber, { memo: '急ぎ', deliveryDate: '2026-12-24', operator: '佐藤' })),
    ).toEqual(['UPDATE_ORDERMEMO_INFO_101']);
    await memo(orderNumber, { shippingTerm: 1416, deliveryClass: '2', mailPlugSentence: '' });
    expect(await orderOf(orderNumber)).toMatchObject({
      memo: '急ぎ',
      operator: '佐藤',
      deliveryDate: '2026-12-24',
      shippingTerm: 1416,
      mailPlugSentence: null,
      DeliveryModel: { deliveryName: '宅配便', deliveryClass: 2 },
    });
    await memo(orderNumber, { memo: '' });
    expect((await orderOf(orderNumber)).memo).toBeNull();
  });

  test('too long, malformed and unknown are refused', async () => {
    const orderNumber = await rig.newOrder();
    for (const more of [
      { memo: 'x'.repeat(1001) },
      { operator: '1234567' },
      { mailPlugSentence: 'x'.repeat(1025) },
      { deliveryDate: '2026/12/24' },
      { shippingTerm: 1499 },
      { deliveryClass: 9 },
    ]) {
      const reply = await memo(orderNumber, more);
      expect([reply.status, short(reply)]).toEqual([400, ['ERROR 011']]);
    }
    expect(short(await rig.order('updateOrderMemo', {}))).toEqual(['ERROR 009']);
    expect(short(await memo('400100-20260101-0000000000', { memo: 'x' }))).toEqual(['ERROR 107']);
    expect(short(await memo(orderNumber, { subStatusId: 99 }))).toEqual(['ERROR 109']);
  });
});

test('updateOrderRemarks wants the gift flag or the remarks, and writes what it gets', async () => {
  const orderNumber = await rig.newOrder({ gift: false });
  const remarks = (more: object) => rig.order('updateOrderRemarks', { orderNumber, ...more });
  expect(short(await remarks({}))).toEqual(['ERROR 009']);
  expect(short(await remarks({ remarks: 'x'.repeat(4001) }))).toEqual(['ERROR 011']);
  expect(codes(await remarks({ giftCheck: 1 }))).toEqual(['UPDATE_ORDERREMARKS_INFO_101']);
  const before = await orderOf(orderNumber);
  await remarks({ remarks: 'のし希望' });
  expect(await orderOf(orderNumber)).toEqual({ ...before, giftCheckFlag: 1, remarks: 'のし希望' });
});

describe('sub-statuses', () => {
  const list = (body?: unknown) => rig.rms('POST', '/es/2.0/order/getSubStatusList/', body);
  const set = (orderNumberList: string[], subStatusId?: unknown) =>
    rig.order('updateOrderSubStatus', { orderNumberList, subStatusId });
  const SUB_STATUSES = [
    { orderProgress: 300, subStatusId: 31, subStatusName: '梱包済', orderby: 2 },
    { orderProgress: 100, subStatusId: 11, subStatusName: '要確認', orderby: 1 },
    { orderProgress: 300, subStatusId: 30, subStatusName: '倉庫へ', orderby: 1 },
  ];

  test('hang under their statuses, whatever empty body asks for them; a shop without any has null', async () => {
    await rig.control('PUT', '/shops/test-shop/info', { subStatuses: [] });
    expect((await list({})).json.StatusModelList).toBeNull();
    await rig.control('PUT', '/shops/test-shop/info', { subStatuses: SUB_STATUSES });
    for (const body of [undefined, 'null', {}]) {
      const { status, json } = await list(body);
      expect([status, json.StatusModelList]).toEqual([
        200,
        [
          {
            orderProgress: 100,
            SubStatusModelList: [{ subStatusId: 11, subStatusName: '要確認', orderby: 1 }],
          },
          {
            orderProgress: 300,
            SubStatusModelList: [
              { subStatusId: 30, subStatusName: '倉庫へ', orderby: 1 },
              { subStatusId: 31, subStatusName: '梱包済', orderby: 2 },
            ],
          },
        ],
      ]);
    }
  });

  test('are set and cleared order by order; cancelled is 101, another status 102, another shop 016', async () => {
    await rig.control('PUT', '/shops/test-shop/info', { subStatuses: SUB_STATUSES });
    const [waiting, ready, gone] = [
      await rig.newOrder(),
      await rig.newOrder({ progress: 300 }),
      await rig.newOrder(),
    ];
    await rig.control('POST', `/orders/${gone}/cancel`);
    const reply = await set([waiting, ready, gone], 11);
    expect([reply.status, short(reply)]).toEqual([200, ['INFO 101', 'ERROR 102', 'ERROR 101']]);
    expect(reply.json.MessageModelList.map((message) => message.orderNumber)).toEqual([waiting, ready, gone]);
    expect(await orderOf(waiting)).toMatchObject({ subStatusId: 11, subStatusName: '要確認' });
    expect((await orderOf(ready)).subStatusId).toBeNull();
    expect(short(await set([waiting], null))).toEqual(['INFO 101']);
    expect(await orderOf(waiting)).toMatchObject({ subStatusId: null, subStatusName: null });
    expect(short(await rig.order('updateOrderSubStatus', { orderNumberList: [waiting] }))).toEqual([
      'ERROR 009',
    ]);
    const foreign = await set([waiting, '999999-20260101-0000000001'], 11);
    expect([foreign.status, short(foreign), (await orderOf(waiting)).subStatusId]).toEqual([
      400,
      ['ERROR 016'],
      null,
    ]);
  });
});

describe('cancellation', () => {
  const cancelLate = (orderNumber: string, more: object = {}) =>
    rig.order('cancelOrderAfterShipping', {
      orderNumber,
      inventoryRestoreType: 1,
      changeReasonDetailApply: 2,
      ...more,
    });

  test('after shipping takes a shipped order to 900 in one go and gives its units back', async () => {
    await rig.control('PUT', '/settings', { cancelShows800: true });
    const before = await rig.stock();
    const orderNumber = await rig.newOrder();
    expect(short(await cancelLate(orderNumber))).toEqual(['ERROR 103']);
    await finish(orderNumber);
    expect([(await orderOf(orderNumber)).orderProgress, await rig.stock()]).toEqual([500, before - 2]);
    const reply = await cancelLate(orderNumber);
    expect(first(reply.json.MessageModelList)).toMatchObject({
      messageCode: 'ORDER_EXT_API_CANCEL_ORDER_AFTER_SHIPPING_INFO_101',
      orderNumber,
    });
    const { orderProgress, ChangeReasonModelList } = await orderOf(orderNumber);
    expect([orderProgress, await rig.stock()]).toEqual([900, before]);
    expect(ChangeReasonModelList.slice(-3)).toMatchObject(
      [0, 1, 2].map((changeType) => ({ changeType, changeReason: 1, changeReasonDetail: 2 })),
    );
    expect(short(await cancelLate(orderNumber))).toEqual(['ERROR 102']);
    await rig.control('PUT', '/settings', { cancelShows800: false });
  });

  test.each([0, 7, 9, 11, 12, 16])(
    'the reason %i is none that a shop may give, before or after shipping',
    async (reason) => {
      const orderNumber = await rig.newOrder();
      const fields = { orderNumber, inventoryRestoreType: 1, changeReasonDetailApply: reason };
      for (const operation of ['cancelOrder', 'cancelOrderAfterShipping']) {
        const reply = await rig.order(operation, fields);
        expect([reply.status, short(reply)]).toEqual([400, ['ERROR 011']]);
      }
      expect((await orderOf(orderNumber)).orderProgress).toBe(100);
    },
  );

  test("a shop's reason and the item's own restock setting are followed", async () => {
    await rig.control('PUT', '/shops/test-shop/items/kept', {
      skus: [{ variantId: 'v', quantity: 10, restockOnCancel: false }],
    });
    const lines = [{ manageNumber: 'kept', variantId: 'v', units: 2 }];
    const orderNumber = await rig.newOrder({ lines });
    await rig.order('cancelOrder', { orderNumber, inventoryRestoreType: 0, changeReasonDetailApply: 13 });
    expect(await rig.stock('v')).toBe(8);
    expect((await orderOf(orderNumber)).ChangeReasonModelList.at(-1)).toMatchObject({
      changeReason: 0,
      changeReasonDetail: 13,
    });
  });
});
