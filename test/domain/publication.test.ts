import fc from 'fast-check';
import type { Observation } from '../../src/domain/publication';
import { isDoubtful, planPublication } from '../../src/domain/publication';

const seen = (changes: Partial<Observation>): Observation => ({
  ...{ first: 5, second: undefined, before: 5, ours: 5, mayRegister: false },
  ...changes,
});

test.each<[string, Partial<Observation>, ReturnType<typeof planPublication>]>([
  [
    'nothing is said of a SKU that nobody has counted',
    { before: undefined, ours: undefined },
    { kind: 'none' },
  ],
  ['a SKU that Rakuten does not know is told', { first: undefined }, { kind: 'unlisted' }],
  [
    'it is registered only where somebody may',
    { first: undefined, mayRegister: true },
    { kind: 'register', quantity: 5 },
  ],
  ['equal numbers are settled', {}, { kind: 'settled' }],
  ['what came in is added', { before: 8, ours: 8 }, { kind: 'change', by: 3 }],
  ['what is gone is taken off', { before: 0, ours: 0 }, { kind: 'change', by: -5 }],
  [
    'a sale that was taken in and that Rakuten had taken off is looked at again',
    { before: 6 },
    { kind: 'look' },
  ],
  [
    'of two numbers around a search that brought sales the higher counts',
    { before: 9, ours: 8, second: 4 },
    { kind: 'change', by: 3 },
  ],
  [
    'nothing is taken away that Rakuten has no more',
    { before: 2, ours: 0, second: 1 },
    { kind: 'change', by: -1 },
  ],
])('%s', (_promise, changes, plan) => {
  expect(planPublication(seen(changes))).toEqual(plan);
});

/** A shop with `pieces`, and Rakuten, which sells from its own number; a search takes in what it has sold. */
const shopOf = (pieces: number, shown: number, unseen: number) => {
  const state = { shown, sold: unseen, taken: 0 };
  return {
    state,
    sell: (units: number): void => {
      const sale = Math.min(units, state.shown);
      state.shown -= sale;
      state.sold += sale;
    },
    search: (): void => {
      state.taken = state.sold;
    },
    sellable: (): number => Math.max(0, pieces - state.taken),
    /** What may be sold of the pieces beside what was sold already. */
    truth: (): number => Math.max(0, pieces - state.sold),
  };
};

const numbers = fc.nat(6);

const look = (shop: ReturnType<typeof shopOf>, sales: readonly number[]) => {
  const [beforeSearch = 0, afterSearch = 0, beforeWrite = 0] = sales;
  const first = shop.state.shown;
  const before = shop.sellable();
  shop.sell(beforeSearch);
  shop.search();
  const ours = shop.sellable();
  shop.sell(afterSearch);
  const known = { first, before, ours, second: undefined, mayRegister: false };
  const plan = planPublication({ ...known, second: isDoubtful(known) ? shop.state.shown : undefined });
  shop.sell(beforeWrite);
  const refused = plan.kind === 'change' && shop.state.shown + plan.by < 0;
  if (plan.kind === 'change' && !refused) shop.state.shown += plan.by;
  return { plan, refused };
};

test('however sales fall around a look, nothing that was sold is offered again', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), fc.nat(20), fc.tuple(numbers, numbers, numbers), (...run) => {
      const [pieces, shown, unseen, sales] = run;
      fc.pre(unseen <= pieces);
      const shop = shopOf(pieces, shown, unseen);
      const { plan, refused } = look(shop, sales);
      if (refused) return;
      if (plan.kind === 'change') expect(shop.state.shown).toBeLessThanOrEqual(shop.truth());
      if (plan.kind === 'settled') expect(shop.state.shown).toBe(shop.truth());
    }),
  );
});

test('once it is quiet, two looks settle any number', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), fc.nat(20), fc.tuple(numbers, numbers, numbers), (...run) => {
      const [pieces, shown, unseen, sales] = run;
      fc.pre(unseen <= pieces);
      const shop = shopOf(pieces, shown, unseen);
      look(shop, sales);
      look(shop, []);
      look(shop, []);
      expect(shop.state.shown).toBe(shop.truth());
      expect(look(shop, []).plan).toEqual({ kind: 'settled' });
    }),
  );
});
