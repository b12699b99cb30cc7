import type { Books } from './books';
import { DEFAULT_REMARK, makeOrder, type Overrides } from './generator';
import { registerSkus } from './items';
import { findShop, saveShop } from './shops';
import { type CatalogueItem, saveStock } from './stock';

/** A SKU of the demo shop as the product's set-up needs it. */
export interface DemoItem {
  readonly manageNumber: string;
  readonly variantId: string;
  readonly name: string;
  /** Units in stock at Rakuten when the demo begins. */
  readonly openingQuantity: number;
  /** False for the SKU that nobody has linked, so that its hold can be seen. */
  readonly linked: boolean;
}

type Row = [
  manageNumber: string,
  variantId: string,
  name: string,
  price: number,
  taxPercent: 8 | 10,
  taxIncluded: boolean,
  skuInfo: string | null,
  openingQuantity: number,
];

const ROWS: readonly Row[] = [
  ['tenugui-asa', 'tenugui-asa', '手ぬぐい 麻の葉', 1200, 10, false, null, 400],
  ['sencha-100', 'f100', '深蒸し煎茶 100g', 1080, 8, true, '内容量:100g', 500],
  ['sencha-100', 'f300', '深蒸し煎茶 300g', 2980, 8, true, '内容量:300g', 300],
  ['tabi-socks', 'S-navy', '足袋ソックス 紺 S', 880, 10, false, 'サイズ:S\nカラー:紺', 300],
  ['tabi-socks', 'M-navy', '足袋ソックス 紺 M', 880, 10, false, 'サイズ:M\nカラー:紺', 300],
  ['tabi-socks', 'M-kinari', '足袋ソックス 生成り M', 880, 10, false, 'サイズ:M\nカラー:生成り', 300],
  ['miso-koji', 'normal-inventory', '手作り米麹味噌 750g', 1480, 8, true, null, 350],
  ['furoshiki', 'r-sku00000001', '風呂敷 二巾 藍', 2400, 10, false, 'カラー:藍', 200],
  ['furoshiki', 'r-sku00000002', '風呂敷 二巾 茜', 2400, 10, false, 'カラー:茜', 200],
  ['hashi-set', 'hashi-set', '夫婦箸セット 桐箱入り', 4200, 10, true, null, 150],
  ['yunomi', '11', '湯のみ 白磁', 1650, 10, true, 'カラー:白', 250],
  ['yunomi', '12', '湯のみ 青磁', 1650, 10, true, 'カラー:青', 250],
  ['okoh-stick', 'hinoki', 'お香 檜', 990, 10, true, '香り:檜', 300],
  ['okoh-stick', 'sakura', 'お香 桜', 990, 10, true, '香り:桜', 300],
];

/** The one SKU that stays unlinked. */
const UNLINKED = 'okoh-stick/sakura';

/** The demo's shop: what is registered in the product, and what it sells. These credentials open only the sandbox. */
export const DEMO_SHOP = {
  shopCode: 'okuri-demo',
  name: 'おくり堂（デモ）',
  shopUrl: 'https://www.rakuten.ne.jp/okuri-demo',
  rakutenShopId: '400001',
  serviceSecret: 'SP000001_demoSandboxSecret',
  licenseKey: 'SL000001_demoSandboxKey01',
  /** The text that every order's 備考 carries when its buyer added nothing. */
  defaultRemarks: [DEFAULT_REMARK],
  items: ROWS.map(
    ([manageNumber, variantId, name, , , , , openingQuantity]): DemoItem => ({
      manageNumber,
      variantId,
      name,
      openingQuantity,
      linked: `${manageNumber}/${variantId}` !== UNLINKED,
    }),
  ),
} as const;

