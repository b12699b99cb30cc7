import type { ShopSettings } from './settings';

/** The settings that decide which functions a shop needs. */
export type DecidingSettings = Pick<
  ShopSettings,
  'automaticOrderIntegration' | 'automaticOrderConfirmation' | 'stockSync' | 'skuProjectMigrated'
>;

/** When a shop needs a function. */
const NEEDS = {
  always: () => true,
  /** 注文確認 is done here. */
  confirming: (settings: DecidingSettings) => settings.automaticOrderConfirmation,
  /** Stock is published; shops from before the SKU project can neither read nor write it. */
  stock: (settings: DecidingSettings) => settings.stockSync !== 'off' && settings.skuProjectMigrated,
  /** What is listed is read once a day while orders come in by themselves, and when somebody asks for it. */
  listing: (settings: DecidingSettings) => settings.automaticOrderIntegration || settings.stockSync !== 'off',
  /** Parcels of many orders leave in one request; where it is not ticked they leave one by one. */
  batching: () => false,
  /** Only people cancel, and no setting says whether they do it here. */
  cancelling: () => false,
} as const satisfies Record<string, (settings: DecidingSettings) => boolean>;

/** When a shop needs a function: `rms_need.*` in the text catalogue says why. */
type Need = keyof typeof NEEDS;

/** Under which heading of 利用機能編集 a box stands. */
const GROUPS = {
  licence: 'ライセンス管理API（LicenseManagementAPI）',
  order: '楽天ペイ受注API（RakutenPay_OrderAPI）',
  item: '商品API 2.0（ItemAPI 2.0）',
  inventory: '在庫API 2.1（InventoryAPI 2.1）',
} as const;

/** One function of Rakuten's that Okuri calls. */
export interface RmsFunction {
  /** The tick box in RMS. */
  readonly box: string;
  /** The heading that the box stands under. */
  readonly group: string;
  /** The call by Rakuten's name, as the request log has it; `rms_function.*` in the text catalogue says what it is for. */
  readonly operation: string;
  readonly effect: 'read' | 'write';
  readonly need: Need;
  /** `documented`: the reference quotes the box. `inferred`: the box is named as its neighbours are. */
  readonly evidence: 'documented' | 'inferred';
  /** Some manuals say that its API needs the paid 商品一括編集 (reference, item/inventory §1.2 says that this function does not). */
  readonly mayBePaid?: true;
}

type Row = readonly [
  operation: string,
  effect: RmsFunction['effect'],
  need: Need,
  evidence: RmsFunction['evidence'],
];

/** Boxes of the order API are called after their function (reference, item/inventory §1.2; order API §1). */
const ORDER: readonly Row[] = [
  ['searchOrder', 'read', 'always', 'documented'],
  ['getOrder', 'read', 'always', 'documented'],
  ['confirmOrder', 'write', 'confirming', 'inferred'],
  ['updateOrderShipping', 'write', 'always', 'documented'],
  ['updateOrderShippingAsync', 'write', 'batching', 'inferred'],
  ['getResultUpdateOrderShippingAsync', 'read', 'batching', 'inferred'],
  ['cancelOrder', 'write', 'cancelling', 'inferred'],
  ['cancelOrderAfterShipping', 'write', 'cancelling', 'inferred'],
];

/** The reference has the functions of the inventory API, and not their boxes; published lists call both alike. */
const INVENTORY: readonly Row[] = [
  ['inventories.bulk.get', 'read', 'stock', 'inferred'],
  ['inventories.bulk.upsert', 'write', 'stock', 'inferred'],
];

const rowsOf = (group: keyof typeof GROUPS, prefix: string, rows: readonly Row[]): RmsFunction[] =>
  rows.map(([operation, effect, need, evidence]) => ({
    box: `${prefix}${operation}`,
    group: GROUPS[group],
    ...{ operation, effect, need, evidence },
  }));

const ITEM: RmsFunction = {
  box: 'itemapi_2.0.items.search',
  group: GROUPS.item,
  operation: 'items.search',
  effect: 'read',
  need: 'listing',
  evidence: 'documented',
  mayBePaid: true,
};

/** Every function of Rakuten's that Okuri calls, in the order in which a set-up goes through them. */
export const RMS_FUNCTIONS: readonly RmsFunction[] = [
  ...rowsOf('licence', '', [['license.expiryDate.get', 'read', 'always', 'documented']]),
  ...rowsOf('order', 'rpay.order.', ORDER),
  ITEM,
  ...rowsOf('inventory', '', INVENTORY),
];

/** The function with this tick box. */
export const functionOfBox = (box: string): RmsFunction | undefined =>
  RMS_FUNCTIONS.find((one) => one.box === box);

/** Whether a shop with these settings needs a function. */
export const isNeeded = ({ need }: Pick<RmsFunction, 'need'>, settings: DecidingSettings): boolean =>
  NEEDS[need](settings);
