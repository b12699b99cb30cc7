import { and, desc, eq, lt, or, sql } from 'drizzle-orm';
import type { ProbeFinding, TAKEN_ONCE } from '../domain/keys';
import { audit } from './audit';
import { closeCircuitOf } from './circuits';
import { addKey, findSameKey, type KeySlot, lastFours, lockKeys, type ShopKey, useKey } from './credentials';
import type { Database, Queryable, Transaction } from './database';
import { tellOfKeys } from './key-news';
import { askForKeys } from './outbox';
import { credentialRenewals, credentials } from './shop-schema';
import type { Vault } from './vault';

/** A renewal of a shop's key as it is stored. */
export type Renewal = typeof credentialRenewals.$inferSelect;

/** A renewal with the end of its key, as long as that is kept. */
export interface RenewalOfKey extends Renewal {
  readonly licenseKeyLast4: string | null;
}

/** A renewal to begin. */
interface NewRenewal {
  readonly shopId: string;
  readonly key: ShopKey;
  readonly requestedBy: string;
  readonly limitAt: Date;
  /** The id it is to have: one that is there already is the same renewal, asked for once more. */
  readonly renewalId?: string | undefined;
}

/** What came of asking for a renewal: it has begun, another one is under way, or calls go out with this key already. */
type Begun = { readonly begun: Renewal } | { readonly running: Renewal } | { readonly inUse: KeySlot };

/**
 * Begins a renewal: the new key stands beside the old one, and its workflow is told once this commits. A key that the
 * shop has but does not use is tried again where it stands. One renewal of a shop at a time.
 */
export const beginRenewal = (db: Database, vault: Vault, asked: NewRenewal): Promise<Begun> =>
  db.transaction(async (tx) => {
    const { shopId, key, requestedBy, limitAt, renewalId } = asked;
    await lockKeys(tx, shopId);
    const known = renewalId === undefined ? undefined : await findRenewal(tx, shopId, renewalId);
    if (known !== undefined) return { begun: known };
    const running = await pendingRenewal(tx, shopId);
    if (running !== undefined) return { running };
    const same = await findSameKey(tx, vault, shopId, key);
    if (same?.inUse === true) return { inUse: same };
    const credentialId =
      same?.credentialId ??
      (await addKey(tx, vault, { shopId, key, state: 'pending', addedBy: requestedBy }));
    const [begun] = await tx
      .insert(credentialRenewals)
      .values({
        ...{ shopId, credentialId, requestedBy, limitAt },
        state: 'pending',
        ...(renewalId === undefined ? {} : { renewalId }),
      })
      .returning();
    if (begun === undefined) throw new Error(`The renewal of shop ${shopId} was not stored`);
    const params = { last4: key.licenseKey.slice(-4) };
    await tellOfKeys(tx, shopId, { code: 'key.renewal_requested', params, actor: requestedBy });
    await askForKeys(tx, shopId);
    return { begun };
  });

/** The renewal of a shop that is under way. */
export const pendingRenewal = async (db: Queryable, shopId: string): Promise<Renewal | undefined> => {
  const [row] = await db
    .select()
    .from(credentialRenewals)
    .where(and(eq(credentialRenewals.shopId, shopId), eq(credentialRenewals.state, 'pending')));
  return row;
};

const withKey = (db: Queryable) =>
  db
    .select({ renewal: credentialRenewals, licenseKeyLast4: credentials.licenseKeyLast4 })
    .from(credentialRenewals)
    .leftJoin(credentials, eq(credentials.credentialId, credentialRenewals.credentialId));

/** A renewal of a shop by its id. */
export const findRenewal = async (
  db: Queryable,
  shopId: string,
  renewalId: string,
): Promise<RenewalOfKey | undefined> => {
  const [row] = await withKey(db).where(
    and(eq(credentialRenewals.shopId, shopId), eq(credentialRenewals.renewalId, renewalId)),
  );
  return row && { ...row.renewal, licenseKeyLast4: row.licenseKeyLast4 };
};

/** Where a renewal stands among the newest. */
export interface RenewalPosition {
  readonly createdAt: string;
  readonly renewalId: string;
}

