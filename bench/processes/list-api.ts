import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { createApp } from '../../src/api/app';
import { loadConfig } from '../../src/config';
import { openDatabase } from '../../src/store/database';
import { createVault } from '../../src/store/vault';
import type { Served } from '../support/forked';
import { listening } from '../support/listening';

/** What answers beside the API: one order by its primary key, as a list of one, with nothing around it. */
export const FLOOR_PATH = '/floor';

/** The API in a process of its own, and at the floor's path the least that a list can cost on the same server and pool. */
export async function serve(input: {
  readonly databaseUrl: string;
  readonly masterKey: string;
  readonly token: string;
  readonly floorOrder: readonly [shopId: string, orderNumber: string];
}): Promise<Served<number, null>> {
  const config = loadConfig({ OKURI_ADMIN_TOKEN: input.token });
  const { db, pool, close } = openDatabase(input.databaseUrl, { onIdleError: () => undefined });
  // Lists never ask Temporal.
  const temporal = new Client({ connection: Connection.lazy() });
  const vault = createVault(Buffer.from(input.masterKey, 'hex'));
  const app = createApp({ db, vault, temporal, config, log: pino({ level: 'silent' }) });
  return listening(async (request, response) => {
    if (request.url !== FLOOR_PATH) return void app(request, response);
    const { rows } = await pool.query(FLOOR_QUERY, [...input.floorOrder]);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ items: rows, nextCursor: null }));
  }, close);
}

const FLOOR_QUERY = `select shop_id, order_number, stage, parked, rakuten_status, ordered_at, created_at, finished_at, workflow_run_id
  from orders where shop_id = $1 and order_number = $2`;
