import fc from 'fast-check';
import type { DeadlineCode, DeadlineInput } from '../../src/domain/deadlines';
import {
  DEADLINE_CODES,
  deadlinesOf,
  deliveryConflict,
  nextInstant,
  noticesDue,
} from '../../src/domain/deadlines';
import type { OrderFacts } from '../../src/domain/order';
import { facts } from './facts';
import { calendar } from './shop-calendar';

const at = (text: string): Date => new Date(`${text}+09:00`);
const endOf = (day: string): Date => at(`${day}T23:59:59.999`);
/** Placed on a Wednesday at ten in the morning. */
const placed = (change: Partial<OrderFacts> = {}): OrderFacts =>
  facts({ orderedAt: at('2026-07-01T10:00:00').toISOString(), ...change });
const input = (change: Partial<OrderFacts> = {}, rest: Partial<DeadlineInput> = {}): DeadlineInput => ({
  facts: placed(change),
  calendar: calendar(),
  allParcelsKnown: false,
  reported: null,
  parcelLeftSince: null,
  ...rest,
});
const find = (code: DeadlineCode, ...args: Parameters<typeof input>) =>
  deadlinesOf(input(...args)).find((deadline) => deadline.code === code);

describe('an unconfirmed order', () => {
  it('has to be confirmed on the day Rakuten would cancel it, told three days before', () => {
    expect(find('confirm_by', { cancelDueDate: '2026-07-15' })).toEqual({
      code: 'confirm_by',
      at: endOf('2026-07-15'),
      warnAt: endOf('2026-07-12'),
    });
  });

  it('has fourteen days where Rakuten names none, counted in Japan', () => {
    const nearMidnight = at('2026-07-02T00:30:00').toISOString();
    expect(find('confirm_by', { orderedAt: nearMidnight })?.at).toEqual(endOf('2026-07-16'));
  });

  it.each([200, 300, 500, 900])('and at %p nothing has to be confirmed', (rakutenStatus) => {
    expect(find('confirm_by', { rakutenStatus, cancelDueDate: '2027-07-01' })).toBeUndefined();
  });
});

test('a payment is due on its day until Rakuten has the money, told one day before', () => {
  const paymentDueDate = '2026-07-08';
  const due = { code: 'pay_by', at: endOf('2026-07-08'), warnAt: endOf('2026-07-07') };
  expect(find('pay_by', { rakutenStatus: 100, paymentDueDate })).toEqual(due);
  expect(find('pay_by', { rakutenStatus: 200, paymentDueDate })).toEqual(due);
  expect(find('pay_by', { rakutenStatus: 300, paymentDueDate })).toBeUndefined();
  expect(find('pay_by', { rakutenStatus: 200 })).toBeUndefined();
});

describe('an order ships by', () => {
  const paid = { rakutenStatus: 300 };

  it('the lead time after the working day it counts for, in danger from the cut-off on', () => {
    expect(find('ship_by', paid)).toEqual({
      code: 'ship_by',
      at: endOf('2026-07-02'),
      warnAt: at('2026-07-02T12:00:00'),
    });
  });

  it('a day later when it came in after the cut-off, and not on a closed day', () => {
    const orderedAt = at('2026-07-02T12:00:00').toISOString();
    expect(find('ship_by', { ...paid, orderedAt })?.at).toEqual(endOf('2026-07-06'));
  });

  it('counted from when Rakuten fixed it', () => {
    const fixedAt = at('2026-07-03T09:00:00').toISOString();
    expect(find('ship_by', { ...paid, fixedAt })?.at).toEqual(endOf('2026-07-06'));
  });

  it('the day it counts for when the buyer was promised shipment on the day of the order', () => {
    expect(find('ship_by', { ...paid, oneDayOperation: true })?.at).toEqual(endOf('2026-07-01'));
  });

  it('the last working day from which it comes on the wished day', () => {
    expect(find('ship_by', { ...paid, deliveryDate: '2026-07-10' })?.at).toEqual(endOf('2026-07-09'));
    expect(find('ship_by', { ...paid, deliveryDate: '2026-07-13' })?.at).toEqual(endOf('2026-07-10'));
    const slow = { calendar: calendar({ transitDays: 3 }) };
    expect(find('ship_by', { ...paid, deliveryDate: '2026-07-23' }, slow)?.at).toEqual(endOf('2026-07-17'));
  });

  it('no day when it is a reservation without a wished day', () => {
    expect(find('ship_by', { ...paid, preorder: true })).toBeUndefined();
    expect(find('ship_by', { ...paid, preorder: true, deliveryDate: '2026-07-10' })).toBeDefined();
  });

  it('without a warning where the cut-off of that day had passed before it came in', () => {
    const orderedAt = at('2026-07-09T15:00:00').toISOString();
    const due = find('ship_by', { ...paid, orderedAt, deliveryDate: '2026-07-10' });
    expect(due).toEqual({ code: 'ship_by', at: endOf('2026-07-09') });
  });

  it('no day any more once all its parcels are known or it is closed', () => {
    expect(find('ship_by', paid, { allParcelsKnown: true })).toBeUndefined();
    expect(find('ship_by', { rakutenStatus: 500 })).toBeUndefined();
    expect(find('ship_by', { rakutenStatus: 900 })).toBeUndefined();
  });

  it('no day when the shop has none left', () => {
    const closedDays = Array.from({ length: 400 }, (_, days) =>
      new Date(Date.UTC(2026, 5, 25 + days)).toISOString().slice(0, 10),
    );
    expect(find('ship_by', paid, { calendar: calendar({ closedDays }) })).toBeUndefined();
  });
});

