import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { MOVEMENT_EFFECT, MOVEMENT_KINDS } from '../../src/domain/stock';
import { listMovements } from '../../src/store/stock';
import { stockDesk, target } from './stock-lines';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
let desk: ReturnType<typeof stockDesk>;
let run = 0;
beforeAll(async () => {
  store = await startStore();
  desk = stockDesk(store);
});
afterAll(() => store.close());

const wish = fc.record({ held: fc.nat(3), consumed: fc.nat(3), order: fc.nat(2), linked: fc.boolean() });
const count = fc.record({ receive: fc.integer({ min: 1, max: 9 }) });

test('whatever happens: a balance is the sum of its movements, and reserved is never below zero', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(wish, count), { maxLength: 12 }), async (steps) => {
      run += 1;
      const [one, two] = [`P${run}`, `Q${run}`];
      await desk.skus(one, two);
      const refs = await Promise.all([0, 1, 2].map((index) => store.order(`ledger-${run}-${index}`)));
      for (const step of steps) {
        const ref = refs['order' in step ? step.order : 0];
        if ('receive' in step) await desk.receive(one, step.receive);
        else if (ref !== undefined)
          await desk.settle(ref, [target('1', step.linked ? { [one]: 1, [two]: 2 } : {}, step)]);
      }
      for (const code of [one, two]) {
        const movements = await listMovements(store.db, { skuCode: code }, 0, 1000);
        const sum = (column: 'onHand' | 'reserved') =>
          movements.reduce(
            (total, { kind, quantity }) => total + MOVEMENT_EFFECT[kind][column] * quantity,
            0,
          );
        const balance = await desk.balance(code);
        expect(balance).toEqual({ onHand: sum('onHand'), reserved: sum('reserved') });
        expect(balance.reserved).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 40 },
  );
});

test('every kind of movement is known to the table of effects', () => {
  expect(Object.keys(MOVEMENT_EFFECT).sort()).toEqual([...MOVEMENT_KINDS].sort());
});

test('what is reserved cannot fall below zero by a mistake of ours', async () => {
  await desk.skus('NEVER');
  await desk.receive('NEVER', 1);
  const mistake = store.db.execute(sql`update stock_balances set reserved = -1 where sku_code = 'NEVER'`);
  await expect(mistake).rejects.toThrow();
});

test('the ledger cannot be rewritten: a movement is neither changed nor deleted', async () => {
  await desk.skus('FIXED');
  await desk.receive('FIXED', 3, 'fixed-1');
  const own = sql`idempotency_key = 'fixed-1'`;
  for (const statement of [
    sql`update stock_movements set quantity = 4 where ${own}`,
    sql`delete from stock_movements where ${own}`,
  ])
    await expect(store.db.execute(statement)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('append-only') },
    });
});
