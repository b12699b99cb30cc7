import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is asked, and how often. */
export interface OpenLoad {
  readonly port: number;
  readonly token: string;
  /** The path of the request with this number. */
  readonly path: (index: number) => string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
}

/**
 * Asks at fixed moments, whether or not what was asked before is answered, and tells how long each took from the moment
 * it was due: a server that falls behind shows it. @throws Error for an answer that is no success
 */
export const openLoop = async (load: OpenLoad): Promise<number[]> => {
  const { port, token, path, perSecond, seconds, connections } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { authorization: `Bearer ${token}` };
  const began = performance.now();
  const asked = Array.from({ length: perSecond * seconds }, async (_, index) => {
    const due = began + (index * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    await new Promise<void>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: path(index), agent, headers }, (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode === 200
            ? resolve()
            : reject(new Error(`${path(index)} answered ${response.statusCode}`)),
        );
      }).on('error', reject);
    });
    return performance.now() - due;
  });
  const took = await Promise.all(asked);
  agent.destroy();
  return took;
};
