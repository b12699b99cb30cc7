import { randomBytes } from 'node:crypto';
import type { OrderFacts, OrderRef } from '../../src/domain/order';
import type { ShopSettings } from '../../src/domain/settings';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import type { OpenDatabase } from '../../src/store/database';
import { openDatabase } from '../../src/store/database';
import { ensureOrder } from '../../src/store/orders';
import { saveReading } from '../../src/store/readings';
import { outbox } from '../../src/store/schema';
import type { NewShop } from '../../src/store/shops';
import { createShop } from '../../src/store/shops';
import type { Vault } from '../../src/store/vault';
import { createVault } from '../../src/store/vault';
import { facts } from '../domain/facts';
import { createMigratedDatabase } from '../support/postgres';

/** A migrated database of one test file, with the shop `tea` in it. */
export interface TestStore extends OpenDatabase {
  readonly url: string;
  readonly masterKey: Buffer;
  /** That of the master key. */
  readonly vault: Vault;
  /** Opens a further pool, as another process has one. */
  another(): OpenDatabase;
  /** Stores an order as the worker does after reading it. */
  order(orderNumber: string, change?: Partial<OrderFacts>, lookups?: readonly string[]): Promise<OrderRef>;
  /** Takes all waiting messages out of the outbox. @returns the orders that they wake */
  woken(): Promise<string[]>;
}

/** A shop that tests register. */
export const newShop = (shopId: string, settings: Partial<ShopSettings> = {}): NewShop => ({
  shopId,
  name: shopId,
  shopUrl: `https://www.rakuten.ne.jp/${shopId}`,
  serviceSecret: 'SP123456_abcdefghijklmnop',
  licenseKey: 'SL123456_QRSTUVWXYZ99abcd',
  settings: { ...DEFAULT_SETTINGS, ...settings },
});

/** Starts the store for one test file. */
export const startStore = async (): Promise<TestStore> => {
  const database = await createMigratedDatabase();
  const opened: OpenDatabase[] = [];
  const another = (): OpenDatabase => {
    const pool = openDatabase(database.url, { onIdleError: () => undefined });
    opened.push(pool);
    return pool;
  };
  const main = another();
  const masterKey = randomBytes(32);
  const vault = createVault(masterKey);
  const { db } = main;
  await createShop(db, vault, newShop('tea', { stockSync: 'shipment' }));
  await db.delete(outbox);
  return {
    ...main,
    ...{ url: database.url, masterKey, vault, another },
    order: async (orderNumber, change = {}, lookups = []) => {
      const ref = { shopId: 'tea', orderNumber };
      await db.transaction(async (tx) => {
        await ensureOrder(tx, ref);
        await saveReading(tx, vault, ref, { facts: facts(change), snapshot: '{}', lookups });
      });
      return ref;
    },
    woken: async () => {
      const rows = await db.delete(outbox).returning();
      return rows.flatMap(({ orderNumber }) => orderNumber ?? []).sort();
    },
    close: async () => {
      await Promise.all(opened.map((pool) => pool.close()));
      await database.drop();
    },
  };
};

/** A place where tests wait for each other: what comes to `wait` goes on once somebody calls `open`. */
export const gate = (): { wait: Promise<void>; open: () => void } => {
  let open = (): void => undefined;
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open: () => open() };
};
