import { buildOnce, makeDataDir, removeDataDir } from '../support/instance';
import { embedded } from './embedded';
import type { Environment } from './environment';
import { freshProgress } from './progress';
import { brokenOf, isSound, reportOf } from './report';
import { runChaos } from './run';

/** The short form of `npm run chaos`; CHAOS_SEED plays another plan. */
const INPUT = { seed: Number(process.env.CHAOS_SEED ?? 20), orders: 60, kills: 6 };
const SETTLE_MS = 150_000;

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
    const outcome = await runChaos({
      ...{ env, dir: dataDir, progress: freshProgress(INPUT), settleMs: SETTLE_MS, hurry: true },
      say: (line) => said.push(line),
    });
    if (!isSound(outcome)) throw new Error([...brokenOf(outcome), ...said, reportOf(outcome)].join('\n'));
  }, 420_000);
});
