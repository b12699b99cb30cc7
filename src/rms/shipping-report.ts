import { RmsError } from './errors';
import { Again, type Operation, type Said } from './operation';
import type { SubmissionJournal } from './ports';
import { MAX_ORDERS_PER_CALL } from './request';
import {
  checkShippingUpdate,
  type ShippingAnswer,
  type ShippingUpdate,
  updateOrderShipping,
} from './shipping';
import { type ShippingSubmission, updateOrderShippingAsync } from './shipping-async';
import type { RmsConnection } from './transport';

/**
 * What became of a shipping report. `submitted`: Rakuten took it in and carries it out later; ask for the result under
 * this requestId, or read the order.
 */
export type ShippingReport = ShippingAnswer | { readonly kind: 'submitted'; readonly requestId: string };

/** A report that waits for its turn. `submits`: how often it went out in a call of which Rakuten took in nothing. */
export interface PendingReport {
  readonly update: ShippingUpdate;
  readonly submits: number;
}

/** From so many on the asynchronous call saves more tokens than looking for its rows later costs. */
const ASYNC_FROM = 5;
/** A call of which nothing was taken in is made again without the orders to blame, so often at most. */
const MOST_SUBMITS = 3;

/** How long a shop that is refused the asynchronous call is served by the single one, which more shops have ticked. */
const WITHOUT_ASYNC_MS = 60 * 60_000;

/** Errors after which it is sure that Rakuten took in nothing. */
const isSure = (error: unknown): boolean => !(error instanceof RmsError) || error.kind !== 'unknown_outcome';

async function one(connection: RmsConnection, { update }: PendingReport) {
  return new Map([[update.orderNumber, await updateOrderShipping(connection, update)] as const]);
}

/**
 * Reports many orders in one asynchronous call. It is written down before it leaves, because an answer that is lost has
 * lost its requestId too (reference, order API §6.1).
 */
async function many(
  connection: RmsConnection,
  pending: readonly PendingReport[],
  shopId: string,
  journal: SubmissionJournal,
): Promise<ReadonlyMap<string, Said<PendingReport, ShippingReport>>> {
  const orderNumbers = pending.map(({ update }) => update.orderNumber);
  const submissionId = await journal.begin(shopId, orderNumbers);
  const submission = await updateOrderShippingAsync(
    connection,
    pending.map(({ update }) => update),
  ).catch(async (error: unknown) => {
    if (isSure(error)) await journal.dropped(submissionId, orderNumbers);
    throw error;
  });
  const { requestId, refused } = submission;
  const taken = requestId === undefined ? [] : orderNumbers.filter((number) => !refused.has(number));
  const dropped = orderNumbers.filter((number) => !taken.includes(number));
  if (requestId !== undefined) await journal.accepted(submissionId, requestId, taken);
  if (dropped.length > 0) await journal.dropped(submissionId, dropped);
  return new Map(pending.map((report) => [report.update.orderNumber, saidOf(report, submission)] as const));
}

function saidOf(
  { update, submits }: PendingReport,
  { requestId, refused, general }: ShippingSubmission,
): Said<PendingReport, ShippingReport> {
  const own = refused.get(update.orderNumber);
  if (own !== undefined) return own;
  if (requestId !== undefined) return { kind: 'submitted', requestId };
  // Nothing was taken in because of others: without them it may go through.
  if (submits + 1 < MOST_SUBMITS && refused.size > 0) return new Again({ update, submits: submits + 1 });
  const codes = general.map(({ code, message }) => ({ code, message }));
  return new RmsError({
    kind: 'refused',
    operation: 'updateOrderShippingAsync',
    codes,
    orderNumber: update.orderNumber,
  });
}

/**
 * Shipping reports: the single call while few wait, the asynchronous one for up to a hundred orders when many do. Two
 * reports about one order never share a call. Without a journal there is no asynchronous call, and for a while none
 * after it was refused: it may not be ticked. `now`: milliseconds since the epoch.
 */
export const shippingReports = (
  shopId: string,
  journal: SubmissionJournal | undefined,
  now: () => number,
): Operation<PendingReport, ShippingReport> => {
  let withoutUntil = Number.NEGATIVE_INFINITY;
  const orderByOrder = (pending: readonly PendingReport[]) => (error: unknown) => {
    if (!(error instanceof RmsError) || error.advice !== 'wait_for_key') throw error;
    withoutUntil = now() + WITHOUT_ASYNC_MS;
    return new Map(pending.map((report) => [report.update.orderNumber, new Again(report, error)] as const));
  };
  return operationOf({
    mayBeAsync: () => journal !== undefined && now() >= withoutUntil,
    many: async (connection, pending) =>
      journal === undefined
        ? new Map()
        : many(connection, pending, shopId, journal).catch(orderByOrder(pending)),
  });
};

interface Ways {
  readonly mayBeAsync: () => boolean;
  readonly many: Operation<PendingReport, ShippingReport>['send'];
}

const operationOf = ({ mayBeAsync, many: together }: Ways): Operation<PendingReport, ShippingReport> => ({
  name: 'updateOrderShipping',
  family: 'order',
  effect: 'write',
  limit: 1,
  key: ({ update }) => update.orderNumber,
  duplicates: 'separate',
  splits: () => false,
  check: ({ update }) => checkShippingUpdate(update),
  orderNumbers: ({ update }) => [update.orderNumber],
  form: (waiting) =>
    !mayBeAsync() || waiting < ASYNC_FROM
      ? { name: 'updateOrderShipping', limit: 1 }
      : { name: 'updateOrderShippingAsync', limit: MAX_ORDERS_PER_CALL },
  send: async (connection, pending) => {
    const [first, ...others] = pending;
    return first !== undefined && others.length === 0
      ? one(connection, first)
      : together(connection, pending);
  },
});
