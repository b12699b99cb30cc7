import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Say } from '../../src/machine';

/** A program of Temporal's full server. */
interface Program {
  /** Its file name on PATH and in the cache. */
  readonly name: string;
  /** The environment variable that gives its path. */
  readonly variable: string;
  /** Its package below go.temporal.io/server; Go names what it builds by the last part. */
  readonly source: string;
}

const SERVER: Program = { name: 'temporal-server', variable: 'TEMPORAL_SERVER', source: 'cmd/server' };
const SQL_TOOL: Program = {
  name: 'temporal-sql-tool',
  variable: 'TEMPORAL_SQL_TOOL',
  source: 'cmd/tools/sql',
};

/** The version that is built where Go is there. */
const VERSION = 'v1.32.0';

/** Paths of the programs; the second one brings the schemas with it. */
export interface Programs {
  readonly server: string;
  readonly sqlTool: string;
}

/** Temporal's full server is not on this machine; the message says what to do. */
class FullServerMissing extends Error {
  override readonly name = 'FullServerMissing';
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const find = ({ name, variable }: Program, cacheDir: string): string | undefined => {
  const given = process.env[variable];
  if (given !== undefined) return isProgram(given) ? given : undefined;
  const dirs = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), cacheDir];
  return dirs.map((dir) => join(dir, name)).find(isProgram);
};

/** Finds the programs by their variables, on PATH and in the cache. @throws FullServerMissing */
export const findPrograms = (cacheDir: string): Programs => {
  const server = find(SERVER, cacheDir);
  const sqlTool = find(SQL_TOOL, cacheDir);
  if (server !== undefined && sqlTool !== undefined) return { server, sqlTool };
  const missing = [server ?? SERVER, sqlTool ?? SQL_TOOL].flatMap((one) =>
    typeof one === 'string' ? [] : [`${one.name} (${one.variable})`],
  );
  throw new FullServerMissing(
    `Temporal's full server is not here: ${missing.join(' and ')}. Put the programs of a release ` +
      '(github.com/temporalio/temporal) on PATH, or give their paths in the variables; or, with Go installed, ' +
      'build them: npm run cluster -- build (some minutes, once).',
  );
};

/** Builds with Go what the cache lacks. @throws Error with Go's own words */
export const buildPrograms = async (cacheDir: string, say: Say): Promise<void> => {
  await mkdir(cacheDir, { recursive: true });
  for (const { name, source } of [SERVER, SQL_TOOL]) {
    const path = join(cacheDir, name);
    if (isProgram(path)) continue;
    say(`Building ${name} ${VERSION}; this takes some minutes`);
    const half = await mkdtemp(`${path}.`);
    try {
      await install(`go.temporal.io/server/${source}@${VERSION}`, half);
      await rename(join(half, source.slice(source.lastIndexOf('/') + 1)), path);
    } finally {
      await rm(half, { recursive: true, force: true });
    }
  }
};

const install = (what: string, into: string): Promise<void> =>
  new Promise((done, failed) => {
    const env = { ...process.env, GOBIN: into, CGO_ENABLED: '0' };
    const go = spawn('go', ['install', what], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    go.once('error', ({ message }) => failed(new Error(`Go could not be run: ${message}`)));
    go.once('exit', (code) =>
      code === 0 ? done() : failed(new Error(`go install ${what} ended with ${code}`)),
    );
  });
