import type { SQL, SQLWrapper } from 'drizzle-orm';
import { asc, eq, inArray, lte, sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import { traceparent } from '../trace-context';
import type { Database, Queryable, Transaction } from './database';
import { outbox } from './schema';

/** The channel on which a waiting drainer hears of new messages when their transaction commits. */
export const OUTBOX_CHANNEL = 'okuri_outbox';

/**
 * What a message asks for: an order's workflow to be started or woken; the workflow of what comes after an order's end;
 * a shop's Schedule to be made to agree with its settings; its keys to be looked after; its stock to be compared with
 * Rakuten's; its items to be read.
 */
type OutboxKind = (typeof outbox.$inferSelect)['kind'];

/** A message for Temporal. Delivering it twice must do no more than delivering it once. */
export interface OutboxMessage {
  readonly messageId: number;
  readonly kind: OutboxKind;
  readonly shopId: string;
  readonly orderNumber: string | null;
  /** The trace that it belongs to, where there is one. */
  readonly traceparent: string | null;
}

/** A statement takes 65,535 parameters at most. */
const ROWS_PER_INSERT = 5_000;

/**
 * Writes messages with this insert, which gives a row for each, and tells whoever drains.
 * @returns how many there are
 */
const post = async (db: Queryable, insert: SQLWrapper): Promise<number> => {
  const { rows } = await db.execute<{ messages: number }>(sql`
    with message as ${insert}
    select count(*)::int as messages, pg_notify(${OUTBOX_CHANNEL}, '') from message`);
  return rows[0]?.messages ?? 0;
};

type Asked = Pick<OutboxMessage, 'kind' | 'shopId'> & Partial<OrderRef>;

const ask = async (db: Queryable, ...messages: readonly Asked[]): Promise<void> => {
  const rows = messages.map((message) => ({ ...message, traceparent: traceparent() }));
  await post(db, db.insert(outbox).values(rows).returning({ messageId: outbox.messageId }));
};

/** Asks for these orders' workflows to be started or woken, once this transaction commits. */
export const wakeOrders = async (db: Queryable, refs: readonly OrderRef[]): Promise<void> => {
  const messages = refs.map(
    ({ shopId, orderNumber }) => ({ kind: 'order.wake', shopId, orderNumber }) as const,
  );
  for (let at = 0; at < messages.length; at += ROWS_PER_INSERT)
    await ask(db, ...messages.slice(at, at + ROWS_PER_INSERT));
};

/** Asks for the workflow of what comes after an order's end, once this transaction commits. */
export const wakeAfter = async (db: Queryable, ref: OrderRef): Promise<void> => {
  const { shopId, orderNumber } = ref;
  await ask(db, { kind: 'order.after', shopId, orderNumber });
};

/** Asks for the workflows of all open orders of a shop to be woken, the oldest first. @returns how many there are */
export const wakeOpenOrders = (db: Queryable, shopId: string): Promise<number> =>
  post(
    db,
    sql`(insert into outbox (kind, shop_id, order_number, traceparent)
    select 'order.wake', shop_id, order_number, ${traceparent()} from orders
    where shop_id = ${shopId} and finished_at is null order by ordered_at nulls last, order_number
    returning message_id)`,
  );

/** How fast many orders are woken: so many at once, then again so many after each pause. */
export interface Pace {
  readonly orders: number;
  readonly everySeconds: number;
}

/** When a shop goes on: two full batches of Rakuten's a second, so that the limit has work. */
export const USUAL_PACE: Pace = { orders: 200, everySeconds: 1 };

/** Asks for the open orders that match to be woken, the most urgent first and at a pace. @returns how many there are */
export const wakeAtPace = (
  db: Queryable,
  matching: SQL,
  { orders, everySeconds }: Pace = USUAL_PACE,
): Promise<number> =>
  post(
    db,
    sql`(insert into outbox (kind, shop_id, order_number, traceparent, due_at)
    select 'order.wake', shop_id, order_number, ${traceparent()},
      now() + (row_number() over by_urgency - 1) / ${orders}::int * ${everySeconds}::float8 * interval '1 second'
    from orders where finished_at is null and ${matching}
    window by_urgency as (order by due_at nulls last, ordered_at nulls last, order_number)
    order by 5 returning message_id)`,
  );

/**
 * Asks for the parked orders of a shop to be woken, the most urgent first and at a pace. Those that a stop switch
 * parked are woken when it is lifted, at the pace that was asked for then. @returns how many there are
 */
export const wakeParkedOrders = (db: Queryable, shopId: string): Promise<number> =>
  wakeAtPace(db, sql`shop_id = ${shopId} and parked is not null and parked <> 'stopped'`);

/** Asks for the shop's Temporal Schedule to be made to agree with its settings. */
export const refreshSchedule = (db: Queryable, shopId: string): Promise<void> =>
  ask(db, { kind: 'shop.schedule', shopId });

/** Asks for a shop to be synchronised now, and not when its Schedule comes round. */
export const askForSync = (db: Queryable, shopId: string): Promise<void> =>
  ask(db, { kind: 'shop.sync', shopId });

/** Asks for the keys of a shop to be looked after: for the workflow that does so to be started or told to look. */
export const askForKeys = (db: Queryable, shopId: string): Promise<void> =>
  ask(db, { kind: 'shop.credentials', shopId });

/** Asks for what a shop lists to be read. */
export const askForListings = (db: Queryable, shopId: string): Promise<void> =>
  ask(db, { kind: 'listings.read', shopId });

/** Asks for a shop's stock to be compared with Rakuten's, once this transaction commits. */
export const askForReconciliation = (db: Queryable, shopId: string): Promise<void> =>
  ask(db, { kind: 'stock.reconcile', shopId });

/**
 * Takes up to `limit` messages that are due, oldest first, hands them to `deliver`, and deletes those it reports as delivered.
 * Several drainers share the work; a drainer that dies gives its messages back.
 * @returns how many messages were taken and how many delivered
 */
export const drainOutbox = (
  db: Database,
  limit: number,
  deliver: (messages: readonly OutboxMessage[], tx: Transaction) => Promise<readonly number[]>,
): Promise<{ taken: number; delivered: number }> =>
  db.transaction(async (tx) => {
    const messages = await tx
      .select()
      .from(outbox)
      .where(lte(outbox.dueAt, sql`now()`))
      .orderBy(asc(outbox.dueAt), asc(outbox.messageId))
      .limit(limit)
      .for('update', { skipLocked: true });
    if (messages.length === 0) return { taken: 0, delivered: 0 };
    const delivered = await deliver(messages, tx);
    if (delivered.length > 0) await tx.delete(outbox).where(inArray(outbox.messageId, [...delivered]));
    return { taken: messages.length, delivered: delivered.length };
  });

/** How many messages wait, for metrics and tests. */
export const outboxDepth = async (db: Queryable): Promise<number> => db.$count(outbox, eq(sql`1`, 1));

/** For how many seconds the oldest message that is due has waited; undefined when none waits. */
export const oldestWaiting = async (db: Queryable): Promise<number | undefined> => {
  const { rows } = await db.execute<{ seconds: number | null }>(
    sql`select extract(epoch from now() - min(due_at))::float8 as seconds from outbox where due_at <= now()`,
  );
  return rows[0]?.seconds ?? undefined;
};
