import { openCircuit } from '../store/circuits';
import { type KeySlot, listKeys, noteChecked } from '../store/credentials';
import { tellOfKeys } from '../store/key-news';
import type { ActivityContext } from './context';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A key ends with the last second of its last day; past that Rakuten refuses it. */
const AFTER_END_MS = 1_000;

/**
 * When Rakuten is to be asked about a key next: at once for a new one, then daily and right after its end; hourly for
 * one that it refused, which may be a new one that it did not know yet. One that a renewal tries is left to that.
 */
export const nextCheck = ({ state, inUse, checkedAt, expiresAt }: KeySlot): Date | undefined => {
  if (state === 'pending') return undefined;
  if (checkedAt === null) return new Date(0);
  const ended = expiresAt === null ? undefined : expiresAt.getTime() + AFTER_END_MS;
  const lasts = ended === undefined || checkedAt.getTime() < ended;
  const usual = checkedAt.getTime() + (state === 'refused' && !inUse && lasts ? HOUR_MS : DAY_MS);
  return new Date(lasts && ended !== undefined ? Math.min(usual, ended) : usual);
};

/** Asks Rakuten about the keys of a shop of which that is due. @returns whether it did not say because it is away */
export const checkKeys = async (context: ActivityContext, shopId: string): Promise<{ away: boolean }> => {
  let away = false;
  for (const key of await listKeys(context.db, shopId)) {
    const due = nextCheck(key);
    if (due === undefined || due > context.now()) continue;
    if (!(await checkKey(context, key))) away = true;
  }
  return { away };
};

/** @returns false when Rakuten is away */
const checkKey = async (context: ActivityContext, key: KeySlot): Promise<boolean> => {
  const { db, now, gateway } = context;
  const { credentialId, shopId, inUse, expiresAt } = key;
  if (!inUse && expiresAt !== null && now().getTime() >= expiresAt.getTime() + AFTER_END_MS) {
    await noteChecked(db, credentialId, now(), 'refused');
    return true;
  }
  const licence = await gateway(shopId).askAbout(credentialId, 'licence');
  // A function that is not ticked is refused as a dead key is, and the order API tells them apart.
  const order = licence === 'refused' ? await gateway(shopId).askAbout(credentialId, 'order') : undefined;
  if (licence === 'away' || order === 'away') return false;
  if (order === 'taken' && expiresAt === null && key.checkedAt === null) await tellUnknown(context, key);
  const live = licence === 'taken' || order === 'taken';
  if (inUse && !live) await giveUp(context, shopId);
  // What the key in use is thought to be goes with whether the shop is parked.
  await noteChecked(db, credentialId, now(), inUse ? undefined : live ? 'live' : 'refused');
  return true;
};

/** The key in use is dead although no call has met that yet. */
const giveUp = async ({ db, gateway }: ActivityContext, shopId: string): Promise<void> => {
  if (!(await gateway(shopId).fallBack())) await openCircuit(db, shopId, 'key_refused');
};

const tellUnknown = ({ db }: ActivityContext, { shopId, licenseKeyLast4 }: KeySlot): Promise<void> =>
  db.transaction((tx) =>
    tellOfKeys(tx, shopId, { code: 'key.expiry_unknown', params: { last4: licenseKeyLast4 } }),
  );
