import { inventoryKey } from '../rms/inventory';
import type { DirtyStock } from '../store/publications';
import { clearDirty } from '../store/publications';
import { adoptQuantity } from '../store/sellable';
import type { Shop } from '../store/shops';
import type { SellingLink } from '../store/sku-links';
import type { ActivityContext } from './context';
import type { Publishing, Records } from './publishing';

/**
 * Takes Rakuten's numbers over for SKUs for which somebody asked for it. Only where nothing moved around the search: then
 * everything Rakuten has taken off is in our books. Of several links of one SKU the lowest number counts, which sells
 * nothing twice. What moved has its turn in the next cycle. @returns how many SKUs were taken over
 */
export const adoptStock = async (
  { db }: ActivityContext,
  { shopId, settings: { stockLocation } }: Shop,
  { dirty, links, theirs, ours: before }: Publishing,
  ours: ReadonlyMap<string, number>,
  again: Records,
): Promise<number> => {
  let taken = 0;
  for (const row of dirty) {
    const actor = row.adoptFor;
    if (actor === null) continue;
    const own = links.filter((selling) => isPlain(selling, row));
    const steady = own.every(({ link }) => {
      const key = inventoryKey(link);
      const [first, second] = [theirs.get(key), again.get(key)];
      return (
        first?.quantity === second?.quantity &&
        first?.updated.getTime() === second?.updated.getTime() &&
        before.get(key) === ours.get(key)
      );
    });
    if (!steady) continue;
    const numbers = own.flatMap(({ link }) => theirs.get(inventoryKey(link))?.quantity ?? []);
    await db.transaction(async (tx) => {
      await clearDirty(tx, [row]);
      if (numbers.length === 0) return;
      const place = { skuCode: row.skuCode, location: stockLocation };
      await adoptQuantity(tx, shopId, place, { theirs: Math.min(...numbers), actor });
      taken += 1;
    });
  }
  return taken;
};

/** A link that stands for one piece of the SKU: of a set Rakuten's number says nothing about its components. */
const isPlain = ({ link, parts: [part, ...others] }: SellingLink, { skuCode }: DirtyStock): boolean =>
  link.skuCode === skuCode && part?.skuCode === skuCode && others.length === 0;
