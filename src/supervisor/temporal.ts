import { join } from 'node:path';
import { atAddress, type Config } from '../config';
import type { Say } from '../machine';
import { cliVersion, findProgram, TEMPORAL_CLI } from '../temporal/binaries';
import { adoptDevServer, type DevServer, type DevServerPorts, startDevServer } from '../temporal/dev-server';
import { type DataDir, DataDirError } from './data-dir';
import { choosePort } from './ports';
import type { Services } from './services';

/** Where the dev server of this instance is. */
export interface TemporalPlace {
  address: string;
  uiUrl: string;
  /** The configuration that connects to it. */
  config: Config['temporal'];
}

/** What the start of Temporal needs of the whole start. */
interface Start {
  config: Config;
  dir: DataDir;
  services: Services;
  say: Say;
}

const GRPC_PORT = 7233;
const UI_PORT = 8233;

/** Finds the CLI and keeps its dev server running on the data directory's database; adopts one that was left running. */
export async function keepTemporal(start: Start): Promise<TemporalPlace> {
  const { config, dir, services, say } = start;
  const cacheDir = join(dir.path, 'cache');
  const cli = await services.step(findProgram(TEMPORAL_CLI, { given: config.temporalCli, cacheDir, say }));
  const version = await services.step(cliVersion(cli.path));
  demandSameVersion(dir, version);
  say(`Starting Temporal ${version} (CLI from ${cli.origin})`);
  const { namespace } = config.temporal;
  const dbFile = temporalDatabase(dir);
  const wanted = { port: config.temporalPorts.grpc, uiPort: config.temporalPorts.ui };
  let adopted = await services.step(adoptDevServer({ dbFile, namespace, wanted }, say));
  const { port, uiPort } = adopted ?? (await choosePorts(start));
  await services.keep('temporal', async (): Promise<DevServer> => {
    const server =
      adopted ??
      (await startDevServer({ cli: cli.path, dbFile, namespace, port, uiPort, logFile: logFile(dir) }));
    // Only the first time: what is started again after its end is started afresh.
    adopted = undefined;
    return server;
  });
  await dir.record({
    temporalVersion: version,
    ports: { ...dir.state.ports, temporal: port, temporalUi: uiPort },
  });
  const address = `127.0.0.1:${port}`;
  return {
    address,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    config: atAddress(config.temporal, address),
  };
}

/** The dev server's SQLite file; its journals stand beside it under longer names. */
export const temporalDatabase = (dir: DataDir) => join(dir.path, 'temporal.db');
const logFile = (dir: DataDir) => join(dir.path, 'logs', 'temporal.log');

function demandSameVersion({ state, path }: DataDir, version: string): void {
  if (state.temporalVersion === undefined || state.temporalVersion === version) return;
  throw new DataDirError(
    `Temporal's database in ${path} was written by version ${state.temporalVersion} of its CLI, and the one found is ${version}. ` +
      `Give the path of version ${state.temporalVersion} in TEMPORAL_CLI, or move to the new one with \`okuri rebuild\`: ` +
      'it starts with an empty Temporal and brings every open order back from PostgreSQL.',
  );
}

async function choosePorts({ config: { temporalPorts }, dir, say }: Start): Promise<DevServerPorts> {
  const { temporal, temporalUi } = dir.state.ports;
  const grpc = { title: 'Temporal', variable: 'OKURI_TEMPORAL_PORT', set: temporalPorts.grpc };
  const ui = { title: 'Temporal UI', variable: 'OKURI_TEMPORAL_UI_PORT', set: temporalPorts.ui };
  return {
    port: await choosePort({ ...grpc, preferred: [GRPC_PORT, temporal] }, say),
    uiPort: await choosePort({ ...ui, preferred: [UI_PORT, temporalUi] }, say),
  };
}
