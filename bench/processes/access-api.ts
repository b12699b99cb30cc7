import { Client, Connection } from '@temporalio/client';
import express from 'express';
import { pino } from 'pino';
import { createApp } from '../../src/api/app';
import type { Deps } from '../../src/api/deps';
import { showOrder } from '../../src/api/show-order';
import { loadConfig } from '../../src/config';
import { openDatabase } from '../../src/store/database';
import { createVault } from '../../src/store/vault';
import type { Served } from '../support/forked';
import { listening } from '../support/listening';

/** What stands before the paths of the bare routes. */
export const BARE = '/bare';

/** The API in a process of its own; and beside it, on the same server and pool, Express with the same queries and nothing around them. */
export async function serve(input: {
  readonly databaseUrl: string;
  readonly masterKey: string;
  readonly token: string;
}): Promise<Served<number, null>> {
  const config = loadConfig({ OKURI_ADMIN_TOKEN: input.token });
  const { db, close } = openDatabase(input.databaseUrl, { onIdleError: () => undefined });
  // Nothing that is asked here asks Temporal.
  const temporal = new Client({ connection: Connection.lazy() });
  const vault = createVault(Buffer.from(input.masterKey, 'hex'));
  const deps: Deps = { db, vault, temporal, config, log: pino({ level: 'silent' }) };
  const app = createApp(deps);
  const bare = bareApp(deps);
  return listening(
    (request, response) =>
      request.url?.startsWith(BARE) === true ? bare(request, response) : app(request, response),
    close,
  );
}

const bareApp = (deps: Deps) => {
  const app = express();
  app.get(`${BARE}/v1/orders/:shopId/:orderNumber`, async ({ params }, response) => {
    response.json(await showOrder(deps, params, 'ja'));
  });
  app.get(`${BARE}/healthz`, (_request, response) => {
    response.json({ status: 'ok' });
  });
  return app;
};
