import { and, eq, sql } from 'drizzle-orm';
import type { Database, Queryable, Transaction } from './database';
import { isDead } from './presence';
import { idempotencyKeys } from './schema';

/** What is known of an `Idempotency-Key`: new, still being answered, answered, or used with another body. */
export type KeyClaim =
  | { readonly kind: 'new' }
  | { readonly kind: 'in_progress' }
  | { readonly kind: 'other_body' }
  | { readonly kind: 'answered'; readonly status: number; readonly sealedResponse: Buffer | null };

/** A request that is to be answered once. */
export interface KeyedRequest {
  /** Who asks for what: the same key elsewhere is another key. */
  readonly scope: string;
  readonly key: string;
  readonly bodyHash: string;
  /** The process that would answer it, by its presence; null: one that shows none. */
  readonly holder: string | null;
}

/** A claim whose process shows no presence, or is stuck, is given up after this long. */
const CLAIM_MINUTES = 2;
const KEPT_HOURS = 24;

const of = ({ scope, key }: Pick<KeyedRequest, 'scope' | 'key'>) =>
  and(eq(idempotencyKeys.scope, scope), eq(idempotencyKeys.key, key));

/**
 * Claims a key for a request; keys older than 24 hours are forgotten first. A key whose process died without an answer
 * is new again at once.
 */
export const claimKey = async (db: Database, request: KeyedRequest): Promise<KeyClaim> => {
  await db.delete(idempotencyKeys).where(
    sql`${idempotencyKeys.createdAt} < now() - ${KEPT_HOURS} * interval '1 hour'
        or (${idempotencyKeys.status} is null and ${idempotencyKeys.createdAt} < now() - ${CLAIM_MINUTES} * interval '1 minute')`,
  );
  const claimed = await db.insert(idempotencyKeys).values(request).onConflictDoNothing().returning();
  if (claimed.length > 0) return { kind: 'new' };
  return db.transaction((tx) => claimKnown(tx, request));
};

const claimKnown = async (tx: Transaction, request: KeyedRequest): Promise<KeyClaim> => {
  const [known] = await tx.select().from(idempotencyKeys).where(of(request)).for('update');
  if (known === undefined) return { kind: 'in_progress' };
  if (known.bodyHash !== request.bodyHash) return { kind: 'other_body' };
  const { status, sealedResponse } = known;
  if (status !== null) return { kind: 'answered', status, sealedResponse };
  if (known.holder === null || !(await isHolderDead(tx, known.holder))) return { kind: 'in_progress' };
  await tx.update(idempotencyKeys).set({ holder: request.holder, createdAt: sql`now()` }).where(of(request));
  return { kind: 'new' };
};

const isHolderDead = async (tx: Transaction, holder: string): Promise<boolean> => {
  const { rows } = await tx.execute<{ dead: boolean }>(sql`select ${isDead(holder)} as dead`);
  return rows[0]?.dead === true;
};

/** Keeps the answer that a repeat of this key will get. */
export const keepAnswer = async (
  db: Queryable,
  request: Pick<KeyedRequest, 'scope' | 'key'>,
  answer: { status: number; sealedResponse: Buffer },
): Promise<void> => {
  await db.update(idempotencyKeys).set(answer).where(of(request));
};

/** Gives a key back: its request failed on our side and may be tried again. */
export const releaseKey = async (
  db: Queryable,
  request: Pick<KeyedRequest, 'scope' | 'key'>,
): Promise<void> => {
  await db.delete(idempotencyKeys).where(of(request));
};
