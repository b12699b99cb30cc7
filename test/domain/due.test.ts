import { priorityOf, workDueAt } from '../../src/domain/order';
import { nextLook } from '../../src/domain/settling';
import { facts } from './facts';

const orderedAt = '2026-11-20T10:00:00+09:00';
const due = (change: Parameters<typeof facts>[0]) => workDueAt(facts({ orderedAt, ...change }));
const endOf = (day: string) => new Date(`${day}T23:59:59.999+09:00`);

describe('work on an order is due', () => {
  it('on the day it would be cancelled or the day it is wanted, whichever comes first, while it is unconfirmed', () => {
    const dates = { rakutenStatus: 100, cancelDueDate: '2026-12-04' };
    expect(due({ ...dates, deliveryDate: null })).toEqual(endOf('2026-12-04'));
    expect(due({ ...dates, deliveryDate: '2026-11-25' })).toEqual(endOf('2026-11-25'));
    expect(due({ ...dates, deliveryDate: '2026-12-24' })).toEqual(endOf('2026-12-04'));
  });

  it('not on the day of cancellation once it is confirmed, which may lie a year ahead', () => {
    const dates = { rakutenStatus: 300, cancelDueDate: '2027-11-20' };
    expect(due({ ...dates, deliveryDate: '2026-11-28' })).toEqual(endOf('2026-11-28'));
    expect(due({ ...dates, deliveryDate: null })).toEqual(new Date('2026-11-23T10:00:00+09:00'));
  });
});

test('the nearer an order is due, the sooner its work has a slot', () => {
  const now = new Date(orderedAt);
  const inHours = (hours: number) => priorityOf(new Date(now.getTime() + hours * 3_600_000), now);
  expect([-5, 0, 1, 2, 24, 25, 72, 73, 10_000].map(inHours)).toEqual([1, 1, 1, 2, 2, 3, 3, 4, 4]);
});

describe('a shipping report that does not show', () => {
  const submittedAt = new Date(orderedAt);
  const looksOf = (requestId: string | null): (number | undefined)[] =>
    [0, 1, 2, 3, 4].map((looks) => {
      const at = nextLook({ submittedAt, requestId, looks }, [60, 300, 900]);
      return at && (at.getTime() - submittedAt.getTime()) / 1000;
    });

  it('is looked for after 1, 5 and 15 minutes when its answer was lost, and then no more', () => {
    expect(looksOf(null)).toEqual([60, 300, 900, undefined, undefined]);
  });

  it('is looked for after ten seconds already when Rakuten took it in', () => {
    expect(looksOf('some-id')).toEqual([10, 60, 300, 900, undefined]);
  });
});
