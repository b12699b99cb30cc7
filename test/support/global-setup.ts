import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../src/supervisor/postgres';
import { started } from './started';

/** Starts one PostgreSQL for all test files of a run, on free ports and in a directory of its own. */
export default async function globalSetup(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'okuri-test-'));
  // PostgreSQL's own account must get through when the tests run as root.
  await chmod(dir, 0o711);
  started.dirs.push(dir);
  const [postgres] = await Promise.all([server(dir)]);
  process.env.TEST_POSTGRES_URL = postgres;
}

async function server(dir: string): Promise<string> {
  const postgres = await startPostgres({
    dataDir: dir,
    logFile: join(dir, 'postgres.log'),
    durable: false,
    say: () => undefined,
  });
  started.servers.push(postgres);
  started.dirs.push(postgres.home);
  return postgres.url;
}
