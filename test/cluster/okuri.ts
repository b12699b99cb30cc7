import { join, resolve } from 'node:path';
import { freePort } from '../../src/machine';
import { startChild } from '../../src/supervisor/node-child';
import type { Services } from '../../src/supervisor/services';
import { okuri } from '../support/instance';

/** A process of Okuri. */
interface Part {
  readonly name: string;
  readonly role: 'api' | 'worker';
  readonly env: NodeJS.ProcessEnv;
}

/** Several APIs and workers on servers of their own, as on several machines. */
export interface Parts {
  /** The APIs' addresses; the sandbox is in the process of the first one. */
  readonly apiUrls: readonly string[];
  readonly sandboxUrl: string;
  readonly logs: readonly string[];
}

/** Names of the processes, in the order in which they are started. */
export const WORKERS = ['worker', 'second-worker', 'third-worker'] as const;
export const APIS = ['api', 'second-api'] as const;

const CLI = resolve('dist/cli.js');

/** Brings the schema up to date. */
export const migrate = async (common: NodeJS.ProcessEnv): Promise<void> => {
  const { code, output } = await okuri('migrate', common);
  if (code !== 0) throw new Error(`okuri migrate failed:\n${output}`);
};

/** Starts two APIs, one of them with the sandbox, and three workers, all at once, and keeps them running. */
export const startOkuri = async (
  dir: string,
  services: Services,
  common: NodeJS.ProcessEnv,
  ports: OkuriPorts,
): Promise<Parts> => {
  await Promise.all(
    partsOf(common, ports).map(({ name, role, env }) =>
      services.keep(name, () => startChild(role, env, logOf(dir, name), [], CLI)),
    ),
  );
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return {
    apiUrls: [at(ports.api), at(ports.secondApi)],
    sandboxUrl: at(ports.sandbox),
    logs: [...APIS, ...WORKERS].map((name) => logOf(dir, name)),
  };
};

/** Ports of Okuri's own processes; a start after a kill of everything takes the same. */
export interface OkuriPorts {
  readonly api: number;
  readonly secondApi: number;
  readonly sandbox: number;
}

/** Ports that are free. */
export const freeOkuriPorts = async (): Promise<OkuriPorts> => ({
  api: await freePort(),
  secondApi: await freePort(),
  sandbox: await freePort(),
});

const logOf = (dir: string, name: string): string => join(dir, 'logs', `${name}.log`);

const partsOf = (common: NodeJS.ProcessEnv, ports: OkuriPorts): Part[] => {
  const sandbox = { OKURI_SANDBOX: 'true', OKURI_SANDBOX_PORT: String(ports.sandbox) };
  return [
    { name: 'api', role: 'api', env: { ...common, ...sandbox, PORT: String(ports.api) } },
    { name: 'second-api', role: 'api', env: { ...common, PORT: String(ports.secondApi) } },
    ...WORKERS.map((name): Part => ({ name, role: 'worker', env: { ...common, CHAOS_CLOCK_NAME: name } })),
  ];
};
