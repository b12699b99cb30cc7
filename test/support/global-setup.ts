import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, type Say } from '../../src/machine';
import { migrate } from '../../src/store/migrate';
import { startPostgres } from '../../src/supervisor/postgres';
import { findProgram, TEMPORAL_CLI, TEST_SERVER } from '../../src/temporal/binaries';
import { startDevServer } from '../../src/temporal/dev-server';
import { bundleWorkflows } from '../../src/worker/bundle';
import { createDatabase, TEMPLATE } from './postgres';
import { started } from './started';

const cacheDir = resolve('.okuri/cache');
const say: Say = (line) => process.stderr.write(`${line}\n`);

/** Bundles the workflows and starts one PostgreSQL and one Temporal for all test files of a run, on free ports and in a directory of their own. */
export default async function globalSetup(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'okuri-test-'));
  started.dirs.push(dir);
  // PostgreSQL's own account must get through when the tests run as root.
  await chmod(dir, 0o711);
  const [postgres, temporal, testServer, bundle] = await Promise.all([
    startDatabase(dir),
    startTemporal(dir),
    findTestServer(),
    writeBundle(dir),
  ]);
  process.env.TEST_POSTGRES_URL = postgres;
  process.env.TEST_TEMPORAL_ADDRESS = temporal.address;
  process.env.TEST_TIME_SKIPPING_SERVER = testServer;
  process.env.TEST_WORKFLOW_BUNDLE = bundle;
  // Instances that tests start on data directories of their own need not look for it again.
  process.env.TEMPORAL_CLI = temporal.cli;
}

async function startDatabase(dir: string): Promise<string> {
  const options = { dataDir: dir, logFile: join(dir, 'postgres.log'), durable: false };
  const postgres = await startPostgres({ ...options, say: () => undefined });
  started.servers.push(postgres);
  started.dirs.push(postgres.home);
  await migrate(await createDatabase(postgres.url, TEMPLATE));
  return postgres.url;
}

async function startTemporal(dir: string): Promise<{ address: string; cli: string }> {
  const { path: cli } = await findProgram(TEMPORAL_CLI, { given: process.env.TEMPORAL_CLI, cacheDir, say });
  const options = { cli, port: await freePort(), namespace: 'default' };
  const server = await startDevServer({ ...options, logFile: join(dir, 'temporal.log') });
  started.servers.push(server);
  return { address: server.address, cli };
}

async function writeBundle(dir: string): Promise<string> {
  const file = join(dir, 'workflow-bundle.js');
  await writeFile(file, await bundleWorkflows());
  return file;
}

async function findTestServer(): Promise<string> {
  const found = await findProgram(TEST_SERVER, { given: process.env.TEMPORAL_TEST_SERVER, cacheDir, say });
  return found.path;
}
