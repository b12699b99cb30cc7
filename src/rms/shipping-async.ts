import { z } from 'zod';
import { RmsError, type RmsIssue } from './errors';
import { callOrderApi, isError, refusalOf, writeOrder } from './order-call';
import { issuesOf, parseAnswer } from './parse';
import { MAX_ORDERS_PER_CALL, requireValid } from './request';
import { type MessageModel, submissionAnswer, submissionResultAnswer } from './schemas/messages';
import {
  type ShippingAnswer,
  type ShippingRowAnswer,
  type ShippingUpdate,
  shippingUpdate,
  toRowAnswer,
  toShippingAnswer,
  wireUpdate,
} from './shipping';
import type { RmsConnection } from './transport';

/** What Rakuten took in of an asynchronous report. */
export interface ShippingSubmission {
  /** What to ask the result for; undefined when Rakuten took in NOTHING of the call, not even the orders it did not refuse. */
  readonly requestId: string | undefined;
  /** The orders that were refused, each by itself; the others are under way where there is a requestId. */
  readonly refused: ReadonlyMap<string, ShippingAnswer>;
  /** Refusals that name no order. */
  readonly general: readonly ShippingRowAnswer[];
}

/**
 * What became of an asynchronous report. `pending`: no result yet, or no result any more (kept 30 days), or an unknown
 * id; Rakuten does not tell these apart, so poll with a deadline. In `done` an order that is absent has no answer: read it.
 */
export type ShippingResult =
  | { readonly kind: 'pending' }
  | { readonly kind: 'done'; readonly answers: ReadonlyMap<string, ShippingAnswer> };

const submission = z
  .array(shippingUpdate)
  .min(1)
  .max(MAX_ORDERS_PER_CALL)
  .refine(
    (updates) => new Set(updates.map(({ orderNumber }) => orderNumber)).size === updates.length,
    'expected every order once',
  );

/** `<uuid>_<yyyyMMddHHmmss>` (reference §6.1); read a little wider, since it is Rakuten's own. */
const requestIdForm = z.string().regex(/^[\w-]{1,128}$/, 'expected a requestId as Rakuten gave it');

/** What of an asynchronous report Rakuten would refuse; empty when it may be sent (reference §2, §6.1). */
const checkShippingSubmission = (updates: readonly ShippingUpdate[]): readonly RmsIssue[] =>
  issuesOf(submission, updates);

/** Whether a requestId can be one of Rakuten's; empty when it can. */
export const checkRequestId = (requestId: string): readonly RmsIssue[] => issuesOf(requestIdForm, requestId);

const byOrder = (messages: readonly MessageModel[]): ReadonlyMap<string, ShippingAnswer> => {
  const rows = new Map<string, ShippingRowAnswer[]>();
  for (const message of messages)
    if (message.orderNumber)
      rows.set(message.orderNumber, [...(rows.get(message.orderNumber) ?? []), toRowAnswer(message)]);
  return new Map([...rows].map(([number, own]) => [number, toShippingAnswer(own)] as const));
};

/**
 * updateOrderShippingAsync (reference §6.1) for 1–100 orders, each once. An answer that is lost has lost its requestId,
 * and its rows appear later: see `unknown_outcome` below.
 * @throws RmsError; `unknown_outcome` means that all of it may be carried out, now or minutes later
 */
export async function updateOrderShippingAsync(
  connection: RmsConnection,
  updates: readonly ShippingUpdate[],
): Promise<ShippingSubmission> {
  const operation = 'updateOrderShippingAsync';
  requireValid(operation, checkShippingSubmission(updates));
  const json = await writeOrder(connection, operation, { OrderShippingModelList: updates.map(wireUpdate) });
  const answer = parseAnswer(submissionAnswer, json, { operation, effect: 'write' });
  const messages = answer.MessageModelList;
  const requestId =
    [answer, ...messages].map((part) => part.requestId).find((id) => id != null && id !== '') ?? undefined;
  const errors = messages.filter(isError);
  if (requestId === undefined && errors.length === 0) {
    const issues = [{ path: 'requestId', message: 'is missing, and nothing was refused' }];
    throw new RmsError({ kind: 'unknown_outcome', operation, issues });
  }
  const general = errors.filter(({ orderNumber }) => !orderNumber).map(toRowAnswer);
  return { requestId, refused: byOrder(errors), general };
}

/**
 * getResultUpdateOrderShippingAsync (reference §6.1): per order what the single call would have said; `dataNumber` counts
 * within the order.
 * @throws RmsError
 */
export async function getResultUpdateOrderShippingAsync(
  connection: RmsConnection,
  requestId: string,
): Promise<ShippingResult> {
  const operation = 'getResultUpdateOrderShippingAsync';
  requireValid(operation, checkRequestId(requestId));
  const json = await callOrderApi(connection, operation, 'read', { requestId });
  const results = parseAnswer(submissionResultAnswer, json, {
    operation,
    effect: 'read',
  }).ResultShippingModelList.map(({ orderNumber, MessageModelList }) => ({
    orderNumber,
    messages: MessageModelList ?? [],
  }));
  const general = results.filter(({ orderNumber }) => !orderNumber).flatMap(({ messages }) => messages);
  if (general.some(isError)) throw refusalOf(operation, general.filter(isError));
  const answers = results.flatMap(({ orderNumber, messages }) =>
    orderNumber && messages.length > 0
      ? [[orderNumber, toShippingAnswer(messages.map(toRowAnswer))] as const]
      : [],
  );
  return answers.length > 0 ? { kind: 'done', answers: new Map(answers) } : { kind: 'pending' };
}
