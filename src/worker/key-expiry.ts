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
 * Asks Rakuten when keys expire of which that is not known yet, so that an expired key can be told from a wrong one. A
 * key's expiry never changes, so each is asked about until there is an answer.
 */
export const readKeyExpiries = async ({ db, gateway, log }: ExpiryWiring): Promise<void> => {
  const shopIds = await shopsWithoutKeyExpiry(db);
  await Promise.all(
    shopIds.map(async (shopId) => {
      try {
        await setKeyExpiry(db, shopId, await gateway(shopId).getLicenseExpiry());
      } catch (error) {
        if (!(error instanceof RmsError)) throw error;
        // Many shops have not ticked this function; everything else works without it.
        log.info({ shopId, reason: error.message }, 'the expiry of the licence key is not known');
      }
    }),
  );
};
