import { setTimeout as sleep } from 'node:timers/promises';
import { buildOnce, makeDataDir, removeDataDir } from '../support/instance';
import { embedded } from './embedded';
import type { Environment } from './environment';
import { freshProgress } from './progress';
import { brokenOf, isSound, reportOf } from './report';
import { runChaos } from './run';

/** The short form of `npm run chaos`; CHAOS_SEED plays another plan. */
const INPUT = { seed: Number(process.env.CHAOS_SEED ?? 20), orders: 60, kills: 6 };
const SETTLE_MS = 150_000;
/** A run that hangs says where: its last lines. */
const SAID = 12;
const LONGEST_MS = 410_000;

describe('processes that are killed, and everything around them that fails, while buyers order', () => {
  let dataDir: string;
  let env: Environment | undefined;
  beforeAll(async () => {
    await buildOnce();
    dataDir = await makeDataDir();
    env = await embedded(dataDir);
  }, 120_000);
  afterAll(async () => {
    await env?.stop();
    if (dataDir !== undefined) await removeDataDir(dataDir);
  }, 60_000);

  it('lose no order, and do nothing twice', async () => {
    if (env === undefined) throw new Error('there is no environment');
    const said: string[] = [];
    const run = runChaos({
      ...{ env, dir: dataDir, progress: freshProgress(INPUT), settleMs: SETTLE_MS, hurry: true },
      say: (line) => said.push(`${new Date().toISOString()} ${line}`),
    });
    const hangs = new AbortController();
    const late = sleep(LONGEST_MS, undefined, { signal: hangs.signal }).then(() => {
      throw new Error(['The run did not end. The last it said:', ...said.slice(-SAID).reverse()].join('\n'));
    });
    const outcome = await Promise.race([run, late]).finally(() => hangs.abort());
    if (!isSound(outcome)) throw new Error([...brokenOf(outcome), ...said, reportOf(outcome)].join('\n'));
  }, 420_000);
});
