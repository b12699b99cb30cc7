import { and, desc, eq, gte, inArray, lt, type SQL } from 'drizzle-orm';
import { auditLog, auditOutcomes } from './access-schema';
import type { Queryable } from './database';

/** What somebody is about to do. Secrets and personal data are masked before they come here: the log is kept for good. */
export type AuditEntry = Omit<typeof auditLog.$inferInsert, 'auditId' | 'at'>;
/** How it ended. */
export type AuditOutcome = Omit<typeof auditOutcomes.$inferInsert, 'auditId' | 'at'>;

/** Writes down what somebody is about to do, before it has any effect. @returns the line's id, for its outcome */
export const beginAudit = async (db: Queryable, entry: AuditEntry): Promise<number> => {
  const [line] = await db.insert(auditLog).values(entry).returning({ auditId: auditLog.auditId });
  if (line === undefined) throw new Error('The audit log took no line');
  return line.auditId;
};

/** Writes down how it ended. */
export const endAudit = async (db: Queryable, auditId: number, outcome: AuditOutcome): Promise<void> => {
  await db.insert(auditOutcomes).values({ auditId, ...outcome });
};

/** Writes down what was done or refused together with how it ended: in the transaction that does it, where there is one. */
export const audit = async (
  db: Queryable,
  { before, after, ...entry }: AuditEntry & Pick<AuditOutcome, 'before' | 'after'>,
  outcome: Pick<AuditOutcome, 'status' | 'code'> = { status: 200 },
): Promise<void> => {
  await endAudit(db, await beginAudit(db, entry), { ...outcome, before, after });
};

/** Which lines of the log are asked for. */
export interface AuditFilter {
  /** Lines of these shops alone; absent: all, and those of no shop. */
  readonly shopIds?: readonly string[];
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** A line of the log with its outcome, whose fields are null when the process died before it. */
export type AuditLine = typeof auditLog.$inferSelect &
  Pick<typeof auditOutcomes.$inferSelect, 'before' | 'after' | 'code'> & { readonly status: number | null };

/** Lines of the audit log, newest first, a page at a time. `before` is the id of the last line that was seen. */
export const listAudit = async (
  db: Queryable,
  { shopIds, actor, action, from, to }: AuditFilter,
  before: number | undefined,
  limit: number,
): Promise<AuditLine[]> => {
  const conditions: (SQL | undefined)[] = [
    before === undefined ? undefined : lt(auditLog.auditId, before),
    shopIds === undefined ? undefined : inArray(auditLog.shopId, [...shopIds]),
    actor === undefined ? undefined : eq(auditLog.actor, actor),
    action === undefined ? undefined : eq(auditLog.action, action),
    from === undefined ? undefined : gte(auditLog.at, from),
    to === undefined ? undefined : lt(auditLog.at, to),
  ];
  const rows = await db
    .select()
    .from(auditLog)
    .leftJoin(auditOutcomes, eq(auditOutcomes.auditId, auditLog.auditId))
    .where(and(...conditions))
    .orderBy(desc(auditLog.auditId))
    .limit(limit);
  return rows.map(({ audit_log: line, audit_outcomes: outcome }) => ({
    ...line,
    status: outcome?.status ?? null,
    code: outcome?.code ?? null,
    before: outcome?.before ?? null,
    after: outcome?.after ?? null,
  }));
};
