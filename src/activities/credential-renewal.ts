import { log } from '@temporalio/activity';
import { findingOf, nextProbe, TAKEN_ONCE } from '../domain/keys';
import { findCircuit } from '../store/circuits';
import { endRenewal, noteProbe, pendingRenewal, type Renewal, switchKey } from '../store/renewals';
import type { ActivityContext } from './context';

/**
 * Probes the key of the renewal that is under way, when that is due. Calls go out with it after two successes in a row,
 * so that gateways of Rakuten that do not know it yet make none fail; at once where the shop is parked for its key,
 * since nothing can fail that is not sent. At its limit a renewal fails.
 */
export const carryRenewal = async (context: ActivityContext, shopId: string): Promise<void> => {
  const { db, gateway, now } = context;
  const renewal = await pendingRenewal(db, shopId);
  if (renewal === undefined || renewal.credentialId === null || nextProbe(renewal, now()) > now()) return;
  const finding = findingOf(await gateway(shopId).examine(renewal.credentialId));
  if (finding === 'live') return taken(context, renewal);
  await noteProbe(db, renewal.renewalId, finding, now());
  if (now() >= renewal.limitAt && (await endRenewal(db, renewal, 'failed')))
    log.warn('a new licence key did not become live in time', {
      shopId,
      renewalId: renewal.renewalId,
      said: finding,
    });
};

const taken = async ({ db, now }: ActivityContext, renewal: Renewal): Promise<void> => {
  const { shopId, renewalId, reason } = renewal;
  const parkedForKey = (await findCircuit(db, shopId))?.cause === 'key_refused';
  if (reason !== TAKEN_ONCE && !parkedForKey) return noteProbe(db, renewalId, TAKEN_ONCE, now());
  if (await switchKey(db, renewal, now()))
    log.info('calls go out with a new licence key', { shopId, renewalId });
};
