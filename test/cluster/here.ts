import { external, SHOPS } from '../chaos/external';
import { instanceEnvironment, type RunningOkuri, startInstance } from '../support/instance';

/**
 * Starts all of Okuri on a data directory: by `okuri up`, or under `npm run cluster -- test` as several processes on a
 * PostgreSQL and a full Temporal server.
 */
export const startHere = async (dataDir: string): Promise<RunningOkuri> => {
  if (process.env.TEST_CLUSTER === undefined) return startInstance(await instanceEnvironment(dataDir));
  const env = await external(dataDir, () => undefined, 'default');
  await env.start();
  return {
    url: env.apiUrl(SHOPS),
    token: env.token,
    databaseUrl: env.databaseUrl,
    stop: env.stop,
    state: async () => ({
      children: env.children(),
      ports: {
        sandbox: Number(new URL(await env.sandboxUrl()).port),
        temporal: Number((await env.temporalAddress()).split(':')[1]),
      },
    }),
  };
};
