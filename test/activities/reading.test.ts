import { randomBytes } from 'node:crypto';
import { toReading } from '../../src/activities/reading';
import { lookupText } from '../../src/domain/lookup';
import { orderModel } from '../../src/rms/schemas/order';
import { createVault } from '../../src/store/vault';

const vault = createVault(randomBytes(32));

const sender = {
  zipCode1: '100',
  zipCode2: '0001',
  prefecture: '東京都',
  city: '千代田区',
  subAddress: '千代田1-1',
  familyName: '見本',
  firstName: '花子',
  phoneNumber1: '03',
  phoneNumber2: '0000',
  phoneNumber3: '0000',
};
const item = {
  itemDetailId: 11,
  itemName: '湯のみ',
  manageNumber: 'Yunomi',
  units: 2,
  deleteItemFlag: 0,
  SkuModelList: [{ variantId: 'White', merchantDefinedSkuId: null, skuInfo: null }],
};
const order = (changes: object = {}, parcel: object = {}) => ({
  orderNumber: '123456-20261122-0000000001',
  orderProgress: 300,
  orderDatetime: '2026-11-22T13:40:33+0900',
  deliveryDate: null,
  shippingTerm: null,
  remarks: '[備考:]\n',
  postagePrice: 500,
  totalPrice: 2150,
  OrdererModel: { ...sender, emailAddress: 'aa@pc.fw.rakuten.ne.jp' },
  SettlementModel: { settlementMethodCode: 1 },
  DueDateModelList: [],
  PackageModelList: [
    {
      basketId: 11,
      packageDeleteFlag: 0,
      SenderModel: sender,
      ItemModelList: [item],
      ShippingModelList: [],
      ...parcel,
    },
  ],
  ...changes,
});
const read = (raw: object) => toReading(orderModel.parse(raw), raw, vault);
const changedBy = (raw: object): string[] => {
  const [before, after] = [read(order()).facts.fingerprints, read(raw).facts.fingerprints];
  return Object.keys(after).filter((name) => after[name] !== before[name]);
};

