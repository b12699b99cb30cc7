import { available, promisable } from '../domain/stock';
import type { InventoryRecord, InventoryUpsert } from '../rms/inventory';
import { canHoldStock, inventoryKey } from '../rms/inventory';
import { clearDirty, dirtyStock } from '../store/cursors';
import type { StockRow } from '../store/ledger';
import { MAIN_LOCATION } from '../store/ledger';
import type { Shop } from '../store/shops';
import type { SellingLink } from '../store/skus';
import { linksSelling } from '../store/skus';
import { balancesOf } from '../store/stock';
import type { ActivityContext } from './context';

/** SKUs published in one cycle; the rest has its turn in the next. */
const SKUS_PER_CYCLE = 200;
const MOST = 99_999;
/** Orders wait while stock is read first; a busy or slowed inventory API must not keep them long. */
const MAX_WAIT_MS = 5_000;

/** What is to be published in this cycle, with what Rakuten showed before the search for new orders. */
export interface Publishing {
  readonly dirty: readonly { readonly shopId: string; readonly skuCode: string; readonly since: Date }[];
  readonly links: readonly SellingLink[];
  readonly before: ReadonlyMap<string, InventoryRecord>;
}

/** First half of a publication: notes what Rakuten shows now, before its latest orders are searched and reserved. */
export const beginPublishing = async (context: ActivityContext, shop: Shop): Promise<Publishing> => {
  const idle = { dirty: [], links: [], before: new Map() };
  if (shop.settings.stockSync === 'off') return idle;
  const dirty = await dirtyStock(context.db, shop.shopId, SKUS_PER_CYCLE);
  if (dirty.length === 0) return idle;
  const selling = await linksSelling(
    context.db,
    shop.shopId,
    dirty.map((row) => row.skuCode),
  );
  const links = selling.filter(({ link }) => canHoldStock(link));
  const before = await context.gateway(shop.shopId).getInventory(
    links.map(({ link }) => link),
    { maxWaitMs: MAX_WAIT_MS },
  );
  return { dirty, links, before };
};

/**
 * Second half: publishes what can be promised as a difference to what Rakuten shows. A SKU is written only when
 * Rakuten's record did not move between the two reads: then every sale in its number is in our ledger too, and a sale
 * that happens meanwhile commutes with the difference. Whatever moved, or whose write stayed without an answer, has
 * its turn in the next cycle, which begins by reading. @returns how many records were written
 */
export const publishStock = async (
  context: ActivityContext,
  shop: Shop,
  { dirty, links, before }: Publishing,
): Promise<number> => {
  if (dirty.length === 0) return 0;
  const gateway = context.gateway(shop.shopId);
  const after = await gateway.getInventory(links.map(({ link }) => link));
  const skuCodes = links.flatMap(({ parts }) => parts.map((part) => part.skuCode));
  const balances = await balancesOf(context.db, skuCodes, MAIN_LOCATION);
  const unsettled = new Set<string>();
  const writes: { entry: InventoryUpsert; skuCodes: string[] }[] = [];
  for (const { link, parts } of links) {
    const own = parts.map((part) => part.skuCode);
    const key = inventoryKey(link);
    const [earlier, now] = [before.get(key), after.get(key)];
    if (now === undefined) continue;
    if (earlier === undefined || moved(earlier, now)) {
      for (const code of own) unsettled.add(code);
      continue;
    }
    const target = targetOf(parts, balances);
    if (target !== undefined && target !== now.quantity)
      writes.push({
        entry: difference(link, now, target),
        skuCodes: own,
      });
  }
  const outcomes = await gateway.upsertInventory(writes.map(({ entry }) => entry));
  for (const [index, outcome] of outcomes.entries())
    if (outcome.kind === 'failed') for (const code of writes[index]?.skuCodes ?? []) unsettled.add(code);
  for (const row of dirty) if (!unsettled.has(row.skuCode)) await clearDirty(context.db, row);
  return outcomes.filter((outcome) => outcome.kind === 'written').length;
};

/** Lead times go back as they were read: a write without them would delete them (inventory reference §3.2 no. 1). */
const difference = (
  { manageNumber, variantId }: SellingLink['link'],
  { quantity, operationLeadTime, shipFromIds }: InventoryRecord,
  target: number,
): InventoryUpsert => ({
  manageNumber,
  variantId,
  mode: 'RELATIVE',
  quantity: target - quantity,
  ...(operationLeadTime === undefined ? {} : { operationLeadTime }),
  ...(shipFromIds === undefined ? {} : { shipFromIds }),
});

const moved = (before: InventoryRecord, after: InventoryRecord): boolean =>
  before.quantity !== after.quantity || before.updated.getTime() !== after.updated.getTime();

/** What can be promised of a link, or undefined while one of its SKUs has no opening balance. */
const targetOf = (
  parts: SellingLink['parts'],
  balances: ReadonlyMap<string, StockRow>,
): number | undefined => {
  const stock = parts.map((part) => ({ balance: balances.get(part.skuCode), quantity: part.units }));
  const known = stock.flatMap(({ balance, quantity }) =>
    balance?.opened === true ? [{ available: available(balance), quantity }] : [],
  );
  return known.length < stock.length ? undefined : Math.min(MOST, promisable(known));
};
