import { z } from 'zod';
import { RmsError, type RmsIssue } from './errors';
import { writeOrder } from './order-call';
import { issuesOf, parseAnswer } from './parse';
import { orderNumber, requestDate, requireValid, textUpTo } from './request';
import { type MessageModel, messageAnswer } from './schemas/messages';
import type { RmsConnection } from './transport';

/**
 * One shipping row to insert, change or delete (reference, order API §6.1). Without `shippingDetailId` a row is
 * inserted, every time: repeat an insert only after a read showed that the row is not there. A field that is absent
 * stays as it is; an empty number or date erases.
 */
export interface ShippingRow {
  readonly shippingDetailId?: number;
  /** A deliveryCompany code, `1001`; Rakuten refuses an empty one. */
  readonly deliveryCompany?: string;
  /** At most 120 characters. */
  readonly shippingNumber?: string;
  /** `YYYY-MM-DD` in JST, may lie ahead. */
  readonly shippingDate?: string;
  readonly delete?: boolean;
}

/** The shipping rows of one order, by its destinations; at most 20 rows per destination. */
export interface ShippingUpdate {
  readonly orderNumber: string;
  readonly baskets: readonly { readonly basketId: number; readonly rows: readonly ShippingRow[] }[];
}

/** What Rakuten says about one row, in the order of the request over all baskets. */
export interface ShippingRowAnswer {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  /** Id of the row, also of one just inserted; null where Rakuten does not tell. */
  readonly shippingDetailId: number | null;
  /** 1-based over all rows of the order; null where Rakuten does not tell. */
  readonly dataNumber: number | null;
}

/** `cancelled`: the order cannot be shipped any more. `refused`: at least one row was; the rows say which and why. */
export interface ShippingAnswer {
  readonly kind: 'reported' | 'cancelled' | 'refused';
  readonly rows: readonly ShippingRowAnswer[];
}

const OPERATION = 'updateOrderShipping';
/** The order is cancelled; the sample is of the single call, the others are read alike. */
const CANCELLED = /UPDATE_?ORDERSHIPPING(_ASYNC)?_ERROR_102$/;

const MAX_ROWS_PER_BASKET = 20;

const detailId = z.number().int().positive().max(999_999_999_999);
const shippingRow = z
  .object({
    shippingDetailId: detailId.optional(),
    deliveryCompany: z
      .string()
      .regex(/^\d{4}$/, 'expected a deliveryCompany code of four digits')
      .optional(),
    shippingNumber: textUpTo(120).optional(),
    shippingDate: z.union([requestDate, z.literal('')]).optional(),
    delete: z.boolean().optional(),
  })
  .refine((row) => !row.delete || row.shippingDetailId !== undefined, {
    path: ['shippingDetailId'],
    error: 'is needed to delete a row',
  })
  .refine(({ shippingDetailId, ...fields }) => Object.values(fields).some((value) => value !== undefined), {
    error: 'expected a company, a number, a date or a deletion',
  });

/** The shipping rows of one order, as they may be sent; a destination comes once. */
export const shippingUpdate = z.object({
  orderNumber,
  baskets: z
    .array(
      z.object({
        basketId: z.number().int().positive().max(9_999_999_999),
        rows: z.array(shippingRow).min(1).max(MAX_ROWS_PER_BASKET).readonly(),
      }),
    )
    .min(1)
    .refine(
      (baskets) => new Set(baskets.map(({ basketId }) => basketId)).size === baskets.length,
      'expected every basketId once',
    )
    .readonly(),
});

/** What of a shipping report Rakuten would refuse; empty when it may be sent (reference §6.1). */
export const checkShippingUpdate = (update: ShippingUpdate): readonly RmsIssue[] =>
  issuesOf(shippingUpdate, update);

const wireRow = ({ delete: remove, ...row }: ShippingRow) => ({
  ...row,
  ...(remove ? { shippingDeleteFlag: 1 } : {}),
});

/** A report in Rakuten's words; `BasketidModelList` is spelt as it is there. */
export const wireUpdate = (update: ShippingUpdate) => ({
  orderNumber: update.orderNumber,
  BasketidModelList: update.baskets.map(({ basketId, rows }) => ({
    basketId,
    ShippingModelList: rows.map(wireRow),
  })),
});

/** A message as the answer of a row. */
export const toRowAnswer = (message: MessageModel): ShippingRowAnswer => ({
  type: message.messageType,
  code: message.messageCode,
  message: message.message ?? '',
  shippingDetailId: message.shippingDetailId ?? null,
  dataNumber: message.dataNumber ?? null,
});

const isRefused = ({ type }: ShippingRowAnswer): boolean => type === 'ERROR';

/** What the answers of an order's rows mean together. */
export function toShippingAnswer(rows: readonly ShippingRowAnswer[]): ShippingAnswer {
  const refused = rows.filter(isRefused);
  if (refused.some(({ code }) => CANCELLED.test(code))) return { kind: 'cancelled', rows };
  return { kind: refused.length > 0 ? 'refused' : 'reported', rows };
}

/** One message answers one row; where success was said for fewer rows than were sent, the rest is unknown. */
function readRows(json: unknown, { orderNumber: number, baskets }: ShippingUpdate): ShippingAnswer {
  const origin = { operation: OPERATION, effect: 'write', orderNumber: number } as const;
  const { MessageModelList } = parseAnswer(messageAnswer, json, origin);
  const answer = toShippingAnswer(MessageModelList.map(toRowAnswer));
  const sent = baskets.reduce((count, { rows }) => count + rows.length, 0);
  if (answer.kind === 'reported' && answer.rows.length < sent) {
    const issues = [
      { path: 'MessageModelList', message: `answers ${answer.rows.length} of ${sent} shipping rows` },
    ];
    throw new RmsError({ ...origin, kind: 'unknown_outcome', issues });
  }
  return answer;
}

/**
 * updateOrderShipping (reference §6.1) for one order. Not safe to repeat blindly: see `ShippingRow`.
 * @throws RmsError; `unknown_outcome` means that rows may have been written
 */
export async function updateOrderShipping(
  connection: RmsConnection,
  update: ShippingUpdate,
): Promise<ShippingAnswer> {
  requireValid(OPERATION, checkShippingUpdate(update));
  return readRows(await writeOrder(connection, OPERATION, wireUpdate(update)), update);
}
