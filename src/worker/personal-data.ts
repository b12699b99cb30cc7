import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { OrderRef } from '../domain/order';
import { audit } from '../store/audit';
import type { Database } from '../store/database';
import { withLock } from '../store/locks';
import type { Erased } from '../store/personal-data';
import { askedToErase, eraseOrder, ordersToErase } from '../store/personal-data';
import type { Shop } from '../store/shops';
import { listShops } from '../store/shops';
import type { Vault } from '../store/vault';

/** What the erasure works with. */
interface ErasureWiring {
  readonly db: Database;
  readonly pool: Pool;
  readonly vault: Vault;
  readonly now: () => Date;
  readonly log: Logger;
}

const DAY_MS = 86_400_000;
/** Orders in one transaction: few, so that nobody waits long for one of them. */
const BATCH = 50;
const ACTOR = 'system';

/**
 * Takes the people out of finished orders: of those whose shop keeps personal data no longer (`personalDataRetentionDays`),
 * and of those whose buyers asked for it while they were open. One process at a time; an order is erased wholly or not
 * at all, and one that cannot be is told and left for the next turn. @returns how many orders were erased
 */
export const eraseDuePersonalData = async (wiring: ErasureWiring): Promise<number> => {
  const erased = await withLock(wiring.pool, 'personal-data', async () => {
    let count = await eraseAsked(wiring);
    for (const shop of await listShops(wiring.db)) count += await eraseOutlived(wiring, shop);
    return count;
  });
  if (erased !== undefined && erased > 0)
    wiring.log.info({ orders: erased }, 'the personal data of finished orders was erased');
  return erased ?? 0;
};

/** One that cannot be erased stays on top of the list, so a batch of which none could be ends the turn. */
const eraseAsked = async (wiring: ErasureWiring): Promise<number> => {
  let count = 0;
  for (;;) {
    const refs = await askedToErase(wiring.db, BATCH);
    const erased = await eraseBatch(wiring, refs, { why: 'asked' });
    count += erased;
    if (erased === 0) return count;
  }
};

const eraseOutlived = async (wiring: ErasureWiring, { shopId, settings }: Shop): Promise<number> => {
  const { personalDataRetentionDays: days } = settings;
  if (days === null) return 0;
  const before = new Date(wiring.now().getTime() - days * DAY_MS);
  let count = 0;
  let page = await ordersToErase(wiring.db, shopId, before, undefined, BATCH);
  while (page.length > 0) {
    const refs = page.map(({ orderNumber }) => ({ shopId, orderNumber }));
    count += await eraseBatch(wiring, refs, { why: 'outlived', retentionDays: days });
    page = await ordersToErase(wiring.db, shopId, before, page.at(-1), BATCH);
  }
  return count;
};

/** Erases orders with their lines in the audit log, one per shop, in one transaction. @returns how many were erased */
const eraseBatch = (
  { db, vault, now, log }: ErasureWiring,
  refs: readonly OrderRef[],
  request: Readonly<Record<string, string | number>>,
): Promise<number> =>
  db.transaction(async (tx) => {
    const done: (OrderRef & Erased)[] = [];
    for (const ref of refs)
      try {
        // A savepoint of its own: what cannot be erased does not keep the others from it.
        const erased = await tx.transaction((own) =>
          eraseOrder(own, vault, ref, { at: now(), actor: ACTOR }),
        );
        if (erased !== undefined) done.push({ ...ref, ...erased });
      } catch (error) {
        log.error(
          { err: error, orderNumber: ref.orderNumber },
          'the personal data of an order cannot be erased',
        );
      }
    for (const shopId of new Set(done.map((order) => order.shopId))) {
      const own = done.filter((order) => order.shopId === shopId);
      await audit(tx, {
        actor: ACTOR,
        action: 'personal_data.erased',
        shopId,
        target: countsOf(own),
        request,
      });
    }
    return done.length;
  });

const countsOf = (erased: readonly Erased[]) => ({
  orders: erased.length,
  lookups: erased.reduce((sum, { lookups }) => sum + lookups, 0),
  changes: erased.reduce((sum, { changes }) => sum + changes, 0),
});
