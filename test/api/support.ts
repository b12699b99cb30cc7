import { createHmac, randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { Express } from 'express';
import { pino } from 'pino';
import request from 'supertest';
import { createApp } from '../../src/api/app';
import type { Deps } from '../../src/api/deps';
import type { Config } from '../../src/config';
import { loadConfig } from '../../src/config';
import type { OrderFacts, OrderRef } from '../../src/domain/order';
import type { Database } from '../../src/store/database';
import { openDatabase } from '../../src/store/database';
import { ensureOrder, setStage } from '../../src/store/orders';
import { saveReading } from '../../src/store/readings';
import type { Vault } from '../../src/store/vault';
import { createVault } from '../../src/store/vault';
import { createMigratedDatabase } from '../support/postgres';
import { temporalForTests } from '../support/temporal';

const TOKEN = 'test-token-of-the-administrator';

/** A shop that every test may register. */
export const NEW_SHOP = {
  name: 'Tea',
  shopUrl: 'https://www.rakuten.ne.jp/tea',
  serviceSecret: 'SP123456_abcdefghijklmnop',
  licenseKey: 'SL123456_QRSTUVWXYZ99abcd',
};

/** The API on a database of its own and on the shared Temporal, called over real HTTP. */
export interface TestApi {
  readonly db: Database;
  readonly vault: Vault;
  readonly temporal: Client;
  readonly app: Express;
  /** Everything that was logged, as text. */
  readonly logged: () => string;
  /** A request with the administrator's token. */
  as(method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string): request.Test;
  /** A request without any credential. */
  anonymous: ReturnType<typeof request>;
  /** A warehouse's event, signed; `sign` is another body to make the signature over. */
  event(body: object, options?: { at?: number; shopId?: string; sign?: object }): request.Test;
  close(): Promise<void>;
}

/** What the handlers of a test's API work with, for callers that its one token is not. */
export const depsOf = ({ db, vault, temporal }: Pick<TestApi, 'db' | 'vault' | 'temporal'>): Deps => ({
  ...{ db, vault, temporal },
  config: configOf({}),
  log: pino({ level: 'silent' }),
});

/** Starts the API for one test file, on a database of its own. */
export async function startTestApi(
  env: Record<string, string> = {},
): Promise<TestApi & { readonly databaseUrl: string }> {
  const database = await createMigratedDatabase();
  const { db, pool } = openDatabase(database.url, { onIdleError: () => undefined });
  const { address, namespace } = await temporalForTests();
  const connection = await Connection.connect({ address });
  const api = apiOver(
    { db, vault: createVault(randomBytes(32)), temporal: new Client({ connection, namespace }) },
    env,
  );
  return {
    ...api,
    databaseUrl: database.url,
    close: async () => {
      await pool.end();
      await connection.close();
      await database.drop();
    },
  };
}

/** The API over a database and a Temporal that somebody else opened and closes. */
export function apiOver(
  parts: Pick<TestApi, 'db' | 'vault' | 'temporal'>,
  env: Record<string, string> = {},
): Omit<TestApi, 'close'> {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const app = createApp({ ...parts, config: configOf(env), log });
  const anonymous = request(app);
  return {
    ...parts,
    app,
    logged: () => lines.join(''),
    as: (method, path) => anonymous[method](path).set('Authorization', `Bearer ${TOKEN}`),
    anonymous,
    event: (body, { at = Math.floor(Date.now() / 1000), shopId = 'tea', sign = body } = {}) => {
      const raw = JSON.stringify(body);
      const signed = `${at}.${JSON.stringify(sign)}`;
      const v1 = createHmac('sha256', parts.vault.signingSecret(shopId)).update(signed).digest('hex');
      return anonymous
        .post('/v1/fulfilment/events')
        .set('Content-Type', 'application/json')
        .set('X-Okuri-Signature', `t=${at},v1=${v1}`)
        .send(raw);
    },
  };
}

const configOf = (env: Record<string, string>): Config =>
  loadConfig({ OKURI_ADMIN_TOKEN: TOKEN, OKURI_TEMPORAL_UI_URL: 'http://ui.example:8233', ...env });

/** Facts of an order as Rakuten might have given it; one basket with three units of one line unless told otherwise. */
const facts = (change: Partial<OrderFacts> = {}): OrderFacts => ({
  rakutenStatus: 300,
  orderedAt: '2026-07-01T01:00:00.000Z',
  settlementMethodCode: 1,
  amountsUnfixed: false,
  giftAddressPending: false,
  cancelDueDate: null,
  paymentDueDate: null,
  deliveryDate: null,
  baskets: [basket('10')],
  fingerprints: { address: 'a1' },
  ...change,
});

/** A destination with one line of three units. */
export const basket = (basketId: string): OrderFacts['baskets'][number] => ({
  basketId,
  lines: [
    { itemDetailId: `${basketId}1`, manageNumber: 'tea', variantId: 'G100', name: 'Green tea', units: 3 },
  ],
  shippingRows: [],
});

/** Stores an order as the worker would after reading it. */
export async function storeOrder(
  { db, vault }: TestApi,
  ref: OrderRef,
  change: Partial<OrderFacts> = {},
  lookups: readonly string[] = [],
): Promise<void> {
  await db.transaction(async (tx) => {
    await ensureOrder(tx, ref);
    await saveReading(tx, vault, ref, { facts: facts(change), snapshot: '{}', lookups });
    await setStage(tx, ref, 'ready', null);
  });
}
