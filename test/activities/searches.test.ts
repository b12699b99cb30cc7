import type { SearchedSoFar, SearchKind } from '../../src/activities/searches';
import { dueSearches, MOVES, NEW_ORDERS, SWEEPS } from '../../src/activities/searches';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';

const NOW = new Date('2026-11-22T12:00:00+09:00');
const MINUTE = 60_000;
const DAY = 86_400_000;
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const named = (name: string): SearchKind => {
  const kind = [NEW_ORDERS, ...MOVES, ...SWEEPS].find((one) => one.name === name);
  if (kind === undefined) throw new Error(`There is no search ${name}`);
  return kind;
};
const startOf = (name: string, soFar: Partial<SearchedSoFar>) =>
  named(name).start({ last: undefined, oldestOpen: undefined, now: NOW, ...soFar });

/** Plays the cycles of a shop for a while and gives how often each search was made, and all of them in each minute. */
const play = (
  syncIntervalSeconds: number,
  minutes: number,
): { made: Map<string, number>; perMinute: number[] } => {
  const perMinute = Array.from({ length: minutes }, () => 0);
  const last = new Map<string, Date>();
  const made = new Map<string, number>();
  for (let at = 0; at < minutes * 60; at += syncIntervalSeconds) {
    const now = new Date(NOW.getTime() + at * 1000);
    for (const { name } of dueSearches(
      { ...DEFAULT_SETTINGS, syncIntervalSeconds },
      (kind) => last.get(kind),
      now,
    )) {
      last.set(name, now);
      made.set(name, (made.get(name) ?? 0) + 1);
      perMinute[Math.floor(at / 60)] = (perMinute[Math.floor(at / 60)] ?? 0) + 1;
    }
  }
  return { made, perMinute };
};

describe('the searches of a shop', () => {
  it.each([5, 20, 60])('give every status its turn within a minute at an interval of %i s', (seconds) => {
    const { made } = play(seconds, 30);
    for (const { name } of MOVES) expect(made.get(name)).toBeGreaterThanOrEqual(30);
  });

  it('are four in a minute at the default interval, which leaves one for what may wait', () => {
    expect(Math.max(...play(60, 600).perMinute)).toBe(4);
  });

  it('look for everything that Rakuten may have sold once stock is published', () => {
    expect(NEW_ORDERS.statuses(DEFAULT_SETTINGS)).toEqual([100]);
    expect(NEW_ORDERS.statuses({ ...DEFAULT_SETTINGS, stockSync: 'shipment' })).toEqual([100, 200, 300, 400]);
    expect(NEW_ORDERS.statuses({ ...DEFAULT_SETTINGS, importStatuses: [300] })).toEqual([]);
  });

  it('look for orders that somebody else confirmed where the shop confirms here', () => {
    expect(NEW_ORDERS.statuses({ ...DEFAULT_SETTINGS, automaticOrderConfirmation: true })).toEqual([
      100, 200,
    ]);
  });

  it('go on a little before where they ended, and first reach one window back', () => {
    expect(startOf('new', { last: ago(MINUTE) })).toEqual(ago(11 * MINUTE));
    expect(startOf('new', {})?.getTime()).toBeLessThan(ago(62 * DAY).getTime());
    expect(startOf('shipped', {})).toEqual(ago(10 * MINUTE));
  });

  it('go on where they ended after any stop, and only sweeps go back to the oldest open order', () => {
    const oldestOpen = ago(400 * DAY);
    expect(startOf('fixed', { last: ago(500 * DAY), oldestOpen })).toEqual(ago(500 * DAY + 10 * MINUTE));
    expect(startOf('cancelled', { oldestOpen })).toEqual(ago(3 * DAY));
    expect(startOf('cancelled', { oldestOpen: ago(DAY) })).toEqual(ago(DAY));
    expect(startOf('sweep-300', { oldestOpen })).toEqual(oldestOpen);
    expect(startOf('cancelled-late', { oldestOpen })).toEqual(oldestOpen);
  });

  it('look for cancellations of completed orders even when no order is open', () => {
    expect(startOf('cancelled', {})).toBeUndefined();
    expect(startOf('sweep-100', {})).toBeUndefined();
    expect(startOf('cancelled-late', {})?.getTime()).toBeLessThan(ago(62 * DAY).getTime());
  });
});
