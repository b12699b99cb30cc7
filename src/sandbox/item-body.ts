import type { StoredItem } from './items';
import { isoDatetime } from './japan-time';
import type { Fields } from './json';
import type { Shop } from './shops';
import type { CatalogueItem } from './stock';

/** The variant of an item of a shop that has not moved to SKUs (item reference §4.2). */
const PLAIN_VARIANT = 'normal-inventory';

/** The axes and choices in a SKU's `axis:choice` lines, see SKU情報. */
const choicesOf = ({ skuInfo }: CatalogueItem): [axis: string, choice: string][] =>
  (skuInfo ?? '').split('\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as [string, string]];
  });

const selectorsOf = (skus: readonly CatalogueItem[]) => {
  const axes = [...new Set(skus.flatMap(choicesOf).map(([axis]) => axis))];
  return axes.map((axis, i) => {
    const choices = skus.flatMap(choicesOf).filter(([name]) => name === axis);
    const values = [...new Set(choices.map(([, choice]) => choice))];
    return {
      key: `axis-${i + 1}`,
      displayName: axis,
      values: values.map((displayValue) => ({ displayValue })),
    };
  });
};

const variantOf = (sku: CatalogueItem, selectors: ReturnType<typeof selectorsOf>): Fields => {
  const chosen = choicesOf(sku).flatMap(([axis, choice]) => {
    const key = selectors.find(({ displayName }) => displayName === axis)?.key;
    return key === undefined ? [] : [[key, choice]];
  });
  return {
    ...(sku.merchantDefinedSkuId === null ? {} : { merchantDefinedSkuId: sku.merchantDefinedSkuId }),
    ...(chosen.length > 0 ? { selectorValues: Object.fromEntries(chosen) } : {}),
    restockOnCancel: sku.restockOnCancel,
    backOrderFlag: false,
    normalDeliveryDateId: 1,
    articleNumber: { exemptionReason: 5 },
    hidden: false,
    standardPrice: String(sku.price),
    shipping: { postageIncluded: false, okihaiSetting: true },
  };
};

/** An item as items.get answers it (item reference §4.2): null fields are absent, prices and rates are text. */
export const itemBody = (
  { manageNumber, fields, created, updated, skus }: StoredItem,
  shop: Shop,
): Fields => {
  const [first] = skus;
  const selectors = shop.skuMigrated ? selectorsOf(skus) : [];
  const variants: [string, Fields][] = shop.skuMigrated
    ? skus.map((sku) => [sku.variantId, variantOf(sku, selectors)])
    : skus.slice(0, 1).map((sku) => [PLAIN_VARIANT, variantOf(sku, [])]);
  const itemNumber = fields.itemNumber ?? first?.itemNumber ?? undefined;
  return {
    manageNumber,
    itemType: fields.itemType ?? 'NORMAL',
    ...(itemNumber === undefined ? {} : { itemNumber }),
    title: fields.title ?? first?.name ?? manageNumber,
    ...(fields.tagline === undefined ? {} : { tagline: fields.tagline }),
    genreId: fields.genreId ?? '200162',
    hideItem: fields.hideItem ?? false,
    unlimitedInventoryFlag: false,
    features: {
      searchVisibility: 'ALWAYS_VISIBLE',
      displayNormalCartButton: true,
      displaySubscriptionCartButton: false,
      inventoryDisplay: 'HIDDEN_STOCK',
      shopContact: true,
      review: 'SHOP_SETTING',
      displayManufacturerContents: false,
      socialGiftFlag: false,
    },
    payment: {
      taxIncluded: first?.taxIncluded ?? true,
      taxRate: first?.taxPercent === 8 ? '0.08' : '0.1',
      cashOnDeliveryFeeIncluded: false,
    },
    ...(selectors.length > 0 ? { variantSelectors: selectors } : {}),
    variants: Object.fromEntries(variants),
    created: isoDatetime(created),
    updated: isoDatetime(updated),
  };
};
