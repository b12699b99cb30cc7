import { nextProbe } from '../domain/keys';
import { forgetRefusedKeys, listKeys } from '../store/credentials';
import { endRenewal, pendingRenewal } from '../store/renewals';
import { findShop } from '../store/shops';
import type { ActivityContext } from './context';
import { checkKeys, nextCheck } from './credential-checks';
import { announceEnds, nextNews } from './credential-ends';
import { carryRenewal } from './credential-renewal';

/** What looking after the keys of a shop is started with. */
export interface CredentialInput {
  readonly shopId: string;
}

/** When to look next, in milliseconds; null: not any more, the shop is out of service. */
export interface NextLook {
  readonly lookInMs: number | null;
}

const DAY_MS = 86_400_000;
/** Nothing is looked at more often than this. */
const SHORTEST_MS = 1_000;
/** What Rakuten did not say is asked again after this long. */
const AWAY_MS = 5 * 60_000;

/** The activities of looking after a shop's keys. */
export const credentialActivities = (context: ActivityContext) => ({
  /**
   * Does what is due about the keys of a shop: probes the new one of a renewal and switches to it, asks Rakuten when
   * keys end, announces ends, and deletes what is long refused. Doing it twice does no more than doing it once.
   * @throws what the rate limit or the shop's connection rejects with
   */
  lookAfterKeys: async ({ shopId }: CredentialInput): Promise<NextLook> => {
    const shop = await findShop(context.db, shopId);
    if (shop === undefined || shop.retiredAt !== null) {
      const left = await pendingRenewal(context.db, shopId);
      if (left !== undefined) await endRenewal(context.db, left, 'cancelled');
      return { lookInMs: null };
    }
    await carryRenewal(context, shopId);
    const { away } = await checkKeys(context, shopId);
    await announceEnds(context, shopId);
    await forgetRefusedKeys(context.db, shopId, context.now());
    return { lookInMs: await untilNext(context, shopId, away) };
  },
});

/** What the workflow of a shop's keys can call. */
export type CredentialActivities = ReturnType<typeof credentialActivities>;

const untilNext = async ({ db, now }: ActivityContext, shopId: string, away: boolean): Promise<number> => {
  const [keys, renewal] = await Promise.all([listKeys(db, shopId), pendingRenewal(db, shopId)]);
  const at = now().getTime();
  const due = keys.flatMap((key) => [nextNews(key, keys, new Date(at)), nextCheck(key)]);
  const usual = Math.min(DAY_MS, ...due.flatMap((when) => (when === undefined ? [] : when.getTime() - at)));
  const probe = renewal === undefined ? DAY_MS : nextProbe(renewal, new Date(at)).getTime() - at;
  return Math.max(SHORTEST_MS, Math.min(probe, away ? Math.max(usual, AWAY_MS) : usual));
};
