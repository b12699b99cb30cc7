import type { ItemModel } from '../rms/schemas/item';
import type { Listing } from '../store/listings';

const blankToNull = (text: string | null | undefined): string | null =>
  text == null || text.trim() === '' ? null : text;

/** The choices of a SKU in the order of its item's axes; where the item names no axes, in the order they came in. */
const optionTextOf = (
  item: ItemModel,
  selectorValues: Readonly<Record<string, string>> | null | undefined,
): string => {
  const axes = item.variantSelectors?.flatMap(({ key }) => key ?? []);
  const keys = axes === undefined || axes.length === 0 ? Object.keys(selectorValues ?? {}) : axes;
  return keys.flatMap((key) => selectorValues?.[key] ?? []).join(' ');
};

/** The SKUs of an item as they are kept. A deleted item that is still listed has none (inventory reference §4.1). */
export const listingsOf = (item: ItemModel): Listing[] => {
  const variants = Object.entries(item.variants ?? {});
  return variants.map(([variantId, variant]) => ({
    manageNumber: item.manageNumber.toLowerCase(),
    variantId,
    itemNumber: blankToNull(item.itemNumber),
    merchantDefinedSkuId: blankToNull(variant.merchantDefinedSkuId),
    title: item.title ?? '',
    optionText: optionTextOf(item, variant.selectorValues),
    single: variants.length === 1,
    hidden: (item.hideItem ?? false) || (variant.hidden ?? false),
  }));
};
