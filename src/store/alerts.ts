import { and, desc, eq, isNotNull, lt, lte, sql } from 'drizzle-orm';
import type { TextCode } from '../domain/texts';
import type { Queryable } from './database';
import { alerts } from './schema';

/** Something that a shop's alert webhook is told of. */
export type Alert = typeof alerts.$inferSelect;

/** An alert to write: a code of the text catalogue with its parameters. No personal data: it leaves the house. */
export interface NewAlert {
  readonly shopId: string;
  readonly orderNumber?: string | undefined;
  readonly code: TextCode;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** How long whoever took an alert has it; a process that dies with it leaves it to the next turn after this. */
const TAKEN_S = 30;
/** The pause after the first attempt that failed; it doubles up to the longest. */
const FIRST_PAUSE_S = 5;
const LONGEST_PAUSE_S = 3_600;
/** Nothing is tried any more so long after it happened. */
const GIVEN_UP_S = 86_400;
const KEPT_DAYS = 30;

/**
 * Writes an alert, to be delivered once this transaction commits; nothing when the shop has no webhook.
 * @returns its id, where it was written
 */
export const addAlert = async (
  db: Queryable,
  { shopId, orderNumber, code, params = {} }: NewAlert,
): Promise<string | undefined> => {
  const { rows } = await db.execute<{ alert_id: string }>(sql`
    insert into alerts (shop_id, order_number, code, params)
    select shop_id, ${orderNumber ?? null}, ${code}, ${JSON.stringify(params)}::jsonb
    from shops where shop_id = ${shopId} and settings ->> 'alertWebhookUrl' is not null
    returning alert_id`);
  return rows[0]?.alert_id;
};

/** Shops that have alerts to deliver now. */
export const shopsWithDueAlerts = async (db: Queryable): Promise<string[]> => {
  const rows = await db
    .selectDistinct({ shopId: alerts.shopId })
    .from(alerts)
    .where(lte(alerts.dueAt, sql`now()`))
    .orderBy(alerts.shopId);
  return rows.map(({ shopId }) => shopId);
};

/** Takes the oldest alert of a shop that is due; whoever takes it delivers it, and says what became of it. */
export const takeDueAlert = async (db: Queryable, shopId: string): Promise<Alert | undefined> => {
  const oldest = db
    .select({ alertId: alerts.alertId })
    .from(alerts)
    .where(and(eq(alerts.shopId, shopId), lte(alerts.dueAt, sql`now()`)))
    .orderBy(alerts.createdAt, alerts.alertId)
    .limit(1)
    .for('update', { skipLocked: true });
  const [taken] = await db
    .update(alerts)
    .set({ attempts: sql`${alerts.attempts} + 1`, dueAt: sql`now() + ${TAKEN_S} * interval '1 second'` })
    .where(eq(alerts.alertId, oldest))
    .returning();
  return taken;
};

/** Whoever took an alert so long ago that another took it since has no say any more. */
const isTaken = ({ alertId, attempts }: Alert) =>
  and(eq(alerts.alertId, alertId), eq(alerts.attempts, attempts), isNotNull(alerts.dueAt));

/** Notes that the webhook took an alert. */
export const markDelivered = async (db: Queryable, alert: Alert): Promise<void> => {
  await db.update(alerts).set({ deliveredAt: sql`now()`, dueAt: null, failure: null }).where(isTaken(alert));
};

/**
 * Notes why an alert was not taken. It is tried again after a pause that doubles each time, and given up when that
 * would be more than a day after it happened. @returns whether it was given up
 */
export const markFailed = async (db: Queryable, alert: Alert, failure: string): Promise<boolean> => {
  const next = sql`now() + least(${FIRST_PAUSE_S} * power(2, least(${alerts.attempts} - 1, 20)), ${LONGEST_PAUSE_S}) * interval '1 second'`;
  const [row] = await db
    .update(alerts)
    .set({
      failure,
      dueAt: sql`case when ${next} <= ${alerts.createdAt} + ${GIVEN_UP_S} * interval '1 second' then ${next} end`,
    })
    .where(isTaken(alert))
    .returning();
  return row !== undefined && row.dueAt === null;
};

/** Gives an alert up at once, since trying again cannot help. */
export const giveUp = async (db: Queryable, alert: Alert, failure: string): Promise<void> => {
  await db.update(alerts).set({ failure, dueAt: null }).where(isTaken(alert));
};

/** Deletes alerts that were delivered more than 30 days ago. @returns how many */
export const forgetDeliveredAlerts = async (db: Queryable): Promise<number> => {
  const { rowCount } = await db
    .delete(alerts)
    .where(lt(alerts.deliveredAt, sql`now() - ${KEPT_DAYS} * interval '1 day'`));
  return rowCount ?? 0;
};

/** Where an alert stands among the newest. */
export interface AlertPosition {
  readonly createdAt: string;
  readonly alertId: string;
}

/** Alerts of a shop, newest first, a page at a time. */
export const listAlerts = (
  db: Queryable,
  shopId: string,
  before: AlertPosition | undefined,
  limit: number,
): Promise<Alert[]> =>
  db
    .select()
    .from(alerts)
    .where(
      and(
        eq(alerts.shopId, shopId),
        before === undefined
          ? undefined
          : sql`(${alerts.createdAt}, ${alerts.alertId}) < (${before.createdAt}::timestamptz, ${before.alertId}::uuid)`,
      ),
    )
    .orderBy(desc(alerts.createdAt), desc(alerts.alertId))
    .limit(limit);
