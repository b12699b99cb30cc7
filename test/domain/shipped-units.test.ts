import type { Parcel } from '../../src/domain/shipping';
import { coversAll, unitsShipped } from '../../src/domain/shipping';
import { basket, line } from './facts';

const parcel = (basketId: string, lines?: Parcel['lines']): Parcel => ({
  ...{ basketId, carrier: '1001', trackingNumber: 'A', shippedOn: '2026-07-02' },
  ...(lines === undefined ? {} : { lines }),
});
const one = basket('10', [line('1', 3), line('2', 1)]);
const two = basket('20', [line('3', 1)]);

test('a parcel without lines carries its whole basket and nothing of another', () => {
  expect(unitsShipped(one, [parcel('10')])).toEqual(
    new Map([
      ['1', 3],
      ['2', 1],
    ]),
  );
  expect(unitsShipped(one, [parcel('20')])).toEqual(
    new Map([
      ['1', 0],
      ['2', 0],
    ]),
  );
});

test('named units add up over parcels, and never to more than was ordered', () => {
  const part = parcel('10', [{ itemDetailId: '1', units: 2 }]);
  expect(unitsShipped(one, [part]).get('1')).toBe(2);
  expect(unitsShipped(one, [part, part]).get('1')).toBe(3);
});

test('one of two destinations is not all', () => {
  expect(coversAll([one, two], [parcel('10')])).toBe(false);
  expect(coversAll([one, two], [parcel('10'), parcel('20')])).toBe(true);
});

test('one of three units is not all', () => {
  const first = parcel('10', [{ itemDetailId: '1', units: 3 }]);
  expect(coversAll([one], [first])).toBe(false);
  expect(coversAll([one], [first, parcel('10', [{ itemDetailId: '2', units: 1 }])])).toBe(true);
});

test('no parcel is not all, even of a destination without lines', () => {
  expect(coversAll([basket('10', [])], [])).toBe(false);
});
