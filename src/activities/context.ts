import type { Pool } from 'pg';
import type { FulfilmentProvider } from '../fulfilment/provider';
import type { RmsGateway } from '../rms/gateway';
import type { Database } from '../store/database';
import type { Shop } from '../store/shops';
import type { Vault } from '../store/vault';

/** What activities work with; the worker wires it. */
export interface ActivityContext {
  readonly db: Database;
  readonly pool: Pool;
  readonly vault: Vault;
  /** The one clock of the product. */
  readonly now: () => Date;
  /** The gateway to Rakuten of a shop, one per shop and process. */
  readonly gateway: (shopId: string) => RmsGateway;
  /** Whoever ships for a shop. */
  readonly provider: (shop: Shop) => FulfilmentProvider;
}
