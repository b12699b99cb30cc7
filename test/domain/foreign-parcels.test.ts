import type { ShippingRow } from '../../src/domain/order';
import { foreignParcels } from '../../src/domain/shipping';
import { basket, facts, line } from './facts';

const TODAY = '2026-11-22';
const row = (changes: Partial<ShippingRow> = {}): ShippingRow => ({
  shippingDetailId: '1',
  carrier: '1001',
  trackingNumber: '400000000001',
  shippedOn: TODAY,
  ...changes,
});
const order = (rakutenStatus: number, ...shippingRows: ShippingRow[]) =>
  facts({ rakutenStatus, baskets: [basket('7', [line('1')], shippingRows)] });
const found = (
  shown: ReturnType<typeof order>,
  known: { basketId: string; trackingNumber: string }[] = [],
  instructed = false,
) =>
  foreignParcels(shown, known, { today: TODAY, instructed, before: null }).map(
    (parcel) => parcel.trackingNumber,
  );

describe('a parcel that somebody registered at Rakuten', () => {
  it('is taken over when it has a number that we do not know, whatever the status', () => {
    expect(found(order(300, row()))).toEqual(['400000000001']);
    expect(found(order(100, row({ shippedOn: null })))).toEqual(['400000000001']);
    expect(found(order(300, row()), [{ basketId: '7', trackingNumber: '400000000001' }])).toEqual([]);
    expect(found(order(300, row()), [{ basketId: '8', trackingNumber: '400000000001' }])).toEqual([
      '400000000001',
    ]);
  });

  it.each([
    ['lies ahead', order(300, row({ trackingNumber: null, shippedOn: '2026-11-23' })), false],
    ['is registered before Rakuten waits for the shipment', order(200, row({ trackingNumber: null })), false],
    ['has no date', order(300, row({ trackingNumber: null, shippedOn: null })), false],
    ['stands beside an instruction of ours', order(300, row({ trackingNumber: null })), true],
  ])('without a number is no parcel when it %s', (_why, shown, instructed) => {
    expect(found(shown, [], instructed)).toEqual([]);
  });

  it('without a number is a parcel from its date on when nobody here was told to ship', () => {
    expect(found(order(300, row({ trackingNumber: null })))).toEqual(['']);
    expect(
      found(order(300, row({ trackingNumber: '' })), [{ basketId: '7', trackingNumber: '400000000009' }]),
    ).toEqual([]);
  });

  it.each([
    ['shows another number than it did', '1', [{ corrects: '400000000001', lines: [] }]],
    ['stands beside the row of that parcel', '2', [{}]],
  ])('is the known one, corrected, only where its row %s', (_why, shippingDetailId, wanted) => {
    const known = [{ basketId: '7', trackingNumber: '400000000001' }];
    const shown = order(300, row({ shippingDetailId, trackingNumber: '400000000002' }));
    const added = foreignParcels(shown, known, { today: TODAY, instructed: true, before: order(300, row()) });
    expect(added.map(({ corrects, lines }) => ({ corrects, lines }))).toEqual(wanted);
  });

  it('is no correction of a number that another row still shows', () => {
    const known = [{ basketId: '7', trackingNumber: '400000000001' }];
    const second = { shippingDetailId: '2' };
    const before = order(300, row(), row(second));
    const shown = order(300, row(), row({ ...second, trackingNumber: '400000000002' }));
    const [added] = foreignParcels(shown, known, { today: TODAY, instructed: true, before });
    expect(added).not.toHaveProperty('corrects');
  });

  it('is no correction of a number that was not known here', () => {
    const shown = order(300, row({ trackingNumber: '400000000002' }));
    const context = { today: TODAY, instructed: true, before: order(300, row()) };
    expect(foreignParcels(shown, [], context)[0]).not.toHaveProperty('corrects');
  });
});
