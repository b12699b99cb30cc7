import { RmsError } from './errors';
import { parseAnswer } from './parse';
import { messageAnswer } from './schemas/messages';
import { CONTENT_TYPE, type RmsConnection, send } from './transport';

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
interface ShippingRowAnswer {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  /** Id of the row, also of one just inserted; null where Rakuten does not tell. */
  readonly shippingDetailId: number | null;
  /** 1-based over all rows of the request; null where Rakuten does not tell. */
  readonly dataNumber: number | null;
}

/** `cancelled`: the order cannot be shipped any more. `refused`: at least one row was; the rows say which and why. */
export interface ShippingAnswer {
  readonly kind: 'reported' | 'cancelled' | 'refused';
  readonly rows: readonly ShippingRowAnswer[];
}

const OPERATION = 'updateOrderShipping';
const CANCELLED = 'ORDER_EXT_API_UPDATE_ORDERSHIPPING_ERROR_102';

const wireRow = ({ delete: remove, ...row }: ShippingRow) => ({
  ...row,
  ...(remove ? { shippingDeleteFlag: 1 } : {}),
});

function toAnswer(rows: readonly ShippingRowAnswer[]): ShippingAnswer {
  const refused = rows.filter(({ type }) => type === 'ERROR');
  if (refused.some(({ code }) => code === CANCELLED)) return { kind: 'cancelled', rows };
  return { kind: refused.length > 0 ? 'refused' : 'reported', rows };
}

/** A refusal of the order API itself is an expected outcome; one of the gateway before it is not. */
function refusedRows(error: unknown): readonly ShippingRowAnswer[] | undefined {
  if (!(error instanceof RmsError) || error.kind !== 'refused') return undefined;
  const codes = error.codes.filter(({ code }) => code.startsWith('ORDER_EXT_API_'));
  if (codes.length === 0) return undefined;
  return codes.map(({ code, message }) => ({
    type: 'ERROR',
    code,
    message,
    shippingDetailId: null,
    dataNumber: null,
  }));
}

/** One message answers one row; where success was said for fewer rows than were sent, the rest is unknown. */
function readRows(json: unknown, { orderNumber, baskets }: ShippingUpdate): ShippingAnswer {
  const origin = { operation: OPERATION, effect: 'write', orderNumber } as const;
  const { MessageModelList } = parseAnswer(messageAnswer, json, origin);
  const answer = toAnswer(
    MessageModelList.map((message) => ({
      type: message.messageType,
      code: message.messageCode,
      message: message.message ?? '',
      shippingDetailId: message.shippingDetailId ?? null,
      dataNumber: message.dataNumber ?? null,
    })),
  );
  const sent = baskets.reduce((count, { rows }) => count + rows.length, 0);
  if (answer.kind === 'reported' && answer.rows.length < sent) {
    const issues = [
      { path: 'MessageModelList', message: `answers ${answer.rows.length} of ${sent} shipping rows` },
    ];
    throw new RmsError({ kind: 'unknown_outcome', operation: OPERATION, orderNumber, issues });
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
  try {
    const json = await send(connection, {
      operation: OPERATION,
      effect: 'write',
      method: 'POST',
      path: '/es/2.0/order/updateOrderShipping/',
      contentType: CONTENT_TYPE.order,
      body: {
        orderNumber: update.orderNumber,
        BasketidModelList: update.baskets.map(({ basketId, rows }) => ({
          basketId,
          ShippingModelList: rows.map(wireRow),
        })),
      },
    });
    return readRows(json, update);
  } catch (error) {
    const rows = refusedRows(error);
    if (rows) return toAnswer(rows);
    throw error;
  }
}
