import type { OrderFacts, OrderLine, OrderRef } from '../domain/order';
import { fullName, peopleOf } from '../domain/people';
import type { ShopSettings } from '../domain/settings';
import { chosenShipFrom } from '../domain/ship-from';
import type {
  Customer,
  FulfilmentLine,
  FulfilmentRequest,
  ShipFrom,
  ShipTo,
  Wishes,
} from '../fulfilment/provider';
import type { OrderModel, PackageModel } from '../rms/schemas/order';
import { orderModel } from '../rms/schemas/order';
import type { Queryable } from '../store/database';
import type { OrderRow } from '../store/orders';
import { findShipFrom } from '../store/ship-froms';
import type { PairDemand } from '../store/sku-links';
import type { Situation } from './situation';

/**
 * What a shipping instruction says beside its id: where it is sent from, whose order it is, wishes and destinations, with
 * everything the buyer asked for.
 * @param stored Rakuten's whole answer about the order, as JSON text
 */
export const instructionOf = async (
  db: Queryable,
  { row, shop: { settings }, demand }: Pick<Situation, 'row' | 'shop' | 'demand'>,
  facts: OrderFacts,
  stored: string,
): Promise<Omit<FulfilmentRequest, 'fulfilmentOrderId' | keyof OrderRef>> => {
  const shipFrom = await shipFromOf(db, row, settings);
  const snapshot = orderModel.parse(JSON.parse(stored));
  const customer = customerOf(settings, stored);
  const baskets = facts.baskets.map((basket) => {
    const destination = snapshot.PackageModelList.find((to) => String(to.basketId) === basket.basketId);
    return {
      basketId: basket.basketId,
      ...(destination?.defaultDeliveryCompanyCode ? { carrier: destination.defaultDeliveryCompanyCode } : {}),
      ...(destination === undefined ? {} : { shipTo: shipToOf(destination), ...parcelWishes(destination) }),
      lines: basket.lines.flatMap((line) =>
        toLines(line, demand.get(`${line.manageNumber}/${line.variantId}`)),
      ),
    };
  });
  return {
    ...(shipFrom === undefined ? {} : { shipFrom }),
    ...(customer === undefined ? {} : { customer }),
    wishes: wishesOf(snapshot),
    baskets,
  };
};

const shipFromOf = async (
  db: Queryable,
  { shipFromId: order }: OrderRow,
  { defaultShipFromId }: ShopSettings,
): Promise<ShipFrom | undefined> => {
  const { shipFromId } = chosenShipFrom({ rule: null, order, shop: defaultShipFromId });
  const record = shipFromId === null ? undefined : await findShipFrom(db, shipFromId);
  if (record === undefined) return undefined;
  const { phoneNumber, ...rest } = record;
  return { ...rest, phone: phoneNumber };
};

/** The shop's default customer stands in for every buyer. */
const customerOf = ({ defaultCustomer }: ShopSettings, snapshot: string): Customer | undefined => {
  if (defaultCustomer !== null) return defaultCustomer;
  const { buyer } = peopleOf(snapshot);
  const name = buyer === null ? '' : fullName(buyer);
  return name === '' ? undefined : { name };
};

/** のし and 置き配 of one destination. */
const parcelWishes = ({ noshi, dropOffFlag, dropOffLocation }: PackageModel) => ({
  ...(noshi ? { noshi } : {}),
  ...(dropOffFlag === 1 && dropOffLocation ? { dropOff: dropOffLocation } : {}),
});

const wishesOf = (order: OrderModel): Wishes => {
  const { WrappingModel1, WrappingModel2, deliveryDate, shippingTerm, cautionDisplayType: type } = order;
  const wrapping = [WrappingModel1, WrappingModel2].flatMap((own) =>
    own && own.deleteWrappingFlag !== 1 && own.name ? [own.name] : [],
  );
  const detail = order.cautionDisplayDetailType;
  return {
    ...(order.giftCheckFlag === 1 ? { gift: true } : {}),
    ...(wrapping.length > 0 ? { wrapping } : {}),
    ...(deliveryDate ? { deliveryDate } : {}),
    ...(shippingTerm ? { deliveryTerm: shippingTerm } : {}),
    ...(type ? { caution: { type, ...(detail ? { detail } : {}) } } : {}),
  };
};

const toLines = (line: OrderLine, demand: PairDemand | undefined): FulfilmentLine[] => {
  if (demand === undefined) return [];
  const { skuCode, parts } = demand;
  const plain = parts.length === 1 && parts[0]?.skuCode === skuCode;
  const components = parts.map((part) => ({ skuCode: part.skuCode, units: part.units * line.units }));
  return [{ itemDetailId: line.itemDetailId, skuCode, units: line.units, ...(plain ? {} : { components }) }];
};

const shipToOf = ({ SenderModel: to }: PackageModel): ShipTo => ({
  name: `${to?.familyName ?? ''} ${to?.firstName ?? ''}`.trim(),
  zipCode: `${to?.zipCode1 ?? ''}${to?.zipCode2 ?? ''}`,
  prefecture: to?.prefecture ?? '',
  city: to?.city ?? '',
  subAddress: to?.subAddress ?? '',
  phone: [to?.phoneNumber1, to?.phoneNumber2, to?.phoneNumber3].filter(Boolean).join('-'),
});
