import type { OrderBody } from './order-body';

/** The versions of getOrder that are answered; 1 and 2 are refused (order reference §4). */
export const OLDEST_VERSION = 3;
export const NEWEST_VERSION = 10;

/** The version from which the answer itself names its version. */
export const VERSION_NAMED_SINCE = 6;

/** Fields that a version added, by level (§4). */
const ADDED: readonly { since: number; order?: string[]; parcel?: string[]; item?: string[] }[] = [
  { since: 4, parcel: ['defaultDeliveryCompanyCode'], item: ['isSingleItemShipping'] },
  { since: 5, order: ['receiptIssueCount', 'receiptIssueHistoryList', 'DueDateModelList'] },
  { since: 6, order: ['cautionDisplayDetailType'] },
  { since: 7, item: ['SkuModelList'] },
  { since: 8, order: ['deliveryCertPrgFlag', 'oneDayOperationFlag'] },
  { since: 9, parcel: ['dropOffFlag', 'dropOffLocation'] },
  { since: 10, order: ['socialGiftFlag'], parcel: ['SocialGiftModel'] },
];

/** The last version that has goodsTax and isTaxRecalc. */
const GOODS_TAX_UNTIL = 7;

const without = <T extends object>(value: T, names: readonly string[]): T =>
  names.length === 0
    ? value
    : (Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) as T);

/**
 * An order as a version of getOrder shows it: fields of later versions are left out, what version 8 removed is put in
 * again for older ones. Nothing is added for newer ones, so an imported order comes back as it came in.
 */
export const inVersion = (body: OrderBody, version: number): OrderBody => {
  const later = ADDED.filter(({ since }) => since > version);
  const hidden = (level: 'order' | 'parcel' | 'item'): string[] => later.flatMap((step) => step[level] ?? []);
  const view = without(
    {
      ...body,
      PackageModelList: body.PackageModelList.map((parcel) =>
        without(
          {
            ...parcel,
            ItemModelList: parcel.ItemModelList.map((item) => without(item, hidden('item'))),
          },
          hidden('parcel'),
        ),
      ),
    },
    hidden('order'),
  );
  return version <= GOODS_TAX_UNTIL ? withGoodsTax(view) : view;
};

const withGoodsTax = (body: OrderBody): OrderBody => {
  const taxes = body.PackageModelList.map((parcel) =>
    parcel.ItemModelList.reduce((sum, item) => sum + (item.priceTaxIncl - item.price) * item.units, 0),
  );
  return {
    ...body,
    goodsTax: taxes.reduce((sum, tax) => sum + tax, 0),
    isTaxRecalc: 0,
    PackageModelList: body.PackageModelList.map((parcel, i) => ({ ...parcel, goodsTax: taxes[i] ?? 0 })),
  };
};
