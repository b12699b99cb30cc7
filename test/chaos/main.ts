import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram, TEMPORAL_CLI } from '../../src/temporal/binaries';
import { embedded } from './embedded';
import type { Environment } from './environment';
import { external } from './external';
import { freshProgress, readProgress, saveProgress } from './progress';
import { isClean, reportOf } from './report';
import { runChaos } from './run';

const USAGE = `Usage: npm run chaos -- [--orders 2000] [--kills 60] [--seed N] [--dir <directory>] [--settle 1500] [--cluster]
       npm run chaos -- --resume <directory> [--cluster]
--cluster: several processes on a PostgreSQL and a full Temporal server.
--settle: how many seconds the last orders may take after the last step.`;

const say = (line: string): void => {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

const onThisMachine = async (dataDir: string): Promise<Environment> => {
  const cacheDir = resolve('.okuri/cache');
  const { path } = await findProgram(TEMPORAL_CLI, { given: process.env.TEMPORAL_CLI, cacheDir, say });
  process.env.TEMPORAL_CLI = path;
  return embedded(dataDir);
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      orders: { type: 'string', default: '2000' },
      kills: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
      settle: { type: 'string', default: '1500' },
      cluster: { type: 'boolean', default: false },
      dir: { type: 'string' },
      resume: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const numbers = [values.orders, values.kills, values.seed, values.settle].map(Number);
  const [orders = 0, kills = 0, seed = 0, settle = 0] = numbers;
  if (values.help || !numbers.every(Number.isSafeInteger)) {
    process.stderr.write(`${USAGE}\n`);
    return values.help ? 0 : 2;
  }
  const dir = resolve(values.resume ?? values.dir ?? (await mkdtemp(join(tmpdir(), 'okuri-chaos-'))));
  mkdirSync(dir, { recursive: true });
  await chmod(dir, 0o711);
  const progress = values.resume === undefined ? freshProgress({ seed, orders, kills }) : readProgress(dir);
  if (values.resume === undefined) saveProgress(dir, progress);
  say(`Seed ${progress.seed}. Its directory is ${dir}; go on after an interruption with --resume ${dir}`);
  const env = await (values.cluster ? external(join(dir, 'data'), say) : onThisMachine(join(dir, 'data')));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void env.stop().finally(() => process.exit(130)));
  try {
    const outcome = await runChaos({ env, dir, progress, say, settleMs: settle * 1000, hurry: false });
    say(reportOf(outcome));
    return isClean(outcome) ? 0 : 1;
  } finally {
    await env.stop();
  }
};

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