describe('what is taken from an order of Rakuten', () => {
  it('carries no personal data among the facts', () => {
    const { facts } = read(order());
    for (const personal of ['見本', '花子', '千代田', '0000-0000', 'pc.fw.rakuten'])
      expect(JSON.stringify(facts)).not.toContain(personal);
  });

  it.each([
    ['a plain item from before the SKU project', { inventoryType: 1, itemNumber: 'cup' }, ''],
    ['an option from before the SKU project', { inventoryType: 2, itemNumber: 'cup-red-l' }, 'cup-red-l'],
    [
      'a SKU, whatever its itemNumber says',
      { inventoryType: 2, itemNumber: 'cup', SkuModelList: [{ variantId: 'Red' }] },
      'Red',
    ],
  ])('names %s', (_what, about, variantId) => {
    const lines = [{ ...item, SkuModelList: [], ...about }];
    const { facts } = read(order({}, { ItemModelList: lines }));
    expect(facts.baskets[0]?.lines[0]?.variantId).toBe(variantId);
  });

  it('lower-cases the manageNumber, keeps the case of the variantId and the instant of the order', () => {
    const { facts } = read(order());
    expect(facts.baskets[0]?.lines[0]).toEqual({
      itemDetailId: '11',
      manageNumber: 'yunomi',
      variantId: 'White',
      name: '湯のみ',
      units: 2,
    });
    expect(facts.orderedAt).toBe('2026-11-22T04:40:33.000Z');
  });

  it('leaves out deleted lines and destinations', () => {
    const gone = { ...item, itemDetailId: 12, deleteItemFlag: 1 };
    expect(read(order({}, { ItemModelList: [item, gone] })).facts.baskets[0]?.lines).toHaveLength(1);
    expect(read(order({}, { packageDeleteFlag: 1 })).facts.baskets).toEqual([]);
  });

  it.each([
    ['address', order({}, { SenderModel: { ...sender, subAddress: '千代田2-2' } })],
    ['lines', order({}, { ItemModelList: [{ ...item, units: 3 }] })],
    ['delivery', order({ deliveryDate: '2026-11-30' })],
    ['wrapping', order({}, { noshi: '御祝' })],
    ['remarks', order({ remarks: '[備考:]\n玄関前へ' })],
  ])('shows a change of the %s', (group, changed) => {
    expect(changedBy(changed)).toEqual([group]);
  });

  it.each([
    [
      'the status and its dates',
      order({ orderProgress: 500, shippingCmplRptDatetime: '2026-11-23T00:05:06+0900' }),
    ],
    [
      'shipping rows',
      order(
        {},
        {
          ShippingModelList: [
            {
              shippingDetailId: 1,
              shippingNumber: '400',
              deliveryCompany: '1001',
              deliveryCompanyName: 'x',
              shippingDate: '2026-11-22',
            },
          ],
        },
      ),
    ],
    ['0 for no wished time instead of null', order({ shippingTerm: 0 })],
    ['the order of keys on the wire', Object.fromEntries(Object.entries(order()).reverse())],
    ['amounts', order({ postagePrice: 700 })],
  ])('takes %s for no change of what the warehouse ships', (_what, same) => {
    expect(changedBy(same)).toEqual([]);
  });

  it('knows amounts that are not fixed, at the order and at a destination', () => {
    expect(read(order()).facts.amountsUnfixed).toBe(false);
    expect(read(order({ requestPrice: -9999 })).facts.amountsUnfixed).toBe(true);
    expect(read(order({}, { postagePrice: -9999 })).facts.amountsUnfixed).toBe(true);
  });

  it('knows a social gift whose receiver has not entered the address, by flag and by placeholder', () => {
    expect(
      read(order({}, { SocialGiftModel: { sgMngNumber: 'x-sg', inputFlag: 0 } })).facts.giftAddressPending,
    ).toBe(true);
    expect(read(order({}, { SenderModel: { ...sender, city: '入力待ち' } })).facts.giftAddressPending).toBe(
      true,
    );
    expect(
      read(order({}, { SocialGiftModel: { sgMngNumber: 'x-sg', inputFlag: 1 } })).facts.giftAddressPending,
    ).toBe(false);
  });

  it('takes the last payment deadline, since new ones are appended', () => {
    const DueDateModelList = [
      { dueDateType: 0, dueDate: '2026-11-25' },
      { dueDateType: 2, dueDate: '2026-12-24' },
      { dueDateType: 0, dueDate: '2026-11-29' },
    ];
    expect(read(order({ DueDateModelList })).facts.paymentDueDate).toBe('2026-11-29');
  });

  it('takes over when the order was confirmed and fixed, as instants', () => {
    const { facts } = read(
      order({
        shopOrderCfmDatetime: '2026-11-22T13:50:00+0900',
        orderFixDatetime: '2026-11-23T00:10:33+0900',
      }),
    );
    expect(facts.confirmedAt).toBe('2026-11-22T04:50:00.000Z');
    expect(facts.fixedAt).toBe('2026-11-22T15:10:33.000Z');
    expect(read(order()).facts).toMatchObject({ confirmedAt: null, fixedAt: null });
  });

  it('knows a reservation with its number, and shipment on the day of the order', () => {
    const reserved = { orderType: 6, reserveNumber: '290333-20260915-215337-r', oneDayOperationFlag: 1 };
    expect(read(order(reserved)).facts).toMatchObject({
      preorder: true,
      reserveNumber: '290333-20260915-215337-r',
      oneDayOperation: true,
    });
    expect(read(order({ orderType: 1, oneDayOperationFlag: 0 })).facts).toMatchObject({
      preorder: false,
      reserveNumber: null,
      oneDayOperation: false,
    });
  });

  describe('says what is doubtful about the addresses', () => {
    const elsewhere = { ...sender, prefecture: '大阪府' };
    const doubts = (changes: object, parcel: object = {}) => read(order(changes, parcel)).facts.addressDoubts;
    const destination = (basketId: number, changes: object) => ({
      basketId,
      ItemModelList: [item],
      SenderModel: sender,
      ...changes,
    });

    it('of every destination that stands, each doubt once and none of the address itself', () => {
      expect(doubts({})).toEqual([]);
      const PackageModelList = [
        destination(11, {}),
        destination(12, { SenderModel: elsewhere }),
        destination(13, { SenderModel: { ...elsewhere, isolatedIslandFlag: 1 } }),
        destination(14, { SenderModel: { ...sender, subAddress: '千代田' }, packageDeleteFlag: 1 }),
      ];
      expect(doubts({ PackageModelList })).toEqual(['zip_prefecture', 'remote_island']);
    });

    it('but not where a parcel is fetched from a store', () => {
      const store = { cvsCode: 50, storeName: '見本店' };
      expect(doubts({}, { SenderModel: elsewhere })).toEqual(['zip_prefecture']);
      expect(doubts({}, { SenderModel: elsewhere, DeliveryCvsModel: store })).toEqual([]);
      expect(doubts({ DeliveryModel: { deliveryName: '店頭受取' } }, { SenderModel: elsewhere })).toEqual([]);
    });

    it('but not while a social gift waits for its address', () => {
      const gift = { sgMngNumber: 'x-sg', inputFlag: 0 };
      expect(doubts({}, { SenderModel: elsewhere, SocialGiftModel: gift })).toEqual([]);
    });
  });

  it('can be looked up by name, phone and mail, however spaces and hyphens are typed', () => {
    const { lookups } = read(order());
    for (const text of ['見本 花子', '03-0000-0000', 'AA@pc.fw.rakuten.ne.jp'])
      expect(lookups).toContain(vault.fingerprint(lookupText(text)));
  });
});
