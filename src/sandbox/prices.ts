import { UNFIXED } from './order-body';

/** A rate of consumption tax in percent. */
export type TaxPercent = 0 | 8 | 10;

/** A priced line: yen as listed, and with tax. */
export interface PricedLine {
  readonly price: number;
  readonly priceTaxIncl: number;
  readonly units: number;
  readonly taxPercent: TaxPercent;
}

/** The postage of a destination, with tax at its rate. */
export interface Postage {
  readonly price: number;
  readonly taxPercent: TaxPercent;
}

/** What an order's amounts are made of; all yen. */
export interface PriceInput {
  /** Lines per destination. */
  readonly parcels: readonly (readonly PricedLine[])[];
  /** Postage of each destination. */
  readonly postage: readonly Postage[];
  readonly wrapping: number;
  readonly cashOnDeliveryFee: number;
  readonly coupon: number;
  readonly points: number;
  /** Whether the postage is still to be fixed by the shop. */
  readonly unfixed: boolean;
}

/** A listed price with tax; fractions of a yen are cut off, as this shop's rounding rule has it. */
export const withTax = (price: number, taxPercent: number, included: boolean): number =>
  included ? price : Math.floor((price * (100 + taxPercent)) / 100);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Splits an amount by weights; what rounding leaves goes to the first. */
const shareOut = (amount: number, weights: readonly number[]): number[] => {
  const whole = sum(weights);
  const shares = weights.map((weight) => (whole === 0 ? 0 : Math.floor((amount * weight) / whole)));
  return shares.map((share, i) => (i === 0 ? share + amount - sum(shares) : share));
};

/**
 * The amounts of an order as Rakuten adds them up (order reference §4.2, §4.3): goodsPrice as listed, totalPrice with tax,
 * requestPrice after coupon and points, tax rounded half up per rate. While the postage is not fixed, what depends on
 * it is -9999.
 */
export const priceOrder = (input: PriceInput) => {
  const listed = input.parcels.map((lines) => sum(lines.map((line) => line.price * line.units)));
  const taxed = input.parcels.map((lines) => sum(lines.map((line) => line.priceTaxIncl * line.units)));
  const postage = sum(input.postage.map(({ price }) => price));
  const totalPrice = sum(taxed) + postage + input.wrapping;
  const fixed = (amount: number): number => (input.unfixed ? UNFIXED : amount);
  return {
    order: {
      goodsPrice: sum(listed) + input.wrapping,
      postagePrice: fixed(postage),
      deliveryPrice: input.cashOnDeliveryFee,
      totalPrice: fixed(totalPrice),
      requestPrice: fixed(totalPrice + input.cashOnDeliveryFee - input.coupon - input.points),
    },
    parcels: input.parcels.map((_, i) => ({
      goodsPrice: listed[i] ?? 0,
      postagePrice: fixed(input.postage[i]?.price ?? 0),
      deliveryPrice: i === 0 ? input.cashOnDeliveryFee : 0,
      totalPrice: fixed((taxed[i] ?? 0) + (input.postage[i]?.price ?? 0)),
    })),
    taxSummary: taxSummary(input, fixed),
  };
};

const taxSummary = (input: PriceInput, fixed: (amount: number) => number) => {
  const lines = input.parcels.flat();
  const taxedAt = (percent: TaxPercent): number =>
    sum(lines.filter((line) => line.taxPercent === percent).map((line) => line.priceTaxIncl * line.units)) +
    sum(input.postage.filter(({ taxPercent }) => taxPercent === percent).map(({ price }) => price));
  const rates = [
    { percent: 10, total: taxedAt(10) + input.wrapping, fee: input.cashOnDeliveryFee },
    { percent: 8, total: taxedAt(8), fee: 0 },
    { percent: 0, total: taxedAt(0), fee: 0 },
  ].filter(({ total, fee }) => total + fee > 0);
  const coupons = shareOut(
    input.coupon,
    rates.map(({ total }) => total),
  );
  return rates.map(({ percent, total, fee }, i) => {
    const couponPrice = coupons[i] ?? 0;
    const reqPrice = total + fee - couponPrice;
    return {
      taxRate: percent / 100,
      reqPrice: fixed(reqPrice),
      reqPriceTax: fixed(Math.round((reqPrice * percent) / (100 + percent))),
      totalPrice: fixed(total),
      paymentCharge: 0,
      couponPrice,
      point: 0,
    };
  });
};
