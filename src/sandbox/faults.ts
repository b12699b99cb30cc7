import type { Books, Db } from './books';
import type { Answer } from './rms-call';

/** What can go wrong on request: before the handler runs, in its answer, or after its work is committed. */
export const FAULT_KINDS = [
  'lost_answer_after_commit',
  'lost_before_commit',
  'http_503_html',
  'http_500',
  'conflict_409',
  'cut_json',
  'slow',
  'unauthorised',
  'retry_after',
  'maintenance',
  'read_only',
  'shifting_pages',
  'duplicate_rows',
  'partial_answer',
  'html_200',
  'reset',
  'refused',
] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What some kinds can be told besides. */
interface FaultOptions {
  /** For `retry_after`: the status, and the seconds of its header. */
  readonly status: 429 | 503;
  readonly retryAfterSeconds: number;
  /** For `shifting_pages`: whether an order leaves the result or enters it. */
  readonly shift: 'leave' | 'enter';
  /** For `reset`: where the connection breaks. */
  readonly resetAt: 'headers' | 'body';
  /** For `lost_answer_after_commit`: how long the caller is kept waiting after the commit, unless it goes before. */
  readonly holdMs: number;
}

/** A fault that waits for its requests. */
export interface Fault extends FaultOptions {
  /** The operation's name, or `*` for all. */
  readonly operation: string;
  readonly kind: FaultKind;
  /** How many more requests it hits. `maintenance` and `read_only` last until they are disarmed, whatever this says. */
  readonly times: number;
  /** How many requests that fit it lets pass before. */
  readonly skip: number;
  /** How long a request that is hit waits before anything else happens. */
  readonly delayMs: number;
  /** Only requests that name this order; null: all. */
  readonly orderNumber: string | null;
  /** Only requests of this shop; null: of all. */
  readonly shopCode: string | null;
}

/** A maintenance or overload page: what the order API answers with 503 is not public and may be HTML (order reference §10). */
export const UNAVAILABLE: Answer = {
  status: 503,
  body: '<html><head><title>503 Service Temporarily Unavailable</title></head><body><h1>503 Service Temporarily Unavailable</h1></body></html>',
};

const LASTING: readonly FaultKind[] = ['maintenance', 'read_only'];

const COLUMNS = `operation, kind, times_left AS "times", skip_left AS "skip", delay_ms AS "delayMs",
  order_number AS "orderNumber", shop_code AS "shopCode", options`;

type FaultRow = Omit<Fault, keyof FaultOptions> & { options: Partial<FaultOptions> };

const DEFAULTS: FaultOptions = {
  status: 503,
  retryAfterSeconds: 5,
  shift: 'leave',
  resetAt: 'body',
  holdMs: 0,
};

const fromRow = ({ options, ...fault }: FaultRow): Fault => ({ ...DEFAULTS, ...options, ...fault });

/** Arms a fault. */
export const addFault = async (db: Db, fault: Fault): Promise<void> => {
  const { operation, kind, times, skip, delayMs, orderNumber, shopCode, ...options } = fault;
  await db.query(
    `INSERT INTO faults (operation, kind, times_left, skip_left, delay_ms, order_number, shop_code, options)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [operation, kind, times, skip, delayMs, orderNumber, shopCode, JSON.stringify(options)],
  );
};

/** The armed faults, oldest first. */
export const listFaults = async (db: Db): Promise<Fault[]> =>
  (await db.query<FaultRow>(`SELECT ${COLUMNS} FROM faults WHERE times_left > 0 ORDER BY id`)).rows.map(
    fromRow,
  );

/** Disarms the faults of one kind, or all. */
export const clearFaults = async (db: Db, kind: FaultKind | undefined): Promise<void> => {
  await db.query('DELETE FROM faults WHERE $1::text IS NULL OR kind = $1', [kind ?? null]);
};

/** The request that a fault is sought for. */
export interface FaultTarget {
  readonly operation: string;
  readonly shopCode: string;
  /** The raw path and body, in which a fault's order number is looked for. */
  readonly text: string;
  /** Kinds that cannot happen to this request, such as repeated rows on a first page. */
  readonly impossible: readonly FaultKind[];
}

const FITTING = `FROM faults
  WHERE times_left > 0 AND operation IN ($1, '*') AND (shop_code IS NULL OR shop_code = $2)
    AND (order_number IS NULL OR position(order_number IN $3) > 0) AND kind <> ALL($4)`;

/**
 * The oldest armed fault that fits this request and has nothing more to skip, used once; undefined when there is none.
 * Older ones that fit have one request less to skip. Its locks end with it.
 */
export const useFault = async (
  books: Books,
  { operation, shopCode, text, impossible }: FaultTarget,
): Promise<Fault | undefined> => {
  const values = [operation, shopCode, text, impossible];
  // Nearly every request meets no fault at all, and is not to pay for a transaction.
  const { rowCount } = await books.query(`SELECT ${FITTING} LIMIT 1`, values);
  if (rowCount === 0) return undefined;
  return books.transaction(async (db) => {
    const { rows } = await db.query<FaultRow & { id: string }>(
      `SELECT id, ${COLUMNS} ${FITTING} ORDER BY id FOR UPDATE`,
      values,
    );
    const index = rows.findIndex(({ skip }) => skip === 0);
    const passed = index < 0 ? rows : rows.slice(0, index);
    await db.query('UPDATE faults SET skip_left = skip_left - 1 WHERE id = ANY($1)', [
      passed.map(({ id }) => id),
    ]);
    const hit = rows[index];
    if (hit === undefined) return undefined;
    const { id, ...fault } = hit;
    const used = LASTING.includes(fault.kind) ? 0 : 1;
    await db.query('UPDATE faults SET times_left = times_left - $2 WHERE id = $1', [id, used]);
    return fromRow({ ...fault, times: fault.times - used });
  });
};
