import { z } from 'zod';
import type { RmsIssue } from './errors';
import { changeOrder, type OrderChangeAnswer } from './order-call';
import { issuesOf } from './parse';
import { orderNumber, requestDate, requireValid, textUpTo } from './request';
import type { RmsConnection } from './transport';

/** What of an order's notes to change; a field that is absent stays as it is (reference, order API §6.3). */
export interface OrderMemo {
  readonly orderNumber: string;
  /** Of the order's present status, from getSubStatusList. */
  readonly subStatusId?: number;
  /** 配送区分: 0 none, 1 normal, 2 chilled, 3 frozen, 4–8 others (reference §4.2). */
  readonly deliveryClass?: number;
  /** お届け日指定, `YYYY-MM-DD` in JST. */
  readonly deliveryDate?: string;
  /** 0 none, 1 午前, 2 午後, 9 その他, or two hours as one number: 1416 is 14 to 16 (reference §4.2). */
  readonly shippingTerm?: number;
  /** ひとことメモ, at most 1000 characters. */
  readonly memo?: string;
  /** 担当者, at most 6 characters. */
  readonly operator?: string;
  /** メール差込文, at most 1024 characters. */
  readonly mailPlugSentence?: string;
}

/** What of an order's remarks to change; at least one field, and one that is absent stays as it is (reference §6.3). */
export interface OrderRemarks {
  readonly orderNumber: string;
  /** Whether the buyer asked for a gift. */
  readonly giftCheck?: 0 | 1;
  /** 備考, at most 4000 characters. It replaces what the buyer wrote. */
  readonly remarks?: string;
}

const NAMED_TERMS: readonly number[] = [0, 1, 2, 9];
const isHour = (hour: number): boolean => hour >= 7 && hour <= 24;
const isShippingTerm = (term: number): boolean =>
  NAMED_TERMS.includes(term) || (isHour(Math.floor(term / 100)) && isHour(term % 100));

const changesSomething = (change: { readonly orderNumber: string }): boolean =>
  Object.entries(change).some(([field, value]) => field !== 'orderNumber' && value !== undefined);
const NOTHING_TO_CHANGE = { error: 'expected at least one field to change' };

const orderMemo = z
  .strictObject({
    orderNumber,
    subStatusId: z.number().int().positive().optional(),
    deliveryClass: z.number().int().min(0).max(8).optional(),
    deliveryDate: requestDate.optional(),
    shippingTerm: z
      .number()
      .int()
      .refine(isShippingTerm, 'expected 0, 1, 2, 9 or two hours from 7 to 24 such as 1416')
      .optional(),
    memo: textUpTo(1000).optional(),
    operator: textUpTo(6).optional(),
    mailPlugSentence: textUpTo(1024).optional(),
  })
  .refine(changesSomething, NOTHING_TO_CHANGE);

const orderRemarks = z
  .strictObject({
    orderNumber,
    giftCheck: z.union([z.literal(0), z.literal(1)]).optional(),
    remarks: textUpTo(4000).optional(),
  })
  .refine(changesSomething, NOTHING_TO_CHANGE);

/** What of a memo Rakuten would refuse; empty when it may be sent (reference §6.3). */
export const checkOrderMemo = (memo: OrderMemo): readonly RmsIssue[] => issuesOf(orderMemo, memo);

/** What of remarks Rakuten would refuse; empty when they may be sent (reference §6.3). */
export const checkOrderRemarks = (remarks: OrderRemarks): readonly RmsIssue[] =>
  issuesOf(orderRemarks, remarks);

/**
 * updateOrderMemo (reference §6.3) for one order. Safe to repeat.
 * @throws RmsError; `unknown_outcome` means that the change may have been made
 */
export async function updateOrderMemo(
  connection: RmsConnection,
  memo: OrderMemo,
): Promise<OrderChangeAnswer> {
  const operation = 'updateOrderMemo';
  requireValid(operation, checkOrderMemo(memo));
  return changeOrder(connection, operation, memo);
}

/**
 * updateOrderRemarks (reference §6.3) for one order. Safe to repeat.
 * @throws RmsError; `unknown_outcome` means that the change may have been made
 */
export async function updateOrderRemarks(
  connection: RmsConnection,
  remarks: OrderRemarks,
): Promise<OrderChangeAnswer> {
  const operation = 'updateOrderRemarks';
  requireValid(operation, checkOrderRemarks(remarks));
  return changeOrder(connection, operation, remarks);
}
