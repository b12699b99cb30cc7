import { z } from 'zod';
import { RmsError, type RmsIssue } from './errors';
import { issuesOf } from './parse';
import { isWireDate } from './wire-time';

/** Most order numbers that getOrder, confirmOrder and updateOrderSubStatus take in one call (reference, order API §2). */
export const MAX_ORDERS_PER_CALL = 100;

/**
 * `<shopId>-<yyyymmdd>-<8 to 10 digits>` (reference, order API §4.2). Read a little wider, since the numbers are Rakuten's
 * own: a number that it gave in a search must never be one that we refuse to ask for.
 */
export const orderNumber = z
  .string()
  .regex(
    /^\d{1,12}-\d{8}-\d{1,12}(-[a-z]{1,4})?$/,
    'expected an order number: <shop>-<yyyymmdd>-<8 to 10 digits>',
  );

/** 1–100 order numbers; the caller has dropped repeated ones. */
export const orderNumbers = z.array(orderNumber).min(1).max(MAX_ORDERS_PER_CALL).readonly();

/** A day to be sent. */
export const requestDate = z.string().refine(isWireDate, 'expected a day as YYYY-MM-DD');

/** Text of at most so many characters, counted as people count them. */
export const textUpTo = (characters: number) =>
  z.string().refine((text) => [...text].length <= characters, `expected at most ${characters} characters`);

/** Text that Rakuten limits by its bytes in UTF-8. */
export const bytesUpTo = (bytes: number) =>
  z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= bytes, `expected at most ${bytes} bytes`);

/** Whether an order number is one that Rakuten can know; empty when it is. */
export const checkOrderNumber = (number: string): readonly RmsIssue[] => issuesOf(orderNumber, number);

/**
 * Refuses an input before a call is spent on it.
 * @throws RmsError `invalid_request` when there are issues
 */
export function requireValid(operation: string, issues: readonly RmsIssue[]): void {
  if (issues.length > 0) throw new RmsError({ kind: 'invalid_request', operation, issues });
}
