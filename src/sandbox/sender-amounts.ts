import { isObject } from './json';
import { type OrderBody, type PackageBody, UNFIXED } from './order-body';
import { type PricedLine, priceOrder, type TaxPercent } from './prices';

const percentOf = (rate: unknown): TaxPercent => {
  const percent = Math.round(Number(rate) * 100);
  return percent === 8 || percent === 0 ? percent : 10;
};

const numberOf = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0);

const wrappingPrice = (wrapping: unknown): number =>
  isObject(wrapping) && wrapping.deleteWrappingFlag !== 1 ? numberOf(wrapping.price) : 0;

const linesOf = (parcel: PackageBody): PricedLine[] =>
  parcel.ItemModelList.filter((line) => line.deleteItemFlag !== 1).map((line) => ({
    price: line.price,
    priceTaxIncl: line.priceTaxIncl,
    units: line.units,
    taxPercent: percentOf(line.taxRate),
  }));

/**
 * Adds an order's amounts up anew after its lines, postage or fees have changed (order reference §4.3). They are -9999
 * as long as one destination's postage is.
 */
export const recompute = (body: OrderBody): void => {
  const parcels = body.PackageModelList.filter((parcel) => parcel.packageDeleteFlag !== 1);
  const amounts = priceOrder({
    parcels: parcels.map(linesOf),
    postage: parcels.map((parcel) => ({
      price: numberOf(parcel.postagePrice),
      taxPercent: percentOf(parcel.postageTaxRate),
    })),
    wrapping: wrappingPrice(body.WrappingModel1) + wrappingPrice(body.WrappingModel2),
    cashOnDeliveryFee: parcels.reduce((sum, parcel) => sum + numberOf(parcel.deliveryPrice), 0),
    coupon: numberOf(body.couponAllTotalPrice),
    points: isObject(body.PointModel) ? numberOf(body.PointModel.usedPoint) : 0,
    unfixed: parcels.some((parcel) => parcel.postagePrice === UNFIXED || parcel.deliveryPrice === UNFIXED),
  });
  const fees = numberOf(body.paymentCharge) + numberOf(body.additionalFeeOccurAmountToUser);
  const { requestPrice } = amounts.order;
  Object.assign(body, amounts.order, {
    requestPrice: requestPrice === UNFIXED ? UNFIXED : requestPrice + fees,
    TaxSummaryModelList: amounts.taxSummary,
  });
  for (const [i, parcel] of parcels.entries()) {
    const { goodsPrice, totalPrice } = amounts.parcels[i] ?? {};
    Object.assign(parcel, { goodsPrice, totalPrice });
  }
};
