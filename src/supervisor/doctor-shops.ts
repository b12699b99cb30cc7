import { say } from '../domain/texts';
import { openCircuits } from '../store/circuits';
import { listKeys } from '../store/credentials';
import { lastSyncs } from '../store/cursors';
import type { Database } from '../store/database';
import { currentWarnings } from '../store/shop-warnings';
import { listShops } from '../store/shops';
import { stoppedShops } from '../store/stops';
import { inDatabase, type Look, type Said } from './look';

/** A shop is synchronised every minute unless its settings say otherwise. */
const LATE_SYNC_SECONDS = 1_800;

/** What stands in the way of a shop. Nothing of it makes an installation unhealthy, so all of it are warnings. */
export const shopLooks: readonly Look[] = [
  inDatabase('parked shops', lookAtCircuits),
  inDatabase('stopped shops', lookAtStops),
  inDatabase('keys', lookAtKeys),
  inDatabase('synchronisation', lookAtSyncs),
  inDatabase('warnings of shops', async (db, { now }) => {
    const warnings = await currentWarnings(db, now);
    return listed(
      warnings.map(({ shopId, code, params }) => `${shopId}: ${say('en', `warning.${code}`, params)}`),
    );
  }),
];

const listed = (lines: readonly string[]): Said | undefined =>
  lines.length === 0 ? undefined : { warning: lines.join(' · ') };

const PARKED = {
  key_refused: 'Rakuten refuses its key: renew it in RMS and register the new one',
  rakuten_down: 'Rakuten does not answer; it goes on by itself when it does',
} as const;

async function lookAtCircuits(db: Database): Promise<Said | undefined> {
  const circuits = await openCircuits(db);
  return listed(
    circuits.map(
      ({ shopId, cause, openedAt }) => `${shopId} since ${openedAt.toISOString()}: ${PARKED[cause]}`,
    ),
  );
}

async function lookAtStops(db: Database): Promise<Said | undefined> {
  const stopped = await stoppedShops(db);
  if (stopped.length === 0) return undefined;
  return {
    warning: `A stop switch is on for ${stopped.join(', ')}: nothing is confirmed, instructed or reported there. DELETE /v1/shops/{shopId}/stop or /v1/stop lifts it.`,
  };
}

async function lookAtKeys(db: Database): Promise<Said | undefined> {
  const lines: string[] = [];
  for (const { shopId, retiredAt } of await listShops(db)) {
    if (retiredAt !== null) continue;
    const used = (await listKeys(db, shopId)).find(({ inUse }) => inUse);
    if (used === undefined) lines.push(`${shopId} has no key in use: register one`);
    else if (used.state === 'refused')
      lines.push(
        `${shopId}: Rakuten refused the key that is in use (…${used.licenseKeyLast4}); renew it in RMS and register the new one`,
      );
  }
  return listed(lines);
}

async function lookAtSyncs(db: Database, { now }: { now: Date }): Promise<Said | undefined> {
  const late = (await lastSyncs(db)).filter(
    ({ at, intervalSeconds }) =>
      at === null || now.getTime() - at.getTime() > (LATE_SYNC_SECONDS + intervalSeconds) * 1000,
  );
  return listed(
    late.map(
      ({ shopId, at }) =>
        `${shopId} was searched for orders ${at === null ? 'never' : `at ${at.toISOString()} last`}: see its warnings, whether a worker runs, and the Schedule sync/${shopId} in Temporal UI`,
    ),
  );
}
