import type { Circumstances } from '../domain/reconciliation';
import { causesOf, isDifferent } from '../domain/reconciliation';
import { sellable } from '../domain/stock';
import type { RmsGateway } from '../rms/gateway';
import type { InventoryRecord } from '../rms/inventory';
import { canHoldStock, inventoryKey } from '../rms/inventory';
import { readCursors } from '../store/cursors';
import type { NewDifference } from '../store/differences';
import { refusalsAmong, waitingAmong } from '../store/publications';
import type { Backorder } from '../store/sellable';
import { backordersOf, sellableOf } from '../store/sellable';
import type { Shop } from '../store/shops';
import type { SellingLink, SkuLink } from '../store/sku-links';
import { asSelling } from '../store/sku-links';
import { balancesOf } from '../store/stock';
import type { ActivityContext } from './context';
import { NEW_ORDERS } from './searches';

/** An order may show in a search so much later than it took its units off Rakuten's number. */
const VISIBLE_MS = 60_000;

/** A link with its two numbers and what is known of them at once. */
interface Compared extends Pick<Circumstances, 'theirs' | 'ours' | 'storable' | 'moving'> {
  readonly selling: SellingLink;
}

/**
 * Compares what Rakuten shows of links, a thousand at most, with what can be sold of them. What can be sold is read
 * before and after: an order that came in between is told from a difference. @returns the links that differ, and why
 * @throws RmsError
 */
export const compareStock = async (
  context: ActivityContext,
  shop: Shop,
  links: readonly SkuLink[],
  options: Parameters<RmsGateway['getInventory']>[1],
): Promise<NewDifference[]> => {
  const { db, gateway } = context;
  const { shopId } = shop;
  const { stockLocation } = shop.settings;
  const selling = await asSelling(db, links);
  const searchedAt = (await readCursors(db, shopId)).get(NEW_ORDERS.name);
  const before = await sellableOf(db, selling, stockLocation);
  const theirs = await gateway(shopId).getInventory(links.filter(canHoldStock), options);
  const ours = await sellableOf(db, selling, stockLocation);
  const differing = selling
    .map((own): Compared => {
      const key = inventoryKey(own.link);
      const record = theirs.get(key);
      return {
        selling: own,
        theirs: record?.quantity,
        ours: ours.get(key),
        storable: canHoldStock(own.link),
        moving: before.get(key) !== ours.get(key) || movedSince(record, searchedAt),
      };
    })
    .filter(isDifferent);
  return explain(context, shop, differing);
};

/** Whether Rakuten's number changed after orders were last searched: what it sold since then is not here yet. */
const movedSince = (record: InventoryRecord | undefined, searchedAt: Date | undefined): boolean =>
  record !== undefined &&
  (searchedAt === undefined || record.updated.getTime() >= searchedAt.getTime() - VISIBLE_MS);

/** Finds out why links differ, for all of them at once. */
const explain = async (
  { db }: ActivityContext,
  { shopId, settings: { stockSync, stockLocation } }: Shop,
  differing: readonly Compared[],
): Promise<NewDifference[]> => {
  const codes = differing.flatMap(({ selling }) => selling.parts.map(({ skuCode }) => skuCode));
  const links = differing.map(({ selling }) => selling.link);
  const balances = await balancesOf(db, codes, stockLocation);
  const backorders = await backordersOf(db, codes, stockLocation);
  const waiting = await waitingAmong(db, shopId, codes);
  const refusals = await refusalsAmong(db, shopId, links);
  return differing.map(({ selling: { link, parts }, ...compared }) => {
    const short = parts.map(({ skuCode }) => {
      const balance = balances.get(skuCode);
      return balance === undefined ? 0 : -sellable(balance, backorders.get(skuCode)?.units ?? 0);
    });
    const causes = causesOf({
      ...compared,
      syncOff: stockSync === 'off',
      waiting: parts.some(({ skuCode }) => waiting.has(skuCode)),
      refusedWith: refusals.get(`${link.manageNumber}/${link.variantId}`),
      inFlight: together(parts.flatMap(({ skuCode }) => backorders.get(skuCode) ?? [])),
      oversoldBy: compared.ours === undefined ? 0 : Math.max(0, ...short),
    });
    return { ...link, theirs: compared.theirs ?? null, ours: compared.ours ?? null, causes };
  });
};

/** What was sold of all parts of a set; a set counts an order once. */
const together = (backorders: readonly Backorder[]): Backorder | undefined =>
  backorders.length === 0
    ? undefined
    : {
        units: backorders.reduce((sum, { units }) => sum + units, 0),
        orderNumbers: [...new Set(backorders.flatMap(({ orderNumbers }) => orderNumbers))],
      };
