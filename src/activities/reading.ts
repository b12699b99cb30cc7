import { addressDoubts } from '../domain/addresses';
import { lookupText } from '../domain/lookup';
import type { Basket, OrderFacts } from '../domain/order';
import type { OrderModel, PackageModel } from '../rms/schemas/order';
import { parseWireDatetime } from '../rms/wire-time';
import type { Reading } from '../store/readings';
import type { Vault } from '../store/vault';

/** Rakuten's mark for an amount that is not fixed yet (order reference §4.2). */
const UNFIXED = -9999;
/** What Rakuten writes into the address of a social gift until the receiver has entered theirs (order reference §4.2). */
const GIFT_PLACEHOLDER = '入力待ち';
/** `orderType` of 予約 (order reference §4.2). */
const PREORDER = 6;
/** Delivery methods that bring nothing to an address (order reference §4.2, DeliveryModel). */
const FETCHED: readonly string[] = [
  'コンビニ受取',
  'ロッカー受取',
  '店頭受取',
  '郵便局受取',
  '発送を伴わない',
];

/**
 * Splits Rakuten's order into the facts that decisions need and the sealed rest. Deleted lines and destinations are
 * left out. Field groups that matter to the warehouse become keyed hashes, so that a change is seen without storing
 * an address in the clear.
 */
export const toReading = (order: OrderModel, raw: unknown, vault: Vault): Reading => ({
  facts: toFacts(order, vault),
  snapshot: JSON.stringify(raw),
  lookups: lookupsOf(order, vault),
});

const livePackages = (order: OrderModel): PackageModel[] =>
  order.PackageModelList.filter((destination) => destination.packageDeleteFlag !== 1);

const toFacts = (order: OrderModel, vault: Vault): OrderFacts => ({
  rakutenStatus: order.orderProgress,
  orderedAt: parseWireDatetime(order.orderDatetime).toISOString(),
  settlementMethodCode: order.SettlementModel?.settlementMethodCode ?? null,
  amountsUnfixed: amountsOf(order).includes(UNFIXED),
  giftAddressPending: livePackages(order).some(awaitsGiftAddress),
  cancelDueDate: order.cancelDueDate ?? null,
  paymentDueDate: lastDueDate(order),
  deliveryDate: order.deliveryDate ?? null,
  fixedAt: instantOf(order.orderFixDatetime),
  confirmedAt: instantOf(order.shopOrderCfmDatetime),
  oneDayOperation: order.oneDayOperationFlag === 1,
  preorder: order.orderType === PREORDER,
  reserveNumber: order.reserveNumber || null,
  addressDoubts: doubtsOf(order),
  baskets: livePackages(order).map(toBasket),
  fingerprints: fingerprintsOf(order, vault),
});

const instantOf = (datetime: string | null | undefined): string | null =>
  datetime === null || datetime === undefined ? null : parseWireDatetime(datetime).toISOString();

/** Doubts about any destination. A parcel that is fetched, or never sent, needs no address of the buyer's. */
const doubtsOf = (order: OrderModel): string[] => {
  const fetched = FETCHED.includes(order.DeliveryModel?.deliveryName ?? '');
  const known = livePackages(order).filter((destination) => !awaitsGiftAddress(destination));
  const doubts = known.flatMap(({ SenderModel: sender, DeliveryCvsModel: store }) =>
    sender ? addressDoubts(sender, fetched || (store !== null && store !== undefined)) : [],
  );
  return [...new Set(doubts)];
};

const amountsOf = (order: OrderModel): (number | null | undefined)[] => [
  order.postagePrice,
  order.deliveryPrice,
  order.paymentCharge,
  order.totalPrice,
  order.requestPrice,
  order.additionalFeeOccurAmountToUser,
  ...livePackages(order).flatMap((destination) => [destination.postagePrice, destination.deliveryPrice]),
];

