import type { RmsGateway } from '../../src/rms/gateway';
import { searchAllItems } from '../../src/rms/item-search';
import type { OrderModel } from '../../src/rms/schemas/order';
import { type House, openHouse, SHOP } from '../support/house';

/** The client and the sandbox were written from the reference apart from each other: here they meet. */
let house: House;
let gateway: RmsGateway;
beforeAll(async () => {
  house = await openHouse();
  gateway = house.context.gateway(SHOP.shopId);
  await house.control('PUT', '/control/settings', {
    fixDelaySeconds: 0,
    itemReadsPerSecond: 1000,
    itemBulkReadsPerSecond: 1000,
    shopRequestsPerSecond: 1000,
    inventoryReadsPerSecond: 1000,
    inventoryWritesPerSecond: 1000,
  });
  for (const name of ['cup', 'bowl'])
    await house.control('PUT', `/control/shops/${SHOP.shopId}/items/${name}`, {
      title: `器 ${name}`,
      itemNumber: `no-${name}`,
      skus: [
        { variantId: `${name}-S`, quantity: 20, price: 880, skuInfo: 'サイズ:S' },
        { variantId: `${name}-M`, quantity: 30, price: 980, skuInfo: 'サイズ:M' },
      ],
    });
});
afterAll(() => house?.close());

