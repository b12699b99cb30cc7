import { log } from '@temporalio/activity';
import { jstDay } from '../domain/jst';
import { daysLeft, dueAnnouncement, nextAnnouncement } from '../domain/keys';
import { type KeySlot, listKeys, markAnnounced } from '../store/credentials';
import { tellOfKeys } from '../store/key-news';
import type { ActivityContext } from './context';

/** Announces the ends of a shop's keys that are due: to its timeline, its alert webhook and the log. */
export const announceEnds = async ({ db, now }: ActivityContext, shopId: string): Promise<void> => {
  const keys = await listKeys(db, shopId);
  for (const key of keys) {
    const end = endOf(key, keys);
    const days = end && dueAnnouncement(end, key.announcedDays, now());
    if (end === undefined || days === undefined) continue;
    const params = { last4: key.licenseKeyLast4, days: daysLeft(end, now()), until: jstDay(end) };
    const first = await db.transaction(async (tx) => {
      if (!(await markAnnounced(tx, key.credentialId, days))) return false;
      await tellOfKeys(tx, shopId, { code: days === 0 ? 'key.expired' : 'key.expires_soon', params });
      return true;
    });
    if (first)
      log.warn(days === 0 ? 'a licence key has expired' : 'a licence key expires soon', {
        shopId,
        ...params,
      });
  }
};

/** When people are to hear of a key's end next. */
export const nextNews = (key: KeySlot, keys: readonly KeySlot[], now: Date): Date | undefined => {
  const end = endOf(key, keys);
  return end && nextAnnouncement(end, now);
};

/** The end of a key that people are told of: not of one out of use that is dead, and not where a newer live one lasts longer. */
const endOf = (key: KeySlot, keys: readonly KeySlot[]): Date | undefined => {
  const { expiresAt, createdAt, inUse, state } = key;
  if (expiresAt === null || !(inUse || state === 'live')) return undefined;
  const outlived = keys.some(
    (other) =>
      other.state === 'live' &&
      other.createdAt > createdAt &&
      other.expiresAt !== null &&
      other.expiresAt > expiresAt,
  );
  return outlived ? undefined : expiresAt;
};