const awaitsGiftAddress = ({ SocialGiftModel: gift, SenderModel: sender }: PackageModel): boolean =>
  (gift !== null && gift !== undefined && gift.inputFlag === 0) ||
  sender?.city === GIFT_PLACEHOLDER ||
  sender?.familyName === GIFT_PLACEHOLDER;

/** New due dates are appended, so the last of type 0 (支払い期限日) counts. */
const lastDueDate = (order: OrderModel): string | null =>
  (order.DueDateModelList ?? []).filter((due) => due.dueDateType === 0).at(-1)?.dueDate ?? null;

/** `inventoryType` of an item whose options have stock of their own (order reference §4.2). */
const OPTION_STOCK = 2;

/**
 * What names the SKU within its item. An order from before the SKU project has none (inventory reference §5): there the
 * option stands at the end of its itemNumber (商品番号 + 横軸 + 縦軸), and a plain item needs no name.
 */
const variantOf = ({
  SkuModelList,
  inventoryType,
  itemNumber,
}: PackageModel['ItemModelList'][number]): string =>
  SkuModelList?.[0]?.variantId || (inventoryType === OPTION_STOCK ? (itemNumber ?? '') : '');

const toBasket = (destination: PackageModel): Basket => ({
  basketId: String(destination.basketId),
  lines: destination.ItemModelList.filter((item) => item.deleteItemFlag !== 1).map((item) => ({
    itemDetailId: String(item.itemDetailId),
    manageNumber: (item.manageNumber ?? '').toLowerCase(),
    variantId: variantOf(item),
    name: item.itemName ?? '',
    units: item.units,
  })),
  shippingRows: (destination.ShippingModelList ?? []).map((row) => ({
    shippingDetailId: String(row.shippingDetailId),
    carrier: row.deliveryCompany ?? null,
    trackingNumber: row.shippingNumber ?? null,
    shippedOn: row.shippingDate ?? null,
  })),
});

/** Field groups by the name that a person reads when one of them changed. */
const GROUPS: Readonly<Record<string, (order: OrderModel) => unknown>> = {
  address: (order) => livePackages(order).map((to) => [to.basketId, to.SenderModel, to.DeliveryCvsModel]),
  lines: (order) =>
    livePackages(order).map((to) => [
      to.basketId,
      to.ItemModelList.filter((item) => item.deleteItemFlag !== 1).map((item) => [
        item.itemDetailId,
        item.manageNumber,
        item.SkuModelList,
        item.units,
        item.selectedChoice,
      ]),
    ]),
  delivery: (order) => [
    order.DeliveryModel,
    order.deliveryDate,
    order.shippingTerm || null,
    livePackages(order).map((to) => [to.dropOffFlag, to.dropOffLocation]),
  ],
  wrapping: (order) => [
    order.giftCheckFlag,
    order.WrappingModel1,
    order.WrappingModel2,
    livePackages(order).map((to) => to.noshi),
  ],
  remarks: (order) => order.remarks,
};

const fingerprintsOf = (order: OrderModel, vault: Vault): Record<string, string> =>
  Object.fromEntries(
    Object.entries(GROUPS).map(([name, pick]) => [name, vault.fingerprint(canonical(pick(order)))]),
  );

/** JSON with keys in order and `null` like absent: the order of keys on the wire is no change. */
const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, field]) => field !== null && field !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );

const lookupsOf = (order: OrderModel, vault: Vault): string[] => {
  const people = [order.OrdererModel, ...livePackages(order).map((to) => to.SenderModel)];
  const texts = people.flatMap((person) =>
    person === null || person === undefined
      ? []
      : [
          `${person.familyName ?? ''}${person.firstName ?? ''}`,
          `${person.phoneNumber1 ?? ''}${person.phoneNumber2 ?? ''}${person.phoneNumber3 ?? ''}`,
        ],
  );
  const wanted = [...texts, order.OrdererModel?.emailAddress ?? ''].map(lookupText);
  return [...new Set(wanted.filter((text) => text !== ''))].map((text) => vault.fingerprint(text));
};
