import { and, desc, eq, getTableColumns, gt, isNull, sql } from 'drizzle-orm';
import { tokens } from './access-schema';
import type { Queryable } from './database';

/** A token of the API as it is stored. */
type TokenRow = typeof tokens.$inferSelect;
/** A token without its hash. */
export type Token = Omit<TokenRow, 'hash'>;

const { hash: _, ...shown } = getTableColumns(tokens);

/** Adds a token, once for each id: a repeat gives the one that is there. */
export const createToken = async (
  db: Queryable,
  token: Pick<
    TokenRow,
    'tokenId' | 'name' | 'hash' | 'last4' | 'role' | 'shopIds' | 'expiresAt' | 'createdBy'
  >,
): Promise<Token> => {
  await db.insert(tokens).values(token).onConflictDoNothing();
  const [kept] = await db.select(shown).from(tokens).where(eq(tokens.tokenId, token.tokenId));
  if (kept === undefined) throw new Error('The token was not kept');
  return kept;
};

/** Its use is written down at most once a minute. */
const USED_EVERY_MS = 60_000;

/** The token with this hash, if it may be used now. */
export const findToken = async (db: Queryable, hash: string): Promise<Token | undefined> => {
  const [token] = await db
    .select(shown)
    .from(tokens)
    .where(and(eq(tokens.hash, hash), isNull(tokens.revokedAt), gt(tokens.expiresAt, sql`now()`)));
  return token;
};

/** Notes that a token was used. */
export const noteTokenUse = async (db: Queryable, { tokenId, lastUsedAt }: Token): Promise<void> => {
  if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < USED_EVERY_MS) return;
  await db.update(tokens).set({ lastUsedAt: sql`now()` }).where(eq(tokens.tokenId, tokenId));
};

/** Where a token stands among the newest. */
export interface TokenPosition {
  readonly createdAt: string;
  readonly tokenId: string;
}

/** Tokens, newest first, a page at a time; those that were revoked or have expired too. */
export const listTokens = (
  db: Queryable,
  before: TokenPosition | undefined,
  limit: number,
): Promise<Token[]> =>
  db
    .select(shown)
    .from(tokens)
    .where(
      before === undefined
        ? undefined
        : sql`(${tokens.createdAt}, ${tokens.tokenId}) < (${before.createdAt}::timestamptz, ${before.tokenId}::uuid)`,
    )
    .orderBy(desc(tokens.createdAt), desc(tokens.tokenId))
    .limit(limit);

/** Revokes a token from the next request on. @returns undefined when there is none with this id */
export const revokeToken = async (db: Queryable, tokenId: string): Promise<Token | undefined> => {
  const [token] = await db
    .update(tokens)
    .set({ revokedAt: sql`coalesce(${tokens.revokedAt}, now())` })
    .where(eq(tokens.tokenId, tokenId))
    .returning(shown);
  return token;
};
