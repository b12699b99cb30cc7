import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Database, Queryable, Transaction } from './database';
import { isDead } from './presence';
import { idempotencyKeys } from './schema';

/**
 * What is known of an `Idempotency-Key`: ours to answer, with what names the effect of all attempts at this request; still
 * being answered; answered; or used with another body.
 */
export type KeyClaim =
  | { readonly kind: 'new'; readonly effectId: string }
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
 * Claims a key for a request; keys older than 24 hours are forgotten first. What died without an answer, or failed on
 * our side, is ours to answer at once, under the effect of its first attempt.
 */
export const claimKey = async (db: Database, request: KeyedRequest): Promise<KeyClaim> => {
  await db
    .delete(idempotencyKeys)
    .where(sql`${idempotencyKeys.createdAt} < now() - ${KEPT_HOURS} * interval '1 hour'`);
  const [claimed] = await db.insert(idempotencyKeys).values(request).onConflictDoNothing().returning();
  if (claimed !== undefined) return { kind: 'new', effectId: claimed.effectId };
  return db.transaction((tx) => claimKnown(tx, request));
};

const isGivenUp = sql<boolean>`${idempotencyKeys.claimedAt} is null
  or ${idempotencyKeys.claimedAt} < now() - ${CLAIM_MINUTES} * interval '1 minute'`;

const claimKnown = async (tx: Transaction, request: KeyedRequest): Promise<KeyClaim> => {
  const [known] = await tx
    .select({ ...getTableColumns(idempotencyKeys), givenUp: isGivenUp })
    .from(idempotencyKeys)
    .where(of(request))
    .for('update');
  if (known === undefined) return { kind: 'in_progress' };
  const { bodyHash, status, sealedResponse, effectId, holder, givenUp } = known;
  if (bodyHash !== request.bodyHash) return { kind: 'other_body' };
  if (status !== null) return { kind: 'answered', status, sealedResponse };
  if (!givenUp && (holder === null || !(await isHolderDead(tx, holder)))) return { kind: 'in_progress' };
  await tx.update(idempotencyKeys).set({ holder: request.holder, claimedAt: sql`now()` }).where(of(request));
  return { kind: 'new', effectId };
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

/** Gives a key back: its request failed on our side, and the next attempt need not wait. */
export const releaseKey = async (
  db: Queryable,
  request: Pick<KeyedRequest, 'scope' | 'key'>,
): Promise<void> => {
  await db.update(idempotencyKeys).set({ holder: null, claimedAt: null }).where(of(request));
};
