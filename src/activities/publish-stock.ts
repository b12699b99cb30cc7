import { isDoubtful, type Observation, type Plan, planPublication } from '../domain/publication';
import type { InventoryRecord, InventoryUpsert } from '../rms/inventory';
import { canHoldStock, inventoryKey } from '../rms/inventory';
import { moveCursor, readCursors } from '../store/cursors';
import type { DirtyStock, Publication } from '../store/publications';
import {
  calmDirty,
  clearDirty,
  dirtyStock,
  hasUrgentStock,
  listedAmong,
  refusedSince,
  savePublications,
} from '../store/publications';
import { sellableOf, soldOf } from '../store/sellable';
import type { Shop } from '../store/shops';
import type { SellingLink } from '../store/sku-links';
import { linksSelling } from '../store/sku-links';
import { adoptStock } from './adopt-stock';
import type { ActivityContext } from './context';
import type { Publishing } from './publishing';
import { failureOf, type WriteOutcome, writeStock } from './write-stock';

/** SKUs published in one cycle; the rest has its turn in the next. */
const SKUS_PER_CYCLE = 5_000;
/** Orders wait while stock is read first; a busy or slowed inventory API must not keep them long. */
const MAX_WAIT_MS = 5_000;
/** How long a link that Rakuten refused is left out of the requests of others. */
const REFUSED_MS = 86_400_000;
/** The cursor that tells when stock was looked at last. */
export const LOOKED = 'stock';

/**
 * First half of a publication: notes what Rakuten shows now and what we think can be sold, before Rakuten's latest
 * orders are searched and reserved. Nothing, where nothing is to be published or it may wait for more to join it.
 */
export const beginPublishing = async (
  context: ActivityContext,
  shop: Shop,
): Promise<Publishing | undefined> => {
  const { db, gateway, now } = context;
  const { shopId } = shop;
  const { stockSync, skuProjectMigrated, stockLocation } = shop.settings;
  // A shop from before the SKU project cannot write stock (inventory reference §3.2 no. 8).
  if (stockSync === 'off' || !skuProjectMigrated || !(await isDue(context, shop))) return undefined;
  const dirty = await dirtyStock(db, shopId, SKUS_PER_CYCLE);
  if (dirty.length === 0) return undefined;
  await moveCursor(db, shopId, LOOKED, now());
  const selling = await linksSelling(
    db,
    shopId,
    dirty.map((row) => row.skuCode),
  );
  const refused = await refusedSince(db, shopId, new Date(now().getTime() - REFUSED_MS));
  const links = selling.filter(({ link }) => canHoldStock(link) && !refused.has(inventoryKey(link)));
  const theirs = await gateway(shopId).getInventory(
    links.map(({ link }) => link),
    { maxWaitMs: MAX_WAIT_MS },
  );
  return { dirty, links, theirs, ours: await sellableOf(db, links, stockLocation) };
};

const isDue = async ({ db, now }: ActivityContext, { shopId, settings }: Shop): Promise<boolean> => {
  const looked = (await readCursors(db, shopId)).get(LOOKED);
  const waited = looked === undefined ? Number.POSITIVE_INFINITY : now().getTime() - looked.getTime();
  return waited >= settings.stockCoalesceSeconds * 1000 || (await hasUrgentStock(db, shopId));
};

/**
 * Second half: publishes what can be sold as a difference to what Rakuten showed (`planPublication`). What was written
 * is read back when stock is looked at next, and a write without an answer is not repeated before that.
 * @returns how many records were written, or taken over from Rakuten
 * @throws RmsError when a write failed for what is about the shop and not the SKU; what could be done is done and noted
 */
export const publishStock = async (
  context: ActivityContext,
  shop: Shop,
  publishing: Publishing,
): Promise<number> => {
  const { db } = context;
  const { shopId } = shop;
  const gateway = context.gateway(shopId);
  const ours = await sellableOf(db, publishing.links, shop.settings.stockLocation);
  const adopting = codesOf(publishing.dirty, ({ adoptFor }) => adoptFor !== null);
  const seen = await observe(context, shopId, publishing, ours);
  const sold = await soldOf(db, shopId, [...adopting], shop.settings.stockLocation);
  const again = await gateway.getInventory(
    seen
      .filter((own) => involves(own.selling, adopting) || isDoubtful(own))
      .map(({ selling }) => selling.link),
  );
  const adopted = await adoptStock(context, shop, publishing, again, sold);
  const planned = seen
    // What Rakuten does not know is told of both.
    .filter(({ selling, first }) => first === undefined || !involves(selling, adopting))
    .map(({ selling, ...observation }) => {
      const key = inventoryKey(selling.link);
      const second = again.get(key);
      const from = highest(publishing.theirs.get(key), second);
      const plan = planPublication({ ...observation, second: second?.quantity });
      return { selling, key, ours: observation.ours, from, plan };
    });
  const written = await writeStock(gateway, planned.flatMap(changeOf));
  const outcomes = new Map([...written, ...(await register(gateway, planned))]);
  await conclude(context, shopId, publishing.dirty, planned, outcomes);
  const failure = [...outcomes.values()].find((outcome) => outcome.kind === 'unknown' && outcome.error);
  // Noted above and tried again with the next cycle; the shop hears what keeps its stock from being written.
  if (failure?.kind === 'unknown' && failure.error !== undefined) throw failure.error;
  return adopted + [...outcomes.values()].filter(({ kind }) => kind === 'written').length;
};

const codesOf = (dirty: readonly DirtyStock[], which: (row: DirtyStock) => boolean): ReadonlySet<string> =>
  new Set(dirty.filter(which).map(({ skuCode }) => skuCode));

