import type { RunningOkuri } from './instance';
import { askDatabase, bookedAtRakuten, callersOf, OPENING_STOCK, stockAtRakuten } from './real-shop';

/**
 * Asserts, in the sandbox's books and in our ledger, that each order was confirmed once, went to the warehouse once,
 * has exactly one row per parcel and one `consume` per line, that cancelled ones never left, and that both sides'
 * stock agrees with what was sold.
 */
export const assertShippedOnce = async (
  instance: RunningOkuri,
  orders: {
    readonly shipped: readonly string[];
    readonly cancelled: readonly string[];
    /** Shipped as well, and not known here: the database is from before. */
    readonly forgotten?: readonly string[];
  },
  sandboxPort?: number,
): Promise<void> => {
  const { control } = await callersOf(instance, sandboxPort);
  const left = await stockAtRakuten(control);
  for (const orderNumber of orders.cancelled) {
    const { progress, confirmed, rows } = await bookedAtRakuten(control, orderNumber);
    expect({ orderNumber, progress, confirmed, rows }).toEqual({
      orderNumber,
      progress: 900,
      confirmed: 0,
      rows: [],
    });
  }
  for (const orderNumber of [...orders.shipped, ...(orders.forgotten ?? [])]) {
    const { sold, parcels, ...booked } = await bookedAtRakuten(control, orderNumber);
    expect({ orderNumber, ...booked }).toEqual({
      orderNumber,
      progress: 500,
      confirmed: 1,
      rows: parcels,
      fulfilmentOrders: 1,
    });
    expect(parcels.length).toBeGreaterThan(0);
    for (const { pair, units } of sold) left.set(pair, (left.get(pair) ?? 0) + units);
  }
  for (const [pair, quantity] of left) expect({ pair, quantity }).toEqual({ pair, quantity: OPENING_STOCK });

  const ledger = await askDatabase<{
    order_number: string;
    lines: number;
    units: number;
    consumes: number;
    consumed: number;
  }>(
    instance,
    `select l.order_number, count(*)::int as lines, sum(l.units)::int as units,
       (select count(*)::int from stock_movements m
         where m.order_number = l.order_number and m.kind = 'consume') as consumes,
       (select coalesce(sum(quantity), 0)::int from stock_movements m
         where m.order_number = l.order_number and m.kind = 'consume') as consumed
     from order_lines l where l.shop_id = $1 group by l.order_number`,
  );
  const wanted = ledger.filter((row) => orders.shipped.includes(row.order_number));
  expect(wanted).toHaveLength(orders.shipped.length);
  for (const { lines, units, consumes, consumed } of wanted)
    expect({ consumes, consumed }).toEqual({ consumes: lines, consumed: units });
};
