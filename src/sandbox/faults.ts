import type { Db } from './books';
import type { Answer } from './rms-call';

/** What can go wrong on request: before the handler runs, or after its work is committed. */
export const FAULT_KINDS = [
  'lost_answer_after_commit',
  'lost_before_commit',
  'http_503_html',
  'http_500',
  'conflict_409',
  'cut_json',
  'slow',
  'unauthorised',
] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault that waits for its requests. */
export interface Fault {
  /** The operation's name, or `*` for all. */
  readonly operation: string;
  readonly kind: FaultKind;
  /** How many more requests it hits. */
  readonly times: number;
  /** For `slow`: how long the request waits before it is handled. */
  readonly delayMs: number;
  /** Only requests that name this order; null: all. */
  readonly orderNumber: string | null;
}

/** A maintenance or overload page: what the order API answers with 503 is not public and may be HTML (order reference §10). */
export const UNAVAILABLE: Answer = {
  status: 503,
  body: '<html><head><title>503 Service Temporarily Unavailable</title></head><body><h1>503 Service Temporarily Unavailable</h1></body></html>',
};

/** Faults that answer instead of the handler; `unauthorised` is answered in the words of the function's own gateway. */
export const FAULT_ANSWERS: Partial<Record<FaultKind, Answer>> = {
  http_503_html: UNAVAILABLE,
  http_500: {
    status: 500,
    body: { errors: [{ code: 'X0000', message: 'An unexpected error has occurred' }] },
  },
  conflict_409: {
    status: 409,
    body: {
      errors: [
        {
          code: 'CE0001',
          message:
            'Your request could not be processed due to a conflict with another process. Please try again after a short while.',
        },
      ],
    },
  },
};

const COLUMNS = `operation, kind, times_left AS "times", delay_ms AS "delayMs", order_number AS "orderNumber"`;

/** Arms a fault. */
export const addFault = async (db: Db, fault: Fault): Promise<void> => {
  await db.query(
    'INSERT INTO faults (operation, kind, times_left, delay_ms, order_number) VALUES ($1, $2, $3, $4, $5)',
    [fault.operation, fault.kind, fault.times, fault.delayMs, fault.orderNumber],
  );
};

/** The armed faults, oldest first. */
export const listFaults = async (db: Db): Promise<Fault[]> =>
  (await db.query<Fault>(`SELECT ${COLUMNS} FROM faults WHERE times_left > 0 ORDER BY id`)).rows;

/** Disarms all faults. */
export const clearFaults = async (db: Db): Promise<void> => {
  await db.query('DELETE FROM faults');
};

/** The oldest armed fault that fits this request, used once; undefined when none fits. `text` is the request's raw body and path. */
export const useFault = async (db: Db, operation: string, text: string): Promise<Fault | undefined> =>
  (
    await db.query<Fault>(
      `UPDATE faults SET times_left = times_left - 1
       WHERE id = (SELECT id FROM faults WHERE times_left > 0 AND operation IN ($1, '*')
                     AND (order_number IS NULL OR position(order_number IN $2) > 0)
                   ORDER BY id LIMIT 1 FOR UPDATE)
       RETURNING ${COLUMNS}`,
      [operation, text],
    )
  ).rows[0];
