import { and, eq, sql } from 'drizzle-orm';
import type { Queryable } from './database';
import { idempotencyKeys } from './schema';

/** What is known of an `Idempotency-Key`: new, still being answered, answered, or used with another body. */
export type KeyClaim =
  | { readonly kind: 'new' }
  | { readonly kind: 'in_progress' }
  | { readonly kind: 'other_body' }
  | { readonly kind: 'answered'; readonly status: number; readonly sealedResponse: Buffer | null };

/** A claim whose process died is given up after this long, so that the caller can try again. */
const CLAIM_MINUTES = 2;
const KEPT_HOURS = 24;

/** Claims a key for a request; keys older than 24 hours are forgotten first. */
export const claimKey = async (
  db: Queryable,
  scope: string,
  key: string,
  bodyHash: string,
): Promise<KeyClaim> => {
  await db.delete(idempotencyKeys).where(
    sql`${idempotencyKeys.createdAt} < now() - ${KEPT_HOURS} * interval '1 hour'
        or (${idempotencyKeys.status} is null and ${idempotencyKeys.createdAt} < now() - ${CLAIM_MINUTES} * interval '1 minute')`,
  );
  const claimed = await db
    .insert(idempotencyKeys)
    .values({ scope, key, bodyHash })
    .onConflictDoNothing()
    .returning();
  if (claimed.length > 0) return { kind: 'new' };
  const [known] = await db
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.scope, scope), eq(idempotencyKeys.key, key)));
  if (known === undefined) return { kind: 'in_progress' };
  if (known.bodyHash !== bodyHash) return { kind: 'other_body' };
  if (known.status === null) return { kind: 'in_progress' };
  return { kind: 'answered', status: known.status, sealedResponse: known.sealedResponse };
};

/** Keeps the answer that a repeat of this key will get. */
export const keepAnswer = async (
  db: Queryable,
  scope: string,
  key: string,
  answer: { status: number; sealedResponse: Buffer },
): Promise<void> => {
  await db
    .update(idempotencyKeys)
    .set(answer)
    .where(and(eq(idempotencyKeys.scope, scope), eq(idempotencyKeys.key, key)));
};

/** Gives a key back: its request failed on our side and may be tried again. */
export const releaseKey = async (db: Queryable, scope: string, key: string): Promise<void> => {
  await db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.scope, scope), eq(idempotencyKeys.key, key)));
};
