import { and, asc, eq, getTableColumns, gt, isNull, ne, sql } from 'drizzle-orm';
import { sessions, users } from './access-schema';
import type { Database, Queryable } from './database';

/** A person who may sign in, as it is stored. */
export type User = typeof users.$inferSelect;
/** A user without what the password is checked with. */
export type KnownUser = Omit<User, 'passwordHash'>;

const { passwordHash: _, ...known } = getTableColumns(users);

/** Adds a user. @returns undefined when the name is taken */
export const createUser = async (
  db: Queryable,
  user: Pick<User, 'name' | 'passwordHash' | 'role' | 'shopIds' | 'createdBy'>,
): Promise<KnownUser | undefined> => {
  const [created] = await db.insert(users).values(user).onConflictDoNothing().returning(known);
  return created;
};

/** The user who signs in with this name, with what the password is checked with. */
export const findUserByName = async (db: Queryable, name: string): Promise<User | undefined> => {
  const [user] = await db.select().from(users).where(eq(users.name, name));
  return user;
};

/** The user with this id. */
export const findUser = async (db: Queryable, userId: string): Promise<User | undefined> => {
  const [user] = await db.select().from(users).where(eq(users.userId, userId));
  return user;
};

/** Users by name, a page at a time. */
export const listUsers = (db: Queryable, after: string, limit: number): Promise<KnownUser[]> =>
  db.select(known).from(users).where(gt(users.name, after)).orderBy(asc(users.name)).limit(limit);

/** What of a user can be changed. */
export type UserChange = Partial<Pick<User, 'role' | 'shopIds' | 'passwordHash'> & { disabled: boolean }>;

/**
 * Changes a user. A new password or being disabled ends the browsers that are signed in, but for the one by which it
 * was done. @returns the user before and after; undefined when there is none
 */
export const changeUser = (
  db: Database,
  userId: string,
  { disabled, ...change }: UserChange,
  keepSession = '',
): Promise<{ before: KnownUser; after: KnownUser } | undefined> =>
  db.transaction(async (tx) => {
    const [before] = await tx.select(known).from(users).where(eq(users.userId, userId)).for('update');
    if (before === undefined) return undefined;
    const disabledAt =
      disabled === undefined ? before.disabledAt : disabled ? (before.disabledAt ?? new Date()) : null;
    const [after] = await tx
      .update(users)
      .set({ ...change, disabledAt })
      .where(eq(users.userId, userId))
      .returning(known);
    if (change.passwordHash !== undefined || disabledAt !== null)
      await tx.delete(sessions).where(and(eq(sessions.userId, userId), ne(sessions.hash, keepSession)));
    return after === undefined ? undefined : { before, after };
  });

/** How long a browser stays signed in, and how long without being used. */
const SESSION_HOURS = 12;
const IDLE_HOURS = 4;

/** Signs a browser in, by the hash of its cookie, and forgets those whose time is over. @returns until when */
export const beginSession = async (db: Queryable, userId: string, hash: string): Promise<Date> => {
  await db.delete(sessions).where(sql`${sessions.expiresAt} < now()`);
  const [session] = await db
    .insert(sessions)
    .values({ userId, hash, expiresAt: sql`now() + ${SESSION_HOURS} * interval '1 hour'` })
    .returning({ expiresAt: sessions.expiresAt });
  if (session === undefined) throw new Error('The session was not kept');
  return session.expiresAt;
};

/** Who is signed in by this cookie, as far as the user may still and the session's time is not over. */
export const userOfSession = async (db: Queryable, hash: string): Promise<KnownUser | undefined> => {
  const [found] = await db
    .select({ user: known, idle: sql<number>`extract(epoch from now() - ${sessions.lastSeenAt})::float8` })
    .from(sessions)
    .innerJoin(users, eq(users.userId, sessions.userId))
    .where(
      and(
        eq(sessions.hash, hash),
        isNull(users.disabledAt),
        sql`${sessions.expiresAt} > now() and ${sessions.lastSeenAt} > now() - ${IDLE_HOURS} * interval '1 hour'`,
      ),
    );
  if (found !== undefined && found.idle > SEEN_EVERY_S)
    await db.update(sessions).set({ lastSeenAt: sql`now()` }).where(eq(sessions.hash, hash));
  return found?.user;
};

/** A session that is used is written down as such at most once a minute. */
const SEEN_EVERY_S = 60;

/** Signs a browser out. */
export const endSession = async (db: Queryable, hash: string): Promise<void> => {
  await db.delete(sessions).where(eq(sessions.hash, hash));
};
