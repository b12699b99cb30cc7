import type { Logger } from 'pino';
import type { RmsGateway } from '../rms/gateway';
import { type Circuit, closeCircuit, openCircuit, takeDueProbes } from '../store/circuits';
import type { Database } from '../store/database';

/** What the prober works with. */
interface ProberWiring {
  readonly db: Database;
  readonly gateway: (shopId: string) => Pick<RmsGateway, 'probe' | 'fallBack'>;
  readonly log: Logger;
}

/**
 * Makes the probes of parked shops that are due, one per shop among all workers. A shop that answers goes on, and its
 * orders are woken, the most urgent first. Where its key is refused its other keys are tried. A shop whose probe fails
 * stays parked, for the reason found out now.
 */
export const probeParkedShops = async (wiring: ProberWiring): Promise<void> => {
  const due = await takeDueProbes(wiring.db);
  await Promise.all(due.map((circuit) => probeShop(wiring, circuit)));
};

const probeShop = async ({ db, gateway, log }: ProberWiring, { shopId, probes }: Circuit): Promise<void> => {
  try {
    const { probe, fallBack } = gateway(shopId);
    const verdict = await probe();
    const found = verdict === 'key_refused' && (await fallBack()) ? 'live' : verdict;
    if (found !== 'live') {
      await openCircuit(db, shopId, found);
      log.info({ shopId, cause: found, probes }, 'the shop stays parked');
      return;
    }
    const woken = await closeCircuit(db, shopId);
    if (woken !== undefined) log.info({ shopId, probes, woken }, 'the shop goes on');
  } catch (error) {
    // One shop without keys keeps nobody from probing the others; its own next probe is due already.
    log.warn({ err: error, shopId, probes }, 'a parked shop cannot be probed; it is tried again');
  }
};
