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

/** Writes down what Okuri did by itself or carried to its end, in the transaction that does it. */
export const audit = async (
  db: Queryable,
  { before, after, ...entry }: AuditEntry & Pick<AuditOutcome, 'before' | 'after'>,
): Promise<void> => {
  await endAudit(db, await beginAudit(db, entry), { status: 200, before, after });
};