const buy = async (overrides: object = {}): Promise<string> => {
  const lines = [{ manageNumber: 'cup', variantId: 'cup-S', units: 2 }];
  const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${SHOP.shopId}/orders`,
    { overrides: { settlementMethod: 1, destinations: 1, lines, coupon: false, gift: false, ...overrides } },
  );
  return orderNumbers[0] ?? '';
};
const read = async (orderNumber: string): Promise<OrderModel> => {
  const answer = await gateway.getOrder(orderNumber);
  if (answer.kind !== 'found') throw new Error(`${orderNumber} is ${answer.kind}`);
  return answer.order;
};
const info = (change: object) => house.control('PUT', `/control/shops/${SHOP.shopId}/info`, change);
const stockOf = async (variantId: string) =>
  (await gateway.getVariantInventory({ manageNumber: 'cup', variantId }))?.quantity;

describe('orders', () => {
  it('whose postage is not fixed are fixed by updateOrderSender, and can be confirmed then', async () => {
    const orderNumber = await buy({ amountsUnfixed: true });
    await expect(gateway.confirmOrder(orderNumber)).resolves.toEqual({ kind: 'postage_unfixed' });
    const order = await read(orderNumber);
    const packages = order.PackageModelList.map((parcel) => ({
      basketId: parcel.basketId,
      postagePrice: 500,
      postageTaxRate: 0.1,
      SenderModel: senderOf(parcel.SenderModel),
      ItemModelList: parcel.ItemModelList.map((item) => ({
        itemDetailId: item.itemDetailId,
        itemName: item.itemName ?? '',
        price: item.price ?? 0,
        units: item.units,
        taxRate: item.taxRate ?? 0.1,
        includeTaxFlag: 1 as const,
        includePostageFlag: 0 as const,
        includeCashOnDeliveryPostageFlag: 0 as const,
        SkuModelList: (item.SkuModelList ?? []).map(({ variantId, skuInfo }) => ({
          variantId: variantId ?? '',
          skuInfo: skuInfo ?? null,
        })),
      })),
    }));
    await expect(
      gateway.updateOrderSender({ orderNumber, PackageModelList: packages }),
    ).resolves.toMatchObject({ kind: 'done' });
    expect((await read(orderNumber)).postagePrice).toBe(500);
    await expect(gateway.confirmOrder(orderNumber)).resolves.toEqual({ kind: 'confirmed' });
  });

  it('take a memo and remarks, and keep what was not named', async () => {
    const orderNumber = await buy();
    await expect(
      gateway.updateOrderMemo({ orderNumber, memo: '割れ物', operator: '佐藤', shippingTerm: 1416 }),
    ).resolves.toEqual({ kind: 'done', warnings: [] });
    await expect(
      gateway.updateOrderRemarks({ orderNumber, remarks: '不在時は宅配ボックス' }),
    ).resolves.toMatchObject({
      kind: 'done',
    });
    await gateway.updateOrderMemo({ orderNumber, memo: '割れ物注意' });
    expect(await read(orderNumber)).toMatchObject({
      memo: '割れ物注意',
      operator: '佐藤',
      shippingTerm: 1416,
      remarks: '不在時は宅配ボックス',
    });
  });

  it('get a sub-status of their own status and no other, each with its own answer', async () => {
    await info({
      subStatuses: [
        { subStatusId: 3601, subStatusName: '在庫確認中', orderProgress: 100, orderby: 1 },
        { subStatusId: 3602, subStatusName: '梱包中', orderProgress: 300, orderby: 1 },
      ],
    });
    const list = await gateway.getSubStatusList();
    expect(list).toMatchObject([
      { orderProgress: 100, subStatusId: 3601, subStatusName: '在庫確認中' },
      { orderProgress: 300, subStatusId: 3602, subStatusName: '梱包中' },
    ]);
    const [a, b] = [await buy(), await buy()];
    const fits = await gateway.updateOrderSubStatus({ subStatusId: 3601, orderNumbers: [a, b] });
    expect([...fits.values()].map(({ kind }) => kind)).toEqual(['updated', 'updated']);
    expect(await read(a)).toMatchObject({ subStatusId: 3601, subStatusName: '在庫確認中' });
    const wrong = await gateway.updateOrderSubStatus({ subStatusId: 3602, orderNumbers: [a] });
    expect(wrong.get(a)).toEqual({ kind: 'does_not_fit' });
    await gateway.updateOrderSubStatus({ subStatusId: null, orderNumbers: [a] });
    expect((await read(a)).subStatusId).toBeNull();
  });

  it('are cancelled before they ship and after, with their stock restored as asked, and refused while a date is registered', async () => {
    const before = await stockOf('cup-S');
    const orderNumber = await buy();
    expect(await stockOf('cup-S')).toBe((before ?? 0) - 2);
    const cancellation = {
      orderNumber,
      inventory: 'restore',
      because: { by: 'customer', reason: 'cancelled' },
    } as const;
    await expect(gateway.cancelOrder(cancellation)).resolves.toMatchObject({ kind: 'done' });
    expect(await stockOf('cup-S')).toBe(before);
    expect((await read(orderNumber)).orderProgress).toBe(900);

    const shipped = await buy();
    await gateway.confirmOrder(shipped);
    await house.control('POST', '/control/tick');
    const [basket] = (await read(shipped)).PackageModelList;
    await gateway.reportShipping({
      orderNumber: shipped,
      baskets: [
        {
          basketId: basket?.basketId ?? 0,
          rows: [{ deliveryCompany: '1001', shippingNumber: '4000', shippingDate: '2026-11-20' }],
        },
      ],
    });
    const late = { ...cancellation, orderNumber: shipped };
    await expect(gateway.cancelOrder(late)).resolves.toMatchObject({ kind: 'refused' });
    await house.control('POST', '/control/night', { asOf: '2099-01-01' });
    await expect(
      gateway.cancelOrderAfterShipping({ ...late, because: { by: 'customer', reason: 'returned' } }),
    ).resolves.toMatchObject({ kind: 'done' });
    expect((await read(shipped)).orderProgress).toBe(900);
  });
});

/** The destination as it was read, as far as it may be sent. */
const senderOf = (sender: OrderModel['PackageModelList'][number]['SenderModel']) => ({
  zipCode1: sender?.zipCode1 ?? '',
  zipCode2: sender?.zipCode2 ?? '',
  prefecture: sender?.prefecture ?? '',
  city: sender?.city ?? '',
  subAddress: sender?.subAddress ?? '',
  familyName: sender?.familyName ?? '',
  firstName: sender?.firstName ?? '',
  familyNameKana: sender?.familyNameKana ?? '',
  firstNameKana: sender?.firstNameKana ?? '',
  phoneNumber1: sender?.phoneNumber1 ?? '',
  phoneNumber2: sender?.phoneNumber2 ?? '',
  phoneNumber3: sender?.phoneNumber3 ?? '',
});

describe('stock', () => {
  const pair = { manageNumber: 'bowl', variantId: 'bowl-S' };

  it('of one pair is read, written, listed and deleted, and lead times are kept or given up as the caller says', async () => {
    const settings = { operationLeadTime: { normalDeliveryTimeId: 42 }, shipFromIds: [1] };
    await gateway.upsertVariantInventory({ ...pair, mode: 'ABSOLUTE', quantity: 7, settings });
    const kept = await gateway.getVariantInventory(pair);
    expect(kept).toMatchObject({ quantity: 7, ...settings });
    await gateway.upsertVariantInventory({
      ...pair,
      mode: 'RELATIVE',
      quantity: -2,
      settings: kept ?? 'auto',
    });
    expect(await gateway.getVariantInventory(pair)).toMatchObject({ quantity: 5, ...settings });
    await gateway.upsertVariantInventory({ ...pair, mode: 'RELATIVE', quantity: 1, settings: 'auto' });
    const given = await gateway.getVariantInventory(pair);
    expect(given).toMatchObject({ quantity: 6 });
    expect(given).not.toHaveProperty('shipFromIds');
    expect([...((await gateway.getVariantList('bowl')) ?? [])].sort()).toEqual(['bowl-M', 'bowl-S']);
    await expect(gateway.deleteVariantInventory(pair)).resolves.toBe('deleted');
    await expect(gateway.deleteVariantInventory(pair)).resolves.toBe('not_found');
    expect(await gateway.getVariantInventory(pair)).toBeUndefined();
  });

  it('is found by quantity', async () => {
    const { kind, ...rest } = await gateway.getInventoryRange({ minQuantity: 29, maxQuantity: 31 });
    expect(kind).toBe('found');
    expect(rest).toMatchObject({ records: [{ quantity: 30 }, { quantity: 30 }] });
  });
});

describe('items', () => {
  it('are searched by cursor to the last one, read one by one and many at once, and absent where they are', async () => {
    const found: string[] = [];
    for await (const { results, malformed } of searchAllItems((search) => gateway.searchItems(search), {
      hits: 1,
    })) {
      expect(malformed).toEqual([]);
      found.push(...results.map(({ item }) => item.manageNumber));
    }
    expect(found.sort()).toEqual(['bowl', 'cup']);
    await expect(gateway.getItem('cup')).resolves.toMatchObject({
      manageNumber: 'cup',
      itemNumber: 'no-cup',
    });
    await expect(gateway.getItem('none')).resolves.toBeUndefined();
    const many = await Promise.all(['cup', 'none', 'BOWL'].map((name) => gateway.getItemOfMany(name)));
    expect(many.map(({ kind }) => kind)).toEqual(['found', 'not_found', 'found']);
  });
});

describe('the shop', () => {
  it('tells of itself, of its lead times and places, and of its holidays', async () => {
    await info({
      shopName: '器の店',
      operationLeadTimes: [
        {
          operationLeadTimeId: 41,
          name: '翌日',
          numberOfDays: 1,
          inStockDefault: true,
          outOfStockDefault: false,
        },
      ],
      shipFroms: [{ shipFromId: 1, name: '本社 & 倉庫', zipcodeFrom: '1580094', isDefault: true }],
      delvdates: [{ delvdateNumber: 7, delvdateCaption: '翌日' }],
      deliverySets: [{ deliverySetId: 3, name: 'クール便', isDefault: true }],
      socialGiftParticipation: 'IN_USE',
      calendar: {
        businessHoliday: { weekdays: [0, 6], eventDates: ['2026-12-31'] },
        shippingHoliday: { weekdays: [], eventDates: ['2027-01-01'] },
        shippingOnly: { weekdays: [], eventDates: [] },
      },
    });
    expect(await gateway.getShopMaster()).toMatchObject({ shopName: '器の店' });
    expect(await gateway.getOperationLeadTimes()).toMatchObject([
      { operationLeadTimeId: 41, numberOfDays: 1 },
    ]);
    expect(await gateway.getShipFroms()).toMatchObject([{ shipFromId: 1, name: '本社 & 倉庫' }]);
    expect(await gateway.getDelvdates()).toMatchObject([{ delvdateNumber: 7, delvdateCaption: '翌日' }]);
    expect(await gateway.getDeliverySets()).toMatchObject([{ deliverySetId: '3', name: 'クール便' }]);
    expect(await gateway.getShopStatus('socialGiftParticipation')).toBeDefined();
    const calendar = await gateway.getShopCalendar({ fromDate: '2026-12-01', period: 60 });
    expect(calendar).toMatchObject({
      businessHoliday: { dates: ['2026-12-31'] },
      shippingHoliday: { dates: ['2027-01-01'] },
    });
    await info({ deliverySets: [] });
    expect(await gateway.getDeliverySets()).toEqual([]);
  });

  it('knows when its key expires', async () => {
    expect((await gateway.getLicenseExpiry()).getTime()).toBeGreaterThan(Date.now());
  });
});

describe('inputs that Rakuten cannot accept', () => {
  it.each<[string, (rms: RmsGateway) => Promise<unknown>]>([
    ['a malformed order number', (rms) => rms.getOrder('12345')],
    ['an empty list', (rms) => rms.updateOrderSubStatus({ subStatusId: 1, orderNumbers: [] })],
    [
      'a hundred and one orders',
      (rms) =>
        rms.updateOrderSubStatus({
          subStatusId: 1,
          orderNumbers: Array.from({ length: 101 }, (_, n) => `1-20261101-${String(n).padStart(10, '0')}`),
        }),
    ],
    [
      'a range over two years',
      (rms) =>
        rms.searchOrder({
          dateType: 'ordered',
          start: new Date(Date.now() - 800 * 86_400_000),
          end: new Date(Date.now() - 790 * 86_400_000),
          page: 1,
          pageSize: 10,
          sort: 'asc',
        }),
    ],
    [
      'a memo without anything to change',
      (rms) => rms.updateOrderMemo({ orderNumber: '1-20261101-00000001' }),
    ],
    ['an item name with a blank', (rms) => rms.getItem('a b')],
    ['a range of stock without bounds', (rms) => rms.getInventoryRange({})],
    [
      'a fractional quantity',
      (rms) =>
        rms.upsertVariantInventory({
          manageNumber: 'cup',
          variantId: 'cup-S',
          mode: 'ABSOLUTE',
          quantity: 1.5,
          settings: 'auto',
        }),
    ],
  ])('%s is refused before a call is spent', async (_, call) => {
    const calls = async () =>
      (await house.control<{ calls: unknown[] }>('GET', '/control/journal?limit=100000')).calls.length;
    const before = await calls();
    await expect(call(gateway)).rejects.toMatchObject({ kind: 'invalid_request' });
    expect(await calls()).toBe(before);
  });
});
