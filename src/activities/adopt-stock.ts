import type { InventoryRecord } from '../rms/inventory';
import { inventoryKey } from '../rms/inventory';
import { book } from '../store/ledger';
import type { DirtyStock } from '../store/publications';
import { clearDirty } from '../store/publications';
import type { Adoption, Sold } from '../store/sellable';
import { adoptionsOf } from '../store/sellable';
import type { Shop } from '../store/shops';
import type { SellingLink } from '../store/sku-links';
import type { ActivityContext } from './context';
import type { Publishing, Records } from './publishing';

/** SKUs taken over in one transaction, so that orders of them wait for little. */
const AT_ONCE = 200;

/**
 * Takes Rakuten's numbers over for SKUs for which somebody asked for it. Only where Rakuten's number did not move around
 * the search, and where nothing was sold between its second reading and our booking: then everything that Rakuten has
 * taken off is in our books, and nothing else. Of several links of one SKU the lowest number counts, which sells
 * nothing twice. What moved has its turn in the next cycle. @returns how many SKUs were taken over
 * @param sold what was sold of each SKU before `again` was read
 */
export const adoptStock = async (
  { db }: ActivityContext,
  { shopId, settings: { stockLocation } }: Shop,
  { dirty, links, theirs }: Publishing,
  again: Records,
  sold: (skuCode: string) => Sold,
): Promise<number> => {
  const plain = new Map<string, string[]>();
  for (const { link } of links.filter(isPlain))
    plain.set(link.skuCode, [...(plain.get(link.skuCode) ?? []), inventoryKey(link)]);
  const wanted = dirty.flatMap((row): Wanted[] => {
    const { adoptFor: actor, skuCode } = row;
    const own = plain.get(skuCode) ?? [];
    if (actor === null || !own.every((key) => isSteady(theirs.get(key), again.get(key)))) return [];
    const numbers = own.flatMap((key) => theirs.get(key)?.quantity ?? []);
    // Without a record at Rakuten there is nothing to take over.
    if (numbers.length === 0) return [{ row, adoptions: [] }];
    const idempotencyKey = `adopt/${shopId}/${skuCode}/${row.since.toISOString()}`;
    const number = { theirs: Math.min(...numbers), sold: sold(skuCode).ever };
    return [{ row, adoptions: [{ skuCode, ...number, actor, idempotencyKey }] }];
  });
  let taken = 0;
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const some = wanted.slice(at, at + AT_ONCE);
    taken += await db.transaction(async (tx) => {
      const adoptions = some.flatMap((own) => own.adoptions);
      const movements = await adoptionsOf(tx, shopId, stockLocation, adoptions);
      const moving = new Set(movements.map(({ skuCode }) => skuCode));
      const settled = some.filter((own) => own.adoptions.every(({ skuCode }) => moving.has(skuCode)));
      // Before it is booked, since that asks for the SKU's publication anew.
      await clearDirty(
        tx,
        settled.map(({ row }) => row),
      );
      await book(tx, movements, { opens: true });
      return movements.length;
    });
  }
  return taken;
};

interface Wanted {
  readonly row: DirtyStock;
  readonly adoptions: readonly Adoption[];
}

const isSteady = (first: InventoryRecord | undefined, second: InventoryRecord | undefined): boolean =>
  first?.quantity === second?.quantity && first?.updated.getTime() === second?.updated.getTime();

/** A link that stands for one piece of its SKU: of a set Rakuten's number says nothing about its components. */
const isPlain = ({ link, parts: [part, ...others] }: SellingLink): boolean =>
  part?.skuCode === link.skuCode && others.length === 0;
