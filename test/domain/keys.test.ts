import { daysLeft, dueAnnouncement, findingOf, nextAnnouncement, nextProbe } from '../../src/domain/keys';

const NOW = new Date('2026-11-01T00:00:00Z');
const DAY = 86_400_000;
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY);

test.each([
  [31, null, undefined],
  [30, null, 30],
  [30, 30, undefined],
  [9.5, null, 14],
  [9.5, 30, 14],
  [9.5, 14, undefined],
  [0.5, 3, 1],
  [0, 1, 0],
  [-5, null, 0],
  [-5, 0, undefined],
])('of a key with %p days left, of which people know %p, they are told %p', (days, told, due) => {
  expect(dueAnnouncement(inDays(days), told, NOW)).toBe(due);
});

test('the next announcement is the next of 30, 14, 7, 3, 1 and 0 days before the end; after it there is none', () => {
  expect(nextAnnouncement(inDays(40), NOW)).toEqual(inDays(10));
  expect(nextAnnouncement(inDays(0.5), NOW)).toEqual(inDays(0.5));
  expect(nextAnnouncement(inDays(-1), NOW)).toBeUndefined();
});

test('a begun day counts in full', () => {
  expect([9.1, 1, 0, -0.5].map((days) => daysLeft(inDays(days), NOW))).toEqual([10, 1, 0, -0]);
});

const probed = { probes: 1, probedAt: NOW, reason: 'not_taken', limitAt: inDays(1) };
test.each([
  ['at once at first', { probedAt: null, probes: 0 }, -NOW.getTime()],
  ['5 seconds later', {}, 5_000],
  ['with pauses that double', { probes: 3 }, 20_000],
  ['every minute at last', { probes: 50 }, 60_000],
  ['5 seconds after it was taken', { probes: 50, reason: 'taken_once' }, 5_000],
  ['at once after a probe by a clock that was ahead', { probedAt: inDays(0.5) }, -NOW.getTime()],
  ['at its limit', { probes: 50, limitAt: new Date(NOW.getTime() + 7_000) }, 7_000],
])('a new key is tried %s', (_, change, ms) => {
  expect(nextProbe({ ...probed, ...change }, NOW).getTime() - NOW.getTime()).toBe(ms);
});

test.each([
  ['live', { order: 'taken' }],
  ['rakuten_away', { order: 'away' }],
  ['rakuten_away', { order: 'refused', licence: 'away' }],
  ['not_taken', { order: 'refused', licence: 'refused' }],
  ['inventory_api_refuses', { order: 'taken', inventory: 'refused', inventoryOfKeyInUse: 'taken' }],
  ['live', { order: 'taken', inventory: 'refused', inventoryOfKeyInUse: 'refused' }],
  ['live', { order: 'taken', inventory: 'away' }],
  ['order_api_refuses', { order: 'refused', licence: 'taken', orderOfKeyInUse: 'taken' }],
  ['order_api_refuses', { order: 'refused', licence: 'taken', orderOfKeyInUse: 'away' }],
  ['live', { order: 'refused', licence: 'taken', orderOfKeyInUse: 'refused' }],
] as const)('a new key is %s when Rakuten says %p', (finding, verdicts) => {
  expect(findingOf(verdicts)).toBe(finding);
});
