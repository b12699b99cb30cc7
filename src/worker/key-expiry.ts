import type { Logger } from 'pino';
import { RmsError } from '../rms/errors';
import type { RmsGateway } from '../rms/gateway';
import type { Database } from '../store/database';
import { setKeyExpiry, shopsWithoutKeyExpiry } from '../store/shops';

/** What reading the expiries works with. */
interface ExpiryWiring {
  readonly db: Database;
  readonly gateway: (shopId: string) => Pick<RmsGateway, 'getLicenseExpiry'>;
  readonly log: Logger;
}

/**
 * Makes what asks Rakuten when keys expire of which that is not known yet, so that an expired key can be told from a
 * wrong one. A key's expiry never changes, so each is asked about until there is an answer; a shop that has not ticked
 * this function is asked once in the life of a process.
 */
export const keyExpiryReader = ({ db, gateway, log }: ExpiryWiring): (() => Promise<void>) => {
  const refused = new Set<string>();
  const read = async (shopId: string): Promise<void> => {
    try {
      await setKeyExpiry(db, shopId, await gateway(shopId).getLicenseExpiry());
    } catch (error) {
      if (!(error instanceof RmsError)) throw error;
      if (error.advice === 'wait_for_key') refused.add(shopId);
      log.info({ shopId, reason: error.message }, 'the expiry of the licence key is not known');
    }
  };
  return async () => {
    const shopIds = await shopsWithoutKeyExpiry(db);
    await Promise.all(shopIds.filter((shopId) => !refused.has(shopId)).map(read));
  };
};
