import { and, eq } from 'drizzle-orm';
import type { ConnectionTestRow, KeyFacts } from '../domain/connection-test';
import { isSameOutcome } from '../domain/connection-test';
import type { Database, Queryable } from './database';
import { connectionTests, credentials, shops } from './shop-schema';
import { addShopLines, type NewShopLine } from './shop-timeline';

/** The last test of a shop's connection, as it is stored. */
export type ConnectionTest = typeof connectionTests.$inferSelect;

/** The last test of a shop's connection; undefined when it was never tested. */
export const lastConnectionTest = async (
  db: Queryable,
  shopId: string,
): Promise<ConnectionTest | undefined> => {
  const [test] = await db.select().from(connectionTests).where(eq(connectionTests.shopId, shopId));
  return test;
};

/** Stores a test in the place of the last one. Where it found something else, `line` goes to the shop's timeline. */
export const saveConnectionTest = (
  db: Database,
  test: { readonly shopId: string; readonly testedAt: Date; readonly rows: readonly ConnectionTestRow[] },
  line: NewShopLine,
): Promise<void> =>
  db.transaction(async (tx) => {
    // Tests of a shop that end at the same time compare one after the other.
    await tx.select().from(shops).where(eq(shops.shopId, test.shopId)).for('no key update');
    const before = await lastConnectionTest(tx, test.shopId);
    await tx
      .insert(connectionTests)
      .values(test)
      .onConflictDoUpdate({
        target: connectionTests.shopId,
        set: { testedAt: test.testedAt, rows: test.rows },
      });
    if (before === undefined || !isSameOutcome(before.rows, test.rows))
      await addShopLines(tx, test.shopId, [line]);
  });

/** What is known of the key that a shop's calls go out with; undefined when it has none. */
export const keyInUse = async (db: Queryable, shopId: string): Promise<KeyFacts | undefined> => {
  const [key] = await db
    .select({ expiresAt: credentials.expiresAt, addedAt: credentials.createdAt })
    .from(credentials)
    .where(and(eq(credentials.shopId, shopId), credentials.inUse));
  return key && { expiresAt: key.expiresAt ?? undefined, addedAt: key.addedAt };
};
