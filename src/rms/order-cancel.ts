import { z } from 'zod';
import type { RmsIssue } from './errors';
import { changeOrder, type OrderChangeAnswer } from './order-call';
import { issuesOf } from './parse';
import { orderNumber, requireValid } from './request';
import type { RmsConnection } from './transport';

/** What becomes of the stock: 商品設定に合わせる, 在庫連動する, 在庫連動しない (reference, order API §6.4). */
const INVENTORY_RESTORE = { as_item_says: 0, restore: 1, keep: 2 } as const;

/** changeReasonDetailApply by who causes the cancellation (reference §6.4). */
const REASON = {
  customer: {
    cancelled: 1,
    returned: 2,
    long_absent: 3,
    unpaid: 4,
    cash_on_delivery_refused: 5,
    other: 6,
  },
  shop: {
    out_of_stock: 8,
    other: 10,
    shipping_delay: 13,
    caution_display: 14,
    faulty_or_wrong_item: 15,
  },
} as const;

type Reasons = typeof REASON;

const namesOf = <T extends object>(table: T) => Object.keys(table) as (keyof T)[];
const REASONS: readonly CancelReason[] = [
  ...namesOf(REASON.customer).map((reason) => ({ by: 'customer', reason }) as const),
  ...namesOf(REASON.shop).map((reason) => ({ by: 'shop', reason }) as const),
];

/** Why an order is cancelled, by who causes it. It counts for the shop's record at Rakuten, so it must be true. */
type CancelReason = {
  readonly [By in keyof Reasons]: { readonly by: By; readonly reason: keyof Reasons[By] };
}[keyof Reasons];

/** Rakuten's code of a reason as the reason it stands for; undefined for a code that Rakuten does not have. */
export const reasonOfCode = (code: number): CancelReason | undefined =>
  REASONS.find((because) => codeOf(because) === code);

/** An order to be cancelled. */
export interface OrderCancellation {
  readonly orderNumber: string;
  /** What becomes of the stock at Rakuten. */
  readonly inventory: keyof typeof INVENTORY_RESTORE;
  readonly because: CancelReason;
}

const codeOf = (because: CancelReason): number =>
  because.by === 'customer' ? REASON.customer[because.reason] : REASON.shop[because.reason];

const keysOf = (table: Readonly<Record<string, number>>) => z.enum(Object.keys(table));

const cancellation = z.strictObject({
  orderNumber,
  inventory: keysOf(INVENTORY_RESTORE),
  because: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('customer'), reason: keysOf(REASON.customer) }),
    z.strictObject({ by: z.literal('shop'), reason: keysOf(REASON.shop) }),
  ]),
});

/** What of a cancellation Rakuten would refuse; empty when it may be sent (reference §6.4). */
export const checkCancellation = (input: OrderCancellation): readonly RmsIssue[] =>
  issuesOf(cancellation, input);

async function cancel(connection: RmsConnection, operation: string, input: OrderCancellation) {
  requireValid(operation, checkCancellation(input));
  const body = {
    orderNumber: input.orderNumber,
    inventoryRestoreType: INVENTORY_RESTORE[input.inventory],
    changeReasonDetailApply: codeOf(input.because),
  };
  return changeOrder(connection, operation, body);
}

/**
 * cancelOrder (reference §2 and §6.4) for one order in 100, 200 or 300. `done` is an application: read the order for
 * 900. A registered shipping date blocks it: delete the date first. Whether a second cancellation is refused is not
 * documented, so read the order before repeating.
 * @throws RmsError; `unknown_outcome` means that the order may be cancelled
 */
export const cancelOrder = (
  connection: RmsConnection,
  input: OrderCancellation,
): Promise<OrderChangeAnswer> => cancel(connection, 'cancelOrder', input);

/**
 * cancelOrderAfterShipping (reference §2 and §6.4) for one order in 500 to 800: applies and fixes in one go, so only once
 * the goods are back. Its own fields are not public beyond the heading that it shares with cancelOrder, so it is sent in
 * the same form.
 * @throws RmsError; `unknown_outcome` means that the order may be cancelled
 */
export const cancelOrderAfterShipping = (
  connection: RmsConnection,
  input: OrderCancellation,
): Promise<OrderChangeAnswer> => cancel(connection, 'cancelOrderAfterShipping', input);
