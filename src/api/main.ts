import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { Config } from '../config';
import { createLogger } from '../log';
import { openDatabase } from '../store/database';
import { KEYS_NOT_READ, openVault } from '../store/keyring';
import { showPresence } from '../store/presence';
import { applicationName } from '../store/rotation';
import { connectTemporal } from '../temporal/connection';
import { createApp } from './app';

/** A running API. */
export interface Running {
  /** The port it listens on. */
  readonly port: number;
  /** Lets requests that run finish, within ten seconds, and closes every connection. */
  close(): Promise<void>;
}

/** The API cannot start; the message says what is missing and how to give it. */
class ApiStartError extends Error {
  override readonly name = 'ApiStartError';
}

/** What a request may take before its connection is cut, in milliseconds: more than all of its bounds together. */
const REQUEST_MS = 60_000;
const CLOSE_MS = 10_000;

/** Starts the API and answers when it listens. Raises an error that says what is missing, taken, or does not answer. */
export const startApi = async (config: Config): Promise<Running> => {
  const { databaseUrl, masterKey } = required(config);
  const log = createLogger('api');
  const tracing = config.tracing ? (await import('../tracing.js')).startTracing('okuri-api') : undefined;
  const database = openDatabase(databaseUrl, {
    name: applicationName(masterKey),
    onIdleError: (error) => log.warn({ reason: error.message }, 'the database dropped an idle connection'),
  });
  const closers: (() => Promise<unknown>)[] = [() => database.close(), async () => tracing?.close()];
  try {
    const keys = await openVault(database.db, masterKey, (error) => log.warn({ err: error }, KEYS_NOT_READ));
    closers.unshift(() => keys.close());
    const connection = await connectTemporal(config);
    closers.unshift(() => connection.close());
    const temporal = new Client({
      ...{ connection, namespace: config.temporal.namespace },
      ...(tracing && { interceptors: tracing.client }),
    });
    const presence = await showPresence(databaseUrl, (error) =>
      log.warn({ reason: error.message }, 'the connection that shows that this process lives broke'),
    );
    closers.unshift(() => presence.close());
    const server = createServer(
      { requestTimeout: REQUEST_MS },
      createApp({
        db: database.db,
        vault: keys.vault,
        temporal,
        config,
        log,
        holder: presence.holder,
      }),
    );
    const running = answersOf(server);
    const port = await listen(server, config);
    closers.unshift(() => closeServer(server, running));
    return { port, close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
};

const closeAll = async (closers: readonly (() => Promise<unknown>)[]): Promise<void> => {
  for (const close of closers) await close();
};

const required = ({ databaseUrl, masterKey, adminToken }: Config) => {
  const missing = Object.entries({
    DATABASE_URL: databaseUrl,
    OKURI_MASTER_KEY: masterKey,
    OKURI_ADMIN_TOKEN: adminToken,
  }).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (databaseUrl === undefined || masterKey === undefined || missing.length > 0)
    throw new ApiStartError(
      `The API needs ${missing.join(', ')}. \`okuri up\` (npm start) sets them; alone, give them in the environment.`,
    );
  return { databaseUrl: databaseUrl.reveal(), masterKey: masterKey.reveal() };
};

const listen = async (server: Server, { api: { host, port } }: Config): Promise<number> => {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ApiStartError(
      `The API cannot listen on ${host}:${port} (${detail}). Free the port, or set PORT to another.`,
      { cause },
    );
  }
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : port;
};

/** The answers that are being given, so that closing waits for them and for nothing else. */
const answersOf = (server: Server): ReadonlySet<ServerResponse> => {
  const running = new Set<ServerResponse>();
  server.on('request', (_request, response) => {
    running.add(response);
    response.once('close', () => running.delete(response));
  });
  return running;
};

const closeServer = async (server: Server, running: ReadonlySet<ServerResponse>): Promise<void> => {
  const closed = new Promise<void>((done) => server.close(() => done()));
  const answered = Promise.all([...running].map((response) => once(response, 'close')));
  await Promise.race([answered, sleep(CLOSE_MS, undefined, { ref: false })]);
  server.closeAllConnections();
  await closed;
};
