import type { Basket, OrderFacts, OrderLine, ShippingRow } from '../../src/domain/order';

/** A line of an order, three units unless told otherwise. */
export const line = (itemDetailId: string, units = 3): OrderLine => ({
  itemDetailId,
  manageNumber: 'tea',
  variantId: itemDetailId,
  name: 'Green tea',
  units,
});

/** A destination with its lines and the shipping rows that Rakuten shows. */
export const basket = (
  basketId: string,
  lines: readonly OrderLine[] = [line('1')],
  shippingRows: readonly ShippingRow[] = [],
): Basket => ({ basketId, lines, shippingRows });

/** Facts of an order in which nothing is unusual. */
export const facts = (change: Partial<OrderFacts> = {}): OrderFacts => ({
  rakutenStatus: 100,
  orderedAt: '2026-07-01T01:00:00.000Z',
  settlementMethodCode: 1,
  amountsUnfixed: false,
  giftAddressPending: false,
  cancelDueDate: null,
  paymentDueDate: null,
  deliveryDate: null,
  baskets: [basket('10')],
  fingerprints: { address: 'a1' },
  ...change,
});
