import { dueSearches, SEARCHES, startOf } from '../../src/activities/searches';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';

const NOW = new Date('2026-11-22T12:00:00+09:00');
const DAY = 86_400_000;
const ago = (ms: number) => new Date(NOW.getTime() - ms);

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
    for (const { name } of SEARCHES.filter((kind) => kind.every === 'minute'))
      expect(made.get(name)).toBeGreaterThanOrEqual(30);
  });

  it('cost an idle shop at most five calls in any minute at the default interval, the hourly sweep included', () => {
    const { made, perMinute } = play(60, 600);
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(5);
    for (const { name } of SEARCHES.filter((kind) => kind.every === 'hour')) expect(made.get(name)).toBe(10);
  });

  it('look for everything that Rakuten may have sold once stock is published', () => {
    const [anew] = SEARCHES;
    expect(anew?.statuses(DEFAULT_SETTINGS)).toEqual([100]);
    expect(anew?.statuses({ ...DEFAULT_SETTINGS, stockSync: 'shipment' })).toEqual([100, 200, 300, 400]);
  });

  it('go on a little before where they ended, and first reach one window back', () => {
    const [anew] = SEARCHES;
    const shipped = SEARCHES.find((kind) => kind.name === 'shipped');
    if (anew === undefined || shipped === undefined) throw new Error('The searches are gone');
    expect(startOf(anew, ago(60_000), NOW)).toEqual(ago(11 * 60_000));
    expect(startOf(anew, undefined, NOW).getTime()).toBeLessThan(ago(62 * DAY).getTime());
    expect(startOf(shipped, undefined, NOW)).toEqual(ago(10 * 60_000));
  });
});