const CATALOGUE = ROWS.map(
  ([manageNumber, variantId, name, price, taxPercent, taxIncluded, skuInfo], i): CatalogueItem => ({
    manageNumber,
    variantId,
    name,
    price,
    taxPercent,
    taxIncluded,
    skuInfo,
    itemNumber: String(10_000_001 + i),
    merchantDefinedSkuId: skuInfo === null ? null : `${manageNumber}-${variantId}`,
    restockOnCancel: true,
  }),
);

const oneOf = (manageNumber: string, variantId: string, units = 1): Overrides['lines'] => [
  { manageNumber, variantId, units },
];

const PLAIN: Overrides = { wishedDate: false, gift: false, coupon: false, points: false, destinations: 1 };

/** The orders that are there when the demo begins: one of every kind. */
const FIRST_ORDERS: readonly Overrides[] = [
  { ...PLAIN, settlementMethod: 1, lines: oneOf('tenugui-asa', 'tenugui-asa', 2) },
  {
    ...PLAIN,
    settlementMethod: 1,
    lines: [...(oneOf('sencha-100', 'f100') ?? []), ...(oneOf('yunomi', '11', 2) ?? [])],
  },
  { ...PLAIN, settlementMethod: 2, lines: oneOf('miso-koji', 'normal-inventory') },
  { ...PLAIN, settlementMethod: 9, lines: oneOf('tabi-socks', 'M-navy', 3) },
  { ...PLAIN, settlementMethod: 14, lines: oneOf('furoshiki', 'r-sku00000001') },
  { ...PLAIN, settlementMethod: 12, lines: oneOf('okoh-stick', 'sakura') },
  { ...PLAIN, settlementMethod: 1, amountsUnfixed: true, lines: oneOf('yunomi', '12') },
  { ...PLAIN, settlementMethod: 1, destinations: 2, lines: oneOf('hashi-set', 'hashi-set') },
  { ...PLAIN, settlementMethod: 1, gift: true, lines: oneOf('furoshiki', 'r-sku00000002') },
  { ...PLAIN, settlementMethod: 1, wishedDate: true, lines: oneOf('sencha-100', 'f300') },
  {
    ...PLAIN,
    settlementMethod: 1,
    coupon: true,
    points: true,
    remarks: `[備考:]\n${DEFAULT_REMARK}\n平日は不在のため、土日に届くようお願いします。`,
    lines: oneOf('tabi-socks', 'S-navy'),
  },
  { ...PLAIN, settlementMethod: 13, socialGiftPending: true, lines: oneOf('okoh-stick', 'hinoki') },
];

/** Sets the demo shop up, once: shop, key, catalogue, stock and the first orders, in one transaction. */
export const prepareDemoShop = async (books: Books, now: Date, seed: number): Promise<void> => {
  await books.transaction(async (db) => {
    await db.query(`SELECT pg_advisory_xact_lock(hashtext('okuri-sandbox-demo'))`);
    if ((await findShop(db, DEMO_SHOP.shopCode)) !== undefined) return;
    const shop = {
      shopCode: DEMO_SHOP.shopCode,
      rakutenShopId: DEMO_SHOP.rakutenShopId,
      functions: null,
      skuMigrated: true,
    };
    await saveShop(db, shop, {
      serviceSecret: DEMO_SHOP.serviceSecret,
      licenseKey: DEMO_SHOP.licenseKey,
      activeFrom: now,
      // The demo is to run for longer than a key's 90 days.
      expiresAt: new Date('2099-12-31T23:59:59+09:00'),
    });
    await registerSkus(db, shop.shopCode, CATALOGUE, now);
    for (const { manageNumber, variantId, openingQuantity } of DEMO_SHOP.items) {
      const dates = { created: now, updated: now };
      await saveStock(db, shop.shopCode, {
        manageNumber,
        variantId,
        quantity: openingQuantity,
        leadTime: null,
        shipFromIds: null,
        ...dates,
      });
    }
    for (const [i, overrides] of FIRST_ORDERS.entries()) await makeOrder(db, shop, seed + i, overrides, now);
  });
};
