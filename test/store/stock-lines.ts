import type { OrderRef } from '../../src/domain/order';
import type { Database } from '../../src/store/database';
import { MAIN_LOCATION } from '../../src/store/ledger';
import type { Bookings, LineTarget, Settlement } from '../../src/store/order-stock';
import { settleStock } from '../../src/store/order-stock';
import { lockOrder } from '../../src/store/orders';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { balancesOf, enterMovement } from '../../src/store/stock';
import { line } from '../domain/facts';
import type { TestStore } from './store';

/** What a line should have: `held` units reserved and `consumed` gone, of these SKUs, `units` of each per unit. */
export const target = (
  itemDetailId: string,
  demand: Readonly<Record<string, number>>,
  { held = 0, consumed = 0 }: { held?: number; consumed?: number },
): LineTarget => ({
  line: { ...line(itemDetailId), basketId: '10' },
  demand: Object.entries(demand).map(([skuCode, units]) => ({ skuCode, units })),
  held,
  consumed,
});

/** What tests do with stock. */
export const stockDesk = ({ db }: TestStore) => ({
  /** Creates SKUs, without a balance. */
  skus: (...codes: string[]): Promise<void> =>
    putSkus(
      db,
      codes.map((skuCode) => ({ skuCode, name: skuCode })),
    ),
  /** Links `manageNumber/<sku>` of the shop `tea` to the SKU. */
  link: (skuCode: string): Promise<void> =>
    putLinks(db, 'tea', [{ manageNumber: 'tea', variantId: skuCode, skuCode }]),
  /** Counts units in; the first time gives the opening balance. */
  receive: (skuCode: string, quantity: number, idempotencyKey?: string) =>
    enterMovement(db, {
      ...{ skuCode, location: MAIN_LOCATION, kind: 'receive', quantity },
      ...{ reason: 'test', actor: 'test', idempotencyKey },
    }),
  /** Settles the stock of an order as an assessment does: behind the order's lock. */
  settle: (
    ref: OrderRef,
    targets: readonly LineTarget[],
    { on = db, ...settlement }: Partial<Settlement> & { on?: Database } = {},
  ): Promise<Bookings> =>
    on.transaction(async (tx) => {
      await lockOrder(tx, ref);
      return settleStock(tx, ref, targets, { location: MAIN_LOCATION, ...settlement });
    }),
  /** Units on hand and reserved. */
  balance: async (skuCode: string): Promise<{ onHand: number; reserved: number }> => {
    const row = (await balancesOf(db, [skuCode], MAIN_LOCATION)).get(skuCode);
    return { onHand: row?.onHand ?? 0, reserved: row?.reserved ?? 0 };
  },
});
