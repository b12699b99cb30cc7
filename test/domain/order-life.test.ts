import fc from 'fast-check';
import { decide } from '../../src/domain/decide';
import { isFinal, STAGES } from '../../src/domain/order';
import type { World } from '../support/order-model';
import { afterStep, EVENTS, explore, FORWARD, LASTING, newWorld, worldKey } from '../support/order-model';

const SHOPS = [true, false].flatMap((confirmHere) =>
  [true, false].map((instructHere) => newWorld({ confirmHere, instructHere, toShip: 2 })),
);

/** Lives of an order: steps are taken now and then, things happen in between, in any order. */
const lives = fc
  .tuple(fc.constantFrom(...SHOPS), fc.array(fc.nat(1_000), { maxLength: 60 }))
  .map(([start, choices]) => {
    const life = [start];
    for (const choice of choices) {
      const world = life.at(-1) ?? start;
      const { step } = decide(world);
      if (step === 'end') break;
      const events = EVENTS.filter((event) => event.can(world)).map((event) => ({
        ...world,
        ...event.makes(world),
      }));
      // Every second choice takes the step, so that lives get anywhere.
      const next = choice % 2 === 0 && step !== 'wait' ? afterStep(world) : events;
      life.push(next[Math.floor(choice / 2) % next.length] ?? world);
    }
    return life;
  });

const everywhere = (holds: (world: World) => boolean): void => {
  fc.assert(
    fc.property(lives, (life) => life.every(holds)),
    { numRuns: 3_000 },
  );
};

test('nothing is confirmed against a hold, twice, or where the shop confirms elsewhere', () => {
  everywhere(
    (world) =>
      decide(world).step !== 'confirm' ||
      (world.rakutenStatus === 100 &&
        !world.confirmBlocked &&
        world.confirmHere &&
        !world.shopRetired &&
        world.cancellation === 'none'),
  );
});

test('nothing is instructed against a hold, after a cancellation, or while the warehouse has it', () => {
  everywhere(
    (world) =>
      decide(world).step !== 'instruct' ||
      (world.rakutenStatus === 300 &&
        !world.confirmBlocked &&
        !world.shipBlocked &&
        !world.shopRetired &&
        !world.allParcelsKnown &&
        world.cancellation === 'none' &&
        !['open', 'shipped', 'too_late'].includes(world.fulfilment)),
  );
});

test('a parcel that left is reported, whatever else stands in the way, unless the order is or may be cancelled or its report settles', () => {
  everywhere(
    (world) =>
      world.unreportedParcels === 0 ||
      world.shopRetired ||
      world.reportSettling ||
      world.stopped ||
      world.cancellation === 'applied' ||
      [800, 900].includes(world.rakutenStatus) ||
      decide(world).step === 'report',
  );
});

test('nothing is sent while a stop switch is on, but what is with the warehouse is still called back', () => {
  everywhere((world) => !world.stopped || ['fetch', 'recall', 'wait', 'end'].includes(decide(world).step));
});

test('nothing that was cancelled, changed or is held by a person stays with the warehouse', () => {
  everywhere((world) => {
    const withWarehouse = ['created', 'open'].includes(world.fulfilment);
    const back = world.rakutenStatus >= 800 || world.shopRetired || world.cancellation === 'requested';
    const called = back || (world.recallWanted && world.unreportedParcels === 0);
    const settled = ['fetch', 'recall', 'report'].includes(decide(world).step) || world.reportSettling;
    return (
      !withWarehouse ||
      !called ||
      settled ||
      world.stopped ||
      world.cancellation === 'applied' ||
      ![100, 200, 300, 800, 900].includes(world.rakutenStatus)
    );
  });
});

test('an order is cancelled at Rakuten only where Rakuten takes it, once the warehouse has nothing and nothing has left', () => {
  everywhere(
    (world) =>
      decide(world).step !== 'cancel' ||
      ([100, 200, 300].includes(world.rakutenStatus) &&
        world.cancellation === 'requested' &&
        !['created', 'open'].includes(world.fulfilment) &&
        world.unreportedParcels === 0 &&
        !world.parcelLeft),
  );
});

test('a cancelled order ends only after somebody has said what becomes of a parcel that left', () => {
  everywhere((world) => !world.parcelLeft || world.shopRetired || decide(world).stage !== 'cancelled');
});

test('an order is not completed while a parcel is open', () => {
  everywhere((world) => decide(world).stage !== 'completed' || world.unreportedParcels === 0);
});

test('while a report settles nothing is reported again', () => {
  everywhere((world) => !world.reportSettling || decide(world).step !== 'report');
});

test('an order ends in a final stage and only there', () => {
  everywhere((world) => {
    const { stage, step } = decide(world);
    return isFinal(stage) === (step === 'end');
  });
});

test('an order does not end while the warehouse may still ship it', () => {
  everywhere((world) => decide(world).step !== 'end' || !['created', 'open'].includes(world.fulfilment));
});

describe('over every state that can be reached', () => {
  const moves = SHOPS.flatMap((shop) => explore([shop], LASTING));
  const worlds = [
    ...new Map(moves.flatMap(({ from, to }) => [from, to]).map((w) => [worldKey(w), w])).values(),
  ];

  test('every stage is reached but the one that waits for a status nobody knows yet', () => {
    const reached = new Set(worlds.map((world) => decide(world).stage));
    expect(STAGES.filter((stage) => !reached.has(stage))).toEqual(['checking']);
  });

  test('no step repeats for ever: the world after it asks for something else or waits', () => {
    const stuck = worlds.filter((world) => {
      const { step } = decide(world);
      const [usual = world] = afterStep(world);
      return step !== 'wait' && step !== 'end' && decide(usual).step === step;
    });
    expect(stuck).toEqual([]);
  });

  test('no state is a trap: once released and not cancelled, every order can be completed', () => {
    const free = (world: World): boolean => !world.shopRetired && ![800, 900].includes(world.rakutenStatus);
    const starts = worlds
      .filter((world) => free(world) && !isFinal(decide(world).stage))
      .map((world) => ({
        ...world,
        ...{ confirmBlocked: false, shipBlocked: false, recallWanted: false, parcelLeft: false },
        ...{ cancellation: 'none' as const, stopped: false },
      }));
    const unhindered = explore(starts, FORWARD);
    const good = new Set(
      unhindered
        .map(({ to }) => to)
        .filter((world) => decide(world).stage === 'completed')
        .map(worldKey),
    );
    for (let size = -1; size < good.size; ) {
      size = good.size;
      for (const { from, to } of unhindered) if (good.has(worldKey(to))) good.add(worldKey(from));
    }
    expect(starts.filter((world) => !good.has(worldKey(world)))).toEqual([]);
  });
});
