import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { errorCode, freePort, portIsFree, type Say } from '../../src/machine';
import { startPostgres } from '../../src/supervisor/postgres';
import type { Services } from '../../src/supervisor/services';
import { type FullTemporal, prepareDatabases, startFullTemporal } from './full-temporal';
import { findPrograms } from './programs';
import { OTHER_PORTS } from './temporal-config';

/** Where what was built is kept. */
export const CACHE_DIR = resolve('.okuri/cache');

/** The environment of every process of Okuri on these servers. */
export interface Addresses {
  readonly DATABASE_URL: string;
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
}

/** What servers are started with. */
export interface ServerOptions {
  /** Holds their files; what is there from before is used again. */
  readonly dir: string;
  /** Keeps them running. */
  readonly services: Services;
  readonly namespace: string;
  readonly say: Say;
}

const ports = z.object({
  postgresHome: z.string().optional(),
  postgres: z.number(),
  frontend: z.number(),
  others: z.array(z.number()).length(OTHER_PORTS),
});
type Ports = z.infer<typeof ports>;

/**
 * Starts a PostgreSQL and a full Temporal server on it, each unless DATABASE_URL or TEMPORAL_ADDRESS names one that runs
 * elsewhere, and keeps them running. A server elsewhere is used as it is; its namespace has to be there.
 * @throws FullServerMissing, and Error with the end of a server's log
 */
export const startServers = async ({ dir, services, namespace, say }: ServerOptions): Promise<Addresses> => {
  const { DATABASE_URL: givenDatabase, TEMPORAL_ADDRESS: givenTemporal } = process.env;
  const programs = givenTemporal === undefined ? findPrograms(CACHE_DIR) : undefined;
  await mkdir(join(dir, 'logs'), { recursive: true });
  // PostgreSQL's own account must get through when everything runs as root.
  await chmod(dir, 0o711);
  const known = await knownPorts(dir);
  const databaseUrl = givenDatabase ?? (await keepPostgres(dir, services, known, say));
  if (programs !== undefined) {
    say('Starting Temporal (frontend, history, matching and worker in one process)');
    const options: FullTemporal = { programs, dir, databaseUrl, ports: known, namespace };
    await prepareDatabases(options);
    await services.keep('temporal', () => startFullTemporal(options));
  }
  return {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: givenTemporal ?? `127.0.0.1:${known.frontend}`,
    TEMPORAL_NAMESPACE: namespace,
  };
};

const keepPostgres = async (dir: string, services: Services, known: Ports, say: Say): Promise<string> => {
  say('Starting PostgreSQL');
  const options = { dataDir: dir, logFile: join(dir, 'logs', 'postgres.log'), durable: true, say };
  const home = { port: known.postgres, ...(known.postgresHome && { knownHome: known.postgresHome }) };
  const server = await services.keep('postgres', () => startPostgres({ ...options, ...home }));
  await writePorts(dir, { ...known, postgres: server.port, postgresHome: server.home });
  return server.url;
};

/** The ports of the last run if nobody has taken them since; Temporal remembers its members by them. */
const knownPorts = async (dir: string): Promise<Ports> => {
  const before = await readPorts(dir);
  const [first] = before === undefined ? [] : [before.frontend];
  if (before !== undefined && first !== undefined && (await portIsFree(first))) return before;
  const others = await Promise.all(Array.from({ length: OTHER_PORTS }, freePort));
  const fresh = { ...before, postgres: await freePort(), frontend: await freePort(), others };
  await writePorts(dir, fresh);
  return fresh;
};

const fileIn = (dir: string): string => join(dir, 'ports.json');
const writePorts = (dir: string, state: Ports): Promise<void> =>
  writeFile(fileIn(dir), JSON.stringify(state, null, 1));
const readPorts = async (dir: string): Promise<Ports | undefined> => {
  try {
    return ports.parse(JSON.parse(await readFile(fileIn(dir), 'utf8')));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};
