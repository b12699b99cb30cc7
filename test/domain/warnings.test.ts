import { keyWarning, spentSearchRoom } from '../../src/domain/warnings';

const NOW = new Date('2026-07-01T00:00:00Z');
const ago = (days: number) => new Date(NOW.getTime() - days * 86_400_000);

describe('the room of searches', () => {
  it.each([
    ['nothing was searched and nothing is open', undefined, undefined, undefined],
    ['the search came through just now', 0, 10, undefined],
    ['the search is 56 days behind', 56, undefined, undefined],
    [
      'the search is more than 56 days behind',
      57,
      undefined,
      { windowReason: 'window', left: 6, unit: 'days' },
    ],
    [
      'the search is behind by several windows',
      300,
      undefined,
      { windowReason: 'window', left: 0, unit: 'days' },
    ],
    ['the search is 700 days behind', 700, 700, { windowReason: 'reach', left: 30, unit: 'days' }],
    ['the search is behind for ever', 900, undefined, { windowReason: 'reach', left: 0, unit: 'days' }],
    ['an open order is 699 days old', 0, 699, undefined],
    ['an open order is 700 days old', 0, 700, { windowReason: 'open_order', left: 30, unit: 'days' }],
    ['an open order is older than the reach', 57, 731, { windowReason: 'open_order', left: 0, unit: 'days' }],
  ])('when %s', (_, until, oldest, room) => {
    const searched = {
      until: until === undefined ? undefined : ago(until),
      oldestOpen: oldest === undefined ? undefined : ago(oldest),
    };
    expect(spentSearchRoom(searched, NOW)).toEqual(room);
  });
});

describe('the countdown of a key', () => {
  it.each([
    [-31, undefined],
    [-30, { code: 'key_expires_soon', days: 30 }],
    [-1.5, { code: 'key_expires_soon', days: 1 }],
    [-0.5, { code: 'key_expires_soon', days: 0 }],
    [0, { code: 'key_expired', days: 0 }],
    [10, { code: 'key_expired', days: 0 }],
  ])('%d days from its end', (days, expected) => {
    const warning = keyWarning(ago(days), NOW);
    expect(warning && { code: warning.code, days: warning.params.days }).toEqual(expected);
  });
});