/** Renewals of a shop, newest first, a page at a time. */
export const listRenewals = async (
  db: Queryable,
  shopId: string,
  before: RenewalPosition | undefined,
  limit: number,
): Promise<RenewalOfKey[]> => {
  const { createdAt, renewalId } = credentialRenewals;
  const older =
    before === undefined
      ? undefined
      : or(
          lt(createdAt, new Date(before.createdAt)),
          and(eq(createdAt, new Date(before.createdAt)), lt(renewalId, before.renewalId)),
        );
  const rows = await withKey(db)
    .where(and(eq(credentialRenewals.shopId, shopId), older))
    .orderBy(desc(createdAt), desc(renewalId))
    .limit(limit);
  return rows.map(({ renewal, licenseKeyLast4 }) => ({ ...renewal, licenseKeyLast4 }));
};

const isPending = (renewalId: string) =>
  and(eq(credentialRenewals.renewalId, renewalId), eq(credentialRenewals.state, 'pending'));

/** What a probe of a new key found that does not switch to it. */
export type ProbeReason = Exclude<ProbeFinding, 'live'> | typeof TAKEN_ONCE;

/** Notes a probe of a new key that is to be probed again. */
export const noteProbe = async (
  db: Queryable,
  renewalId: string,
  reason: ProbeReason,
  probedAt: Date,
): Promise<void> => {
  await db
    .update(credentialRenewals)
    .set({ probes: sql`${credentialRenewals.probes} + 1`, probedAt, reason })
    .where(isPending(renewalId));
};

/**
 * Ends a renewal with its key in use: calls go out with it from now on, the old key stays beside it, and a shop that was
 * parked for its key goes on. All or nothing; a second time does nothing. @returns whether it was this time
 */
export const switchKey = (db: Database, { renewalId, shopId }: Renewal, now: Date): Promise<boolean> =>
  db.transaction(async (tx) => {
    await lockKeys(tx, shopId);
    const [renewal] = await tx
      .update(credentialRenewals)
      .set({
        state: 'live',
        reason: 'live',
        probedAt: now,
        finishedAt: now,
        probes: sql`${credentialRenewals.probes} + 1`,
      })
      .where(isPending(renewalId))
      .returning();
    if (renewal === undefined || renewal.credentialId === null) return false;
    await tellOfSwitch(tx, renewal, renewal.credentialId);
    await closeCircuitOf(tx, shopId, ['key_refused']);
    return true;
  });

const tellOfSwitch = async (tx: Transaction, renewal: Renewal, credentialId: string): Promise<void> => {
  const { shopId, renewalId, requestedBy } = renewal;
  const change = await useKey(tx, shopId, credentialId);
  // Calls may have fallen back to it meanwhile, which was told then.
  if (change === undefined) return;
  const { from, to } = lastFours(change);
  await audit(tx, {
    actor: 'system',
    action: 'credential.switched',
    shopId,
    target: { renewalId, credentialId },
    request: { requestedBy },
    before: { licenseKeyLast4: from },
    after: { licenseKeyLast4: to },
  });
  await tellOfKeys(tx, shopId, { code: 'key.switched', params: { from, to } });
};

/**
 * Ends a renewal without its key: a slot that was made for it is emptied, and nothing else changes. @returns whether it
 * was under way
 */
export const endRenewal = (
  db: Database,
  { renewalId, shopId }: Pick<Renewal, 'renewalId' | 'shopId'>,
  state: 'failed' | 'cancelled',
  actor = 'system',
): Promise<boolean> =>
  db.transaction(async (tx) => {
    await lockKeys(tx, shopId);
    const before = await findRenewal(tx, shopId, renewalId);
    const [ended] = await tx
      .update(credentialRenewals)
      .set({ state, credentialId: null, finishedAt: sql`now()` })
      .where(isPending(renewalId))
      .returning();
    if (ended === undefined || before === undefined) return false;
    await tx
      .delete(credentials)
      .where(
        and(eq(credentials.credentialId, before.credentialId ?? renewalId), eq(credentials.state, 'pending')),
      );
    const params = { last4: before.licenseKeyLast4 ?? '', said: ended.reason ?? 'not_asked' };
    await tellOfKeys(tx, shopId, { code: `key.renewal_${state}`, params, actor });
    return true;
  });
