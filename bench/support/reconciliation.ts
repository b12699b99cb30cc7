import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { beginReconciliation, findReconciliation } from '../../src/store/reconciliations';
import { type Figure, never } from './figures';
import { forked } from './forked';
import type { GatewayRig } from './gateway-rig';

/** One pair in so many shows another number at Rakuten. */
const DIFFERING = 500;
const MOST_SECONDS = 600;
const MOST_MB = 300;
const POLL_MS = 500;

const reconciled = z.object({ seconds: z.number(), peakMb: z.number(), beforeMb: z.number() });

/** Rakuten shows what the seeded SKUs of the shop have on hand, but for one pair in five hundred. */
const showAll = ({ pool }: GatewayRig, shopId: string) =>
  pool.query(
    `insert into sandbox.stock (shop_code, manage_number, variant_id, quantity, created, updated)
     select k.shop_id, k.manage_number, k.variant_id,
       b.on_hand + case when row_number() over (order by k.sku_code) % $2 = 0 then 1 else 0 end, now(), now()
     from sku_links k join stock_balances b on b.sku_code = k.sku_code where k.shop_id = $1`,
    [shopId, DIFFERING],
  );

/** A full comparison of what Rakuten shows with what can be sold, at one request a second, in a process of its own. */
export async function reconciliation(rig: GatewayRig, shopId: string, skus: number): Promise<Figure[]> {
  await showAll(rig, shopId);
  const outcome = await beginReconciliation(rig.db, { shopId, requestedBy: 'bench' });
  if (!('begun' in outcome)) throw new Error('a reconciliation of the shop runs already');
  const { reconciliationId } = outcome.begun;
  const since = new Date();
  const input = { ...rig.wiring, shopId, reconciliationId };
  const worker = await forked('reconcile', input, { ready: z.null(), stopped: reconciled });
  let row = await findReconciliation(rig.db, shopId, reconciliationId);
  const end = Date.now() + 2 * MOST_SECONDS * 1000;
  while (row?.state === 'running' && Date.now() < end) {
    await sleep(POLL_MS);
    row = await findReconciliation(rig.db, shopId, reconciliationId);
  }
  const { seconds, peakMb, beforeMb } = await worker.stop();
  const calls = (await rig.journal(shopId, since)).filter(({ operation }) =>
    operation.startsWith('inventories.'),
  );
  const expected = Math.floor(skus / DIFFERING);
  const detail = `${calls.length} calls; ${row?.differing} differences; ${beforeMb.toFixed(0)} MB before`;
  return [
    {
      what: `reconciliation of ${skus} SKUs at one request a second`,
      value: seconds,
      unit: 's',
      floor: Math.ceil(skus / 1000),
      aim: { atMost: MOST_SECONDS },
      detail,
    },
    { what: 'memory of its process, at most', value: peakMb, unit: 'MB', aim: { atMost: MOST_MB } },
    never('differences that were missed, or are none', Math.abs((row?.differing ?? -1) - expected)),
  ];
}
