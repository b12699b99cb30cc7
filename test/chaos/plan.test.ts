import { planOf, TARGETS, TROUBLES } from './plan';

const INPUT = { seed: 7, orders: 60, kills: 12, targets: TARGETS, troubles: TROUBLES };

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(planOf(INPUT)).toEqual(planOf(INPUT));
    expect(planOf({ ...INPUT, seed: 8 })).not.toEqual(planOf(INPUT));
  });

  it('has as many orders and kills as were asked for, each under its own id, spread over the run', () => {
    const { orders, kills, troubles, lengthMs } = planOf(INPUT);
    expect([orders.length, kills.length]).toEqual([60, 12]);
    const ids = [...orders, ...kills, ...troubles].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const halves = kills.map(({ atMs }) => atMs < lengthMs / 2);
    expect(halves.filter(Boolean)).toHaveLength(6);
  });

  it('gives every process and every kind of trouble its turn before one comes again', () => {
    const { kills, troubles } = planOf(INPUT);
    for (const target of TARGETS) expect(kills.filter((kill) => kill.target === target)).toHaveLength(2);
    expect(new Set(troubles.map(({ kind }) => kind))).toEqual(new Set(TROUBLES));
  });

  it('leaves out what cannot be done where it runs', () => {
    const { kills, troubles } = planOf({ ...INPUT, targets: ['worker', 'api'], troubles: ['lost_answers'] });
    expect(new Set(kills.map(({ target }) => target))).toEqual(new Set(['worker', 'api']));
    expect(new Set(troubles.map(({ kind }) => kind))).toEqual(new Set(['lost_answers']));
    expect(planOf({ ...INPUT, targets: [], troubles: [] })).toMatchObject({ kills: [], troubles: [] });
  });

  it.each([1, 2, 3, 4, 5])('with seed %i breaks nothing else while everything starts again', (seed) => {
    const { kills, troubles } = planOf({ ...INPUT, seed });
    const harmless = ['lost_answers', 'clock_jumps'];
    const others = [...kills, ...troubles.filter(({ kind }) => !harmless.includes(kind))];
    for (const start of kills.filter(({ target }) => target === 'everything'))
      expect(others.filter(({ atMs }) => atMs > start.atMs && atMs < start.atMs + 15_000)).toEqual([]);
  });
});
