import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from './environment';
import { type Deeds, tend } from './load';
import type { OrderKind, Plan } from './plan';
import { type Progress, saveProgress } from './progress';
import type { World } from './world';

/** What a run is told beside its progress. */
export interface RunOptions {
  readonly env: Environment;
  /** Where progress is written. */
  readonly dir: string;
  readonly progress: Progress;
  readonly say: (line: string) => void;
  /** How long the last orders may take after the last step, in milliseconds. */
  readonly settleMs: number;
  /** Whether orders that are parked are tried again at once in the end, as a person can. */
  readonly hurry: boolean;
}

/** A run that is under way. */
export interface Run extends RunOptions {
  readonly plan: Plan;
  readonly world: World;
  readonly deeds: Deeds;
  readonly begun: Set<string>;
  readonly since: number;
  state: Progress;
  /** Resolves when everything that is being started runs and the first order has moved: nothing else is broken before. */
  starting: Promise<unknown>;
}

/** Writes down how far the run is. */
export const save = (run: Run): Progress => {
  const { deeds, begun, state, dir } = run;
  const now: Progress = {
    ...state,
    elapsedMs: run.progress.elapsedMs + Date.now() - run.since,
    begun: [...begun],
    numbers: Object.fromEntries(deeds.numbers),
    acted: [...deeds.acted],
    movements: Object.fromEntries(deeds.movements),
    repeated: deeds.repeated,
  };
  saveProgress(dir, now);
  return now;
};

/** How long it has lasted, without what was between its parts, in milliseconds. */
export const elapsed = (run: Run): number => run.progress.elapsedMs + Date.now() - run.since;

const TEND_EVERY_MS = 600;

const kindsOf = ({ plan, deeds }: Run): Map<string, readonly [string, OrderKind]> =>
  new Map(
    plan.orders.flatMap(({ id, kind }) => {
      const number = deeds.numbers.get(id);
      return number === undefined ? [] : [[number, [id, kind]] as const];
    }),
  );

/** Looks after the orders again and again. What gets no answer, because a process is coming back, has its turn again. */
export const startTending = (run: Run, hurry = false) => {
  let stopping = false;
  const loop = async (): Promise<void> => {
    while (!stopping) {
      await tend(run.world, run.deeds, kindsOf(run), hurry).catch(() => undefined);
      save(run);
      await sleep(TEND_EVERY_MS);
    }
  };
  const running = loop();
  return {
    stop: async () => {
      stopping = true;
      await running;
    },
  };
};
