import fc from 'fast-check';
import type { ShippingRow } from '../../src/domain/order';
import type { Parcel, RowChange } from '../../src/domain/shipping';
import { planShippingRows } from '../../src/domain/shipping';
import { basket, line } from './facts';

const parcel = (trackingNumber: string, change: Partial<Parcel> = {}): Parcel => ({
  basketId: '10',
  carrier: '1001',
  trackingNumber,
  shippedOn: '2026-07-02',
  ...change,
});
const row = (shippingDetailId: string, trackingNumber: string | null, change: Partial<ShippingRow> = {}) => ({
  shippingDetailId,
  carrier: '1001',
  trackingNumber,
  shippedOn: '2026-07-02',
  ...change,
});
const plan = (rows: readonly ShippingRow[], parcels: readonly Parcel[]): RowChange[] =>
  planShippingRows(basket('10', [line('1')], rows), parcels);

test('a parcel that Rakuten does not show is inserted', () => {
  expect(plan([], [parcel('A')])).toEqual([{ op: 'insert', parcel: parcel('A') }]);
});

test('a parcel that Rakuten shows needs nothing', () => {
  expect(plan([row('1', 'A')], [parcel('A')])).toEqual([]);
});

test.each([
  ['carrier', { carrier: '1002' }],
  ['date', { shippedOn: null }],
])('a row with another %s is corrected, not doubled', (_field, change) => {
  expect(plan([row('1', 'A', change)], [parcel('A')])).toEqual([
    { op: 'update', shippingDetailId: '1', parcel: parcel('A') },
  ]);
});

test.each([null, ''])('a row registered beforehand without a number (%p) is filled in', (blank) => {
  expect(plan([row('1', blank)], [parcel('A')])).toEqual([
    { op: 'update', shippingDetailId: '1', parcel: parcel('A') },
  ]);
});

test('further rows of the same number are deleted, and the complete one stays', () => {
  expect(plan([row('1', 'A', { carrier: null }), row('2', 'A'), row('3', 'A')], [parcel('A')])).toEqual([
    { op: 'delete', shippingDetailId: '3' },
    { op: 'delete', shippingDetailId: '1' },
  ]);
});

test('rows of other parcels and parcels of other baskets are left alone', () => {
  expect(plan([row('1', 'Z')], [parcel('B', { basketId: '20' })])).toEqual([]);
  expect(plan([row('1', 'Z')], [parcel('A')])).toEqual([{ op: 'insert', parcel: parcel('A') }]);
});

/** What Rakuten does with the changes: an insert makes a row every time (order reference §6.1). */
const apply = (rows: readonly ShippingRow[], changes: readonly RowChange[], call = 1): ShippingRow[] => {
  const after = new Map(rows.map((own) => [own.shippingDetailId, own]));
  for (const [index, change] of changes.entries()) {
    if (change.op === 'delete') after.delete(change.shippingDetailId);
    else {
      const shippingDetailId = change.op === 'insert' ? `${call}/${index}` : change.shippingDetailId;
      const { carrier, trackingNumber, shippedOn } = change.parcel;
      after.set(shippingDetailId, { shippingDetailId, carrier, trackingNumber, shippedOn });
    }
  }
  return [...after.values()];
};

const rowsOf = fc
  .array(
    fc.record({
      carrier: fc.constantFrom(null, '1001', '1002'),
      trackingNumber: fc.constantFrom(null, '', 'A', 'B', 'C', 'Z'),
      shippedOn: fc.constantFrom(null, '2026-07-02', '2026-07-03'),
    }),
    { maxLength: 8 },
  )
  .map((rows) => rows.map((own, index) => ({ shippingDetailId: `${index}`, ...own })));
const parcelsOf = fc.uniqueArray(
  fc.constantFrom('A', 'B', 'C').map((number) => parcel(number)),
  {
    selector: ({ trackingNumber }) => trackingNumber,
  },
);

test('whatever Rakuten shows: after the plan each parcel has one complete row, strangers stay, nothing is left to do', () => {
  fc.assert(
    fc.property(rowsOf, parcelsOf, (rows, parcels) => {
      const after = apply(rows, plan(rows, parcels));
      for (const { trackingNumber, carrier, shippedOn } of parcels)
        expect(after.filter((own) => own.trackingNumber === trackingNumber)).toEqual([
          expect.objectContaining({ carrier, shippedOn }),
        ]);
      const ours = new Set<string | null>([null, '', ...parcels.map((own) => own.trackingNumber)]);
      const strangers = rows.filter((own) => !ours.has(own.trackingNumber));
      expect(after).toEqual(expect.arrayContaining(strangers));
      expect(plan(after, parcels)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('a plan that was carried out in part is finished by the next one', () => {
  fc.assert(
    fc.property(rowsOf, parcelsOf, fc.nat(8), (rows, parcels, done) => {
      const half = apply(rows, plan(rows, parcels).slice(0, done));
      const after = apply(half, plan(half, parcels), 2);
      expect(plan(after, parcels)).toEqual([]);
      for (const { trackingNumber } of parcels)
        expect(after.filter((own) => own.trackingNumber === trackingNumber)).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});
