import { checkAll, type Finding } from './checks';
import { endAllTrouble } from './faults';
import { historiesOf } from './histories';
import { type Deeds, openShop } from './load';
import { type Plan, planOf } from './plan';
import type { Progress } from './progress';
import type { Rate } from './rates';
import { type Run, type RunOptions, save } from './running';
import { readAll, settle } from './settle';
import { takeSteps } from './steps';
import { reach } from './world';

/** What came of a run. */
export interface Outcome {
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  readonly rates: readonly Rate[];
  readonly firstMoveMs: number | undefined;
  /** Both histories of the first orders that something is wrong with. */
  readonly histories: readonly string[];
  readonly progress: Progress;
  /** How long the last orders took after the last step, in milliseconds. */
  readonly settledAfterMs: number;
}

/** Runs a plan from where it stands to its end, waits until everything has settled, and compares the books. */
export const runChaos = async (options: RunOptions): Promise<Outcome> => {
  const { env, progress, say } = options;
  const plan = planOf({ ...progress, targets: env.targets, troubles: env.troubles });
  const first = progress.begun.length === 0;
  await env.start();
  const world = reach(env);
  const deeds: Deeds = {
    numbers: new Map(Object.entries(progress.numbers)),
    acted: new Set(progress.acted),
    movements: new Map(Object.entries(progress.movements)),
    repeated: progress.repeated,
  };
  const run: Run = {
    ...options,
    plan,
    world,
    deeds,
    begun: new Set(progress.begun),
    since: Date.now(),
    state: progress,
    starting: Promise.resolve(),
  };
  try {
    if (first) await openShop(world);
    else await endAllTrouble(world);
    say(
      `${plan.orders.length} orders, ${plan.kills.length} kills and ${plan.troubles.length} other troubles in ${seconds(plan.lengthMs)}, from seed ${plan.seed}`,
    );
    await takeSteps(run);
    const settledAfterMs = await settle(run);
    const books = await readAll(run);
    const findings = checkAll(books);
    return {
      plan,
      findings,
      rates: books.rates,
      firstMoveMs: env.firstMoveMs,
      histories: await historiesOf(world, findings, books),
      progress: save(run),
      settledAfterMs,
    };
  } finally {
    await world.close();
  }
};

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
