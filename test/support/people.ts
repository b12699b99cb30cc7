import type { Pool } from 'pg';
import type { ActivityContext } from '../../src/activities/context';
import { storeAnswer } from '../../src/activities/read-order';
import { lookupText } from '../../src/domain/lookup';
import type { OrderRef } from '../../src/domain/order';
import { manualProvider } from '../../src/fulfilment/manual';
import { createGateway } from '../../src/rms/gateway';
import { orderModel } from '../../src/rms/schemas/order';
import type { OpenDatabase } from '../../src/store/database';
import { ensureOrder, setStage } from '../../src/store/orders';
import type { Vault } from '../../src/store/vault';
import { freeLimiter } from '../rms/support/limiters';
import { bareOrder } from '../rms/support/payloads';

/** A buyer and the person who receives the parcel; every text of theirs is found nowhere else. */
export const BUYER = {
  familyName: '植田埋',
  firstName: '見付子',
  familyNameKana: 'ウエダウメ',
  firstNameKana: 'ミツケコ',
  zipCode1: '100',
  zipCode2: '0005',
  prefecture: '東京都',
  city: '千代田区植込町',
  subAddress: '植木通り7-8-9',
  phoneNumber1: '090',
  phoneNumber2: '7531',
  phoneNumber3: '8642',
  emailAddress: 'ueda.planted@mail.example',
};
const { emailAddress: _, ...ADDRESS } = BUYER;
export const RECIPIENT = {
  ...ADDRESS,
  familyName: '届先',
  firstName: '受取子',
  familyNameKana: 'トドケサキ',
  firstNameKana: 'ウケトリコ',
  city: '港区届先町',
  phoneNumber2: '7111',
  phoneNumber3: '8222',
};
export const REMARKS = '植田埋の誕生日です';
const NOSHI = '御祝 植田埋';

/** Everything of the two that must not be found once they are erased. */
export const PLANTED: readonly string[] = [
  ...Object.entries(BUYER).flatMap(([field, text]) => (/^(zip|pref|phoneNumber1)/.test(field) ? [] : [text])),
  ...Object.entries(RECIPIENT).flatMap(([field, text]) => (/^(family|first|city)/.test(field) ? [text] : [])),
  '誕生日',
  '名入れ',
  'UEDA PLANTED',
];

const HASHED = [
  `${BUYER.familyName}${BUYER.firstName}`,
  `${RECIPIENT.familyName}${RECIPIENT.firstName}`,
  `${BUYER.phoneNumber1}${BUYER.phoneNumber2}${BUYER.phoneNumber3}`,
  BUYER.emailAddress,
];

/** What the accounting needs of that order, which has to survive. */
export const ACCOUNTS = {
  goodsPrice: 3000,
  postagePrice: 500,
  totalPrice: 3500,
  requestPrice: 3100,
  couponAllTotalPrice: 300,
  PointModel: { usedPoint: 100 },
  TaxSummaryModelList: [{ taxRate: 0.1, reqPrice: 3500, reqPriceTax: 318 }],
  CouponModelList: [{ couponCode: 'SPRING', couponName: '春のクーポン', couponTotalPrice: 300, itemId: 0 }],
};
const SHIPPING_ROW = {
  shippingDetailId: 7,
  shippingNumber: '4000',
  deliveryCompany: '1001',
  shippingDate: '2026-11-03',
};

/** Rakuten's order of these two people. */
export const plantedOrder = (orderNumber: string, change: Record<string, unknown> = {}) =>
  bareOrder(orderNumber, {
    orderProgress: 300,
    ...ACCOUNTS,
    remarks: REMARKS,
    memo: `${BUYER.familyName}様、要電話`,
    OrdererModel: { ...BUYER, sex: '女', birthYear: 1980, birthMonth: 2, birthDay: 3 },
    SettlementModel: {
      settlementMethodCode: 1,
      cardOwner: 'UEDA PLANTED',
      cardNumber: 'XXXX-XXXX-XXXX-9182',
    },
    PackageModelList: [
      {
        basketId: 10,
        noshi: NOSHI,
        SenderModel: RECIPIENT,
        ItemModelList: [
          {
            itemDetailId: 101,
            itemName: 'Green tea',
            manageNumber: 'tea',
            price: 1500,
            units: 2,
            selectedChoice: '名入れ:ミツケコ',
          },
        ],
        ShippingModelList: [SHIPPING_ROW],
      },
    ],
    ...change,
  });

/** What activities work with, where Rakuten is not called. */
export const quietContext = (
  { db, pool }: Pick<OpenDatabase, 'db' | 'pool'>,
  vault: Vault,
  now: () => Date = () => new Date(),
): ActivityContext => ({
  db,
  pool,
  vault,
  now,
  gateway: () =>
    createGateway({
      shopId: 'tea',
      connection: () => Promise.reject(new Error('nobody is called')),
      limiter: freeLimiter,
    }),
  provider: () => manualProvider,
});

/** Stores what Rakuten says of an order as the worker does. */
export const readPlanted = async (
  context: ActivityContext,
  ref: OrderRef,
  change: Record<string, unknown> = {},
) => {
  const raw = plantedOrder(ref.orderNumber, change);
  await context.db.transaction(async (tx) => {
    await ensureOrder(tx, ref);
    await storeAnswer(tx, context, ref, { kind: 'found', order: orderModel.parse(raw), raw });
  });
};

/** Ends an order. */
export const finish = ({ db }: Pick<ActivityContext, 'db'>, ref: OrderRef, at: Date): Promise<void> =>
  setStage(db, ref, 'completed', at);

type Row = Readonly<Record<string, unknown>>;

/** Where the sealed columns of each table stand; a table that is not named must have no sealed value. */
const PLACES: Readonly<Record<string, (row: Row, column: string) => string>> = {
  orders: (row) => `order/${row.shop_id}/${row.order_number}`,
  order_changes: (row) => `change/${row.shop_id}/${row.order_number}/${row.field}`,
  credentials: (row, column) =>
    `shop/${row.shop_id}/${column === 'sealed_license_key' ? 'licenseKey' : 'serviceSecret'}`,
  idempotency_keys: (row) => String(row.scope),
};

/** Every value of every column of every table, the sealed ones opened. */
export const everything = async (pool: Pool, vault: Vault): Promise<string> => {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query<Row>(`select * from "${name}"`);
    for (const row of rows)
      for (const [column, value] of Object.entries(row)) {
        if (!Buffer.isBuffer(value)) texts.push(JSON.stringify(value) ?? '');
        else texts.push(vault.open(PLACES[name]?.(row, column) ?? `nowhere known: ${name}.${column}`, value));
      }
  }
  return texts.join('\n');
};

/** Whether a text stands there. Four digits alone also come within hashes, so they count only as a whole. */
const standsIn = (text: string, planted: string): boolean =>
  /^\d+$/.test(planted)
    ? new RegExp(`(?<![0-9A-Za-z])${planted}(?![0-9A-Za-z])`).test(text)
    : text.includes(planted);

/** What of the planted people is still found: texts, and hashes by which they could be looked up. */
export const foundOf = async (pool: Pool, vault: Vault): Promise<string[]> => {
  const text = await everything(pool, vault);
  const hashes = HASHED.map((planted) => vault.fingerprint(lookupText(planted)));
  return [...PLANTED, ...HASHED, ...hashes].filter((planted) => standsIn(text, planted));
};