describe('an order whose parcels are all reported', () => {
  const lastReportedAt = at('2026-07-02T18:00:00');
  const closing = (lastShippedOn: string, reportedAt = lastReportedAt) =>
    find(
      'close_by',
      { rakutenStatus: 300 },
      { allParcelsKnown: true, reported: { lastShippedOn, lastReportedAt: reportedAt } },
    );

  it('is closed by Rakuten in the night after the day it ships', () => {
    expect(closing('2026-07-02')).toEqual({ code: 'close_by', at: at('2026-07-03T06:00:00') });
    expect(closing('2026-07-06')?.at).toEqual(at('2026-07-07T06:00:00'));
  });

  it('or in the night after it was reported, when that was later', () => {
    expect(closing('2026-06-30')?.at).toEqual(at('2026-07-03T06:00:00'));
    expect(closing('2026-06-30', at('2026-07-03T00:10:00'))?.at).toEqual(at('2026-07-04T06:00:00'));
  });

  it('has nothing to wait for while a parcel is open or once it is closed', () => {
    const reported = { lastShippedOn: '2026-07-02', lastReportedAt };
    expect(find('close_by', { rakutenStatus: 300 }, { reported })).toBeUndefined();
    expect(find('close_by', { rakutenStatus: 300 }, { allParcelsKnown: true })).toBeUndefined();
    expect(find('close_by', { rakutenStatus: 500 }, { allParcelsKnown: true, reported })).toBeUndefined();
  });
});

test('a person has a day to say what happens with a parcel that left a cancelled order', () => {
  const parcelLeftSince = at('2026-07-02T18:00:00');
  expect(deadlinesOf(input({ rakutenStatus: 900 }, { parcelLeftSince }))).toEqual([
    { code: 'answer_by', at: at('2026-07-03T18:00:00') },
  ]);
});

describe('a wished day cannot be met', () => {
  const conflict = (orderedAt: string, deliveryDate: string | null) =>
    deliveryConflict(placed({ orderedAt: at(orderedAt).toISOString(), deliveryDate }), calendar());

  it('when the parcel would have to leave before the day of the order', () => {
    expect(conflict('2026-07-01T13:00:00', '2026-07-01')).toBe('2026-07-01');
    expect(conflict('2026-07-04T10:00:00', '2026-07-06')).toBe('2026-07-06');
  });

  it('but can when it leaves on the very day it counts for', () => {
    expect(conflict('2026-07-01T10:00:00', '2026-07-02')).toBeUndefined();
    expect(conflict('2026-07-01T13:00:00', '2026-07-03')).toBeUndefined();
    expect(conflict('2026-07-01T13:00:00', null)).toBeUndefined();
  });

  it('however late Rakuten fixed it: being late is no conflict', () => {
    const late = placed({ deliveryDate: '2026-07-02', fixedAt: at('2026-07-08T10:00:00').toISOString() });
    expect(deliveryConflict(late, calendar())).toBeUndefined();
  });
});

describe('whatever the order', () => {
  const days = fc
    .integer({ min: 0, max: 60 })
    .map((n) => new Date(Date.UTC(2026, 6, 1 + n)).toISOString().slice(0, 10));
  const instants = fc.date({
    min: at('2026-06-25T00:00:00'),
    max: at('2026-10-01T00:00:00'),
    noInvalidDate: true,
  });
  const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
  const inputs = fc
    .record({
      facts: fc.record({
        rakutenStatus: fc.constantFrom(100, 200, 300, 400, 500, 600, 700, 800, 900),
        orderedAt: instants.map((instant) => instant.toISOString()),
        fixedAt: maybe(instants.map((instant) => instant.toISOString())),
        cancelDueDate: maybe(days),
        paymentDueDate: maybe(days),
        deliveryDate: maybe(days),
        oneDayOperation: fc.boolean(),
        preorder: fc.boolean(),
      }),
      allParcelsKnown: fc.boolean(),
      reported: maybe(fc.record({ lastShippedOn: days, lastReportedAt: instants })),
      parcelLeftSince: maybe(instants),
    })
    .map(({ facts: change, ...rest }) => input(change, rest));

  it('each deadline stands there once, the nearest first, and warns before it passes', () => {
    fc.assert(
      fc.property(inputs, (order) => {
        const deadlines = deadlinesOf(order);
        const times = deadlines.map((deadline) => deadline.at.getTime());
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(new Set(deadlines.map(({ code }) => code)).size).toBe(deadlines.length);
        for (const deadline of deadlines) {
          expect(DEADLINE_CODES).toContain(deadline.code);
          expect((deadline.warnAt ?? new Date(0)) < deadline.at).toBe(true);
        }
      }),
    );
  });

  it('one timer for the nearest instant misses nothing: until it rings there is nothing new to tell, then there is', () => {
    fc.assert(
      fc.property(inputs, instants, (order, start) => {
        const deadlines = deadlinesOf(order);
        let now = start;
        for (let next = nextInstant(deadlines, now); next !== undefined; next = nextInstant(deadlines, now)) {
          expect(next > now).toBe(true);
          const justBefore = new Date(next.getTime() - 1);
          expect(noticesDue(deadlines, justBefore)).toEqual(noticesDue(deadlines, now));
          expect(noticesDue(deadlines, next)).not.toEqual(noticesDue(deadlines, now));
          now = next;
        }
        expect(noticesDue(deadlines, now).map(({ kind }) => kind)).toEqual(deadlines.map(() => 'missed'));
      }),
    );
  });
});
