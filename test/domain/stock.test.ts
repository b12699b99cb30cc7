import fc from 'fast-check';
import type { Component, LineLedger } from '../../src/domain/stock';
import { available, dueMovements, explode, MOVEMENT_EFFECT, promisable } from '../../src/domain/stock';

const booked = (ledger: LineLedger, target: { held: number; consumed: number }): LineLedger => {
  const due = dueMovements(ledger, target);
  const sum = (kind: string) => due.find((movement) => movement.kind === kind)?.quantity ?? 0;
  return {
    reserved: ledger.reserved + sum('reserve'),
    released: ledger.released + sum('release'),
    consumed: ledger.consumed + sum('consume'),
  };
};
const fresh: LineLedger = { reserved: 0, released: 0, consumed: 0 };
const open = ({ reserved, released, consumed }: LineLedger): number => reserved - released - consumed;
const targets = fc.array(fc.record({ held: fc.nat(5), consumed: fc.nat(5) }), { minLength: 1, maxLength: 6 });

test('what a line needs from import to shipment, and what a cancellation gives back', () => {
  expect(dueMovements(fresh, { held: 3, consumed: 0 })).toEqual([{ kind: 'reserve', quantity: 3 }]);
  const reserved = { ...fresh, reserved: 3 };
  expect(dueMovements(reserved, { held: 0, consumed: 3 })).toEqual([{ kind: 'consume', quantity: 3 }]);
  expect(dueMovements(reserved, { held: 2, consumed: 1 })).toEqual([{ kind: 'consume', quantity: 1 }]);
  expect(dueMovements(reserved, { held: 0, consumed: 0 })).toEqual([{ kind: 'release', quantity: 3 }]);
  expect(dueMovements({ ...reserved, consumed: 3 }, { held: 0, consumed: 0 })).toEqual([]);
});

test('what was never reserved is reserved before it is consumed', () => {
  expect(dueMovements(fresh, { held: 0, consumed: 2 })).toEqual([
    { kind: 'reserve', quantity: 2 },
    { kind: 'consume', quantity: 2 },
  ]);
});

test('whatever a line was before: its target is reached at once and a repeat books nothing', () => {
  fc.assert(
    fc.property(targets, (wishes) => {
      let ledger = fresh;
      for (const target of wishes) {
        const before = ledger;
        ledger = booked(before, target);
        expect(open(ledger)).toBe(target.held);
        expect(ledger.consumed).toBe(Math.max(before.consumed, target.consumed));
        expect(dueMovements(ledger, target)).toEqual([]);
      }
    }),
  );
});

test('movements of orders move units and make none: on hand falls by what was consumed, reserved is what is held', () => {
  fc.assert(
    fc.property(targets, (wishes) => {
      const start = { onHand: 100, reserved: 0 };
      let [ledger, balance] = [fresh, start];
      for (const target of wishes) {
        for (const { kind, quantity } of dueMovements(ledger, target)) {
          const effect = MOVEMENT_EFFECT[kind];
          balance = {
            onHand: balance.onHand + effect.onHand * quantity,
            reserved: balance.reserved + effect.reserved * quantity,
          };
          expect(balance.reserved).toBeGreaterThanOrEqual(0);
        }
        ledger = booked(ledger, target);
      }
      expect(balance).toEqual({ onHand: 100 - ledger.consumed, reserved: wishes.at(-1)?.held });
    }),
  );
});

test('what can be promised is on hand less reserved less safety stock, and may be oversold', () => {
  expect(available({ onHand: 10, reserved: 4, safety: 1, opened: true })).toBe(5);
  expect(available({ onHand: 1, reserved: 4, safety: 1, opened: true })).toBe(-4);
});

describe('set products', () => {
  const sets: Readonly<Record<string, readonly Component[]>> = {
    GIFT: [
      { skuCode: 'BOX', quantity: 1 },
      { skuCode: 'PAIR', quantity: 2 },
      { skuCode: 'TEA', quantity: 1 },
    ],
    PAIR: [{ skuCode: 'TEA', quantity: 2 }],
    LOOP: [{ skuCode: 'POOL', quantity: 1 }],
    POOL: [{ skuCode: 'LOOP', quantity: 1 }],
  };
  const componentsOf = (skuCode: string) => sets[skuCode] ?? [];

  test('a plain SKU is itself', () => {
    expect(explode('TEA', 3, componentsOf)).toEqual([{ skuCode: 'TEA', units: 3 }]);
  });

  test('a set is its plain SKUs, however deep, each once', () => {
    expect(explode('GIFT', 3, componentsOf)).toEqual([
      { skuCode: 'BOX', units: 3 },
      { skuCode: 'TEA', units: 15 },
    ]);
  });

  test('sets that contain each other are refused, and the way round is named', () => {
    expect(() => explode('LOOP', 1, componentsOf)).toThrow(
      new RangeError('Set LOOP > POOL > LOOP contains itself'),
    );
  });

  test('as many sets can be sold as the scarcest component gives, never fewer than none', () => {
    const part = (stock: number, quantity: number) => ({ sellable: stock, quantity });
    expect(promisable([part(7, 2), part(9, 1)])).toBe(3);
    expect(promisable([part(4, 1)])).toBe(4);
    expect(promisable([part(-2, 1), part(9, 1)])).toBe(0);
  });
});