const involves = ({ parts }: SellingLink, codes: ReadonlySet<string>): boolean =>
  codes.size > 0 && parts.some(({ skuCode }) => codes.has(skuCode));

interface Seen extends Observation {
  readonly selling: SellingLink;
}

/** A quantity is set for the first time only for a SKU that the shop is known to list: else Rakuten takes and loses it. */
const observe = async (
  { db }: ActivityContext,
  shopId: string,
  { dirty, links, theirs, ours: before }: Publishing,
  ours: ReadonlyMap<string, number>,
): Promise<Seen[]> => {
  const wanted = codesOf(dirty, (row) => row.register);
  const unknown = links.filter((own) => !theirs.has(inventoryKey(own.link)) && involves(own, wanted));
  const listed = await listedAmong(
    db,
    shopId,
    unknown.map(({ link }) => link),
  );
  return links.map((selling) => {
    const key = inventoryKey(selling.link);
    return {
      selling,
      first: theirs.get(key)?.quantity,
      second: undefined,
      before: before.get(key),
      ours: ours.get(key),
      mayRegister: listed.has(key),
    };
  });
};

interface Planned {
  readonly selling: SellingLink;
  readonly key: string;
  readonly ours: number | undefined;
  /** The record that a change is worked out from. */
  readonly from: InventoryRecord | undefined;
  readonly plan: Plan;
}

const highest = (a: InventoryRecord | undefined, b: InventoryRecord | undefined) =>
  b === undefined || (a !== undefined && a.quantity > b.quantity) ? a : b;

/** Lead times go back as they were read: a write without them would delete them (inventory reference §3.2 no. 1). */
const changeOf = ({ selling, from, plan }: Planned): { entry: InventoryUpsert; from: InventoryRecord }[] => {
  if (plan.kind !== 'change' || from === undefined) return [];
  const { manageNumber, variantId } = selling.link;
  const { operationLeadTime, shipFromIds } = from;
  const entry: InventoryUpsert = {
    ...{ manageNumber, variantId, mode: 'RELATIVE', quantity: plan.by },
    ...(operationLeadTime === undefined ? {} : { operationLeadTime }),
    ...(shipFromIds === undefined ? {} : { shipFromIds }),
  };
  return [{ entry, from }];
};

/** Sets quantities for the first time, and looks whether Rakuten has them: it also takes what it then loses (§3.2 no. 2). */
const register = async (
  gateway: ReturnType<ActivityContext['gateway']>,
  planned: readonly Planned[],
): Promise<Map<string, WriteOutcome>> => {
  const entries = planned.flatMap(({ selling: { link }, plan }): InventoryUpsert[] =>
    plan.kind === 'register'
      ? [
          {
            manageNumber: link.manageNumber,
            variantId: link.variantId,
            mode: 'ABSOLUTE',
            quantity: plan.quantity,
          },
        ]
      : [],
  );
  if (entries.length === 0) return new Map();
  const sent = await gateway.upsertInventory(entries);
  const records = await gateway.getInventory(entries);
  return new Map(
    entries.flatMap((entry, index): [string, WriteOutcome][] => {
      const key = inventoryKey(entry);
      const outcome = sent[index];
      if (records.has(key)) return [[key, { kind: 'written' }]];
      return outcome?.kind === 'failed' ? [[key, failureOf(outcome.error)]] : [];
    }),
  );
};

/** What is left to do for a SKU: nothing, a look when others are looked at, or another try at once. */
type Fate = 'settled' | 'look' | 'again';
const URGENCY: readonly Fate[] = ['settled', 'look', 'again'];

const fateOf = ({ plan: { kind } }: Planned, outcome: WriteOutcome | undefined): Fate => {
  if (kind === 'look') return 'look';
  if (kind !== 'change' && kind !== 'register') return 'settled';
  if (outcome?.kind === 'written') return 'look';
  return outcome?.kind === 'unknown' ? 'again' : 'settled';
};

const publicationOf = (
  { selling: { link }, ours, from, plan }: Planned,
  outcome: WriteOutcome | undefined,
): Omit<Publication, 'shopId' | 'at'>[] => {
  const { manageNumber, variantId } = link;
  const row = { manageNumber, variantId, theirs: from?.quantity ?? null, ours: ours ?? null, code: null };
  if (outcome?.kind === 'refused') return [{ ...row, state: 'refused', code: outcome.code }];
  if (outcome?.kind === 'written') return [{ ...row, state: 'written' }];
  if (outcome?.kind === 'unknown') return [];
  if (plan.kind === 'settled') return [{ ...row, state: 'settled' }];
  if (plan.kind === 'unlisted' || plan.kind === 'register') return [{ ...row, state: 'unlisted' }];
  return [];
};

/** Notes what was found and done, and which SKUs are to be looked at again. What changed since stays to be published. */
const conclude = async (
  { db }: ActivityContext,
  shopId: string,
  dirty: readonly DirtyStock[],
  planned: readonly Planned[],
  outcomes: ReadonlyMap<string, WriteOutcome>,
): Promise<void> => {
  await savePublications(
    db,
    shopId,
    planned.flatMap((own) => publicationOf(own, outcomes.get(own.key))),
  );
  const worst = new Map<string, number>();
  for (const own of planned)
    for (const { skuCode } of own.selling.parts) {
      const urgency = URGENCY.indexOf(fateOf(own, outcomes.get(own.key)));
      worst.set(skuCode, Math.max(urgency, worst.get(skuCode) ?? 0));
    }
  const rows = (fate: Fate) =>
    dirty.filter(({ adoptFor, skuCode }) => adoptFor === null && URGENCY[worst.get(skuCode) ?? 0] === fate);
  await clearDirty(db, rows('settled'));
  await calmDirty(db, rows('look'));
};
