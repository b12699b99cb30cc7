import { moveCursor } from '../store/cursors';
import type { ActivityContext } from './context';

const MINUTE_MS = 60_000;
/** A cycle that comes this much early still counts as a minute after the one before. */
const TOLERANCE_MS = 5_000;
/** How long a job that failed waits, so that the others have their turn. */
const RETRY_MS = 10 * MINUTE_MS;
/** The cursor that tells until when the calls of background work are paid for. */
const PAID = 'background';
const retryOf = (name: string): string => `${PAID}/${name}`;

/** Work of a shop that may wait a little. */
export interface BackgroundJob {
  /** Names the cursor that holds when it was done last. */
  readonly name: string;
  /** How late it is: from 1 on it is due, and what is latest goes first. */
  readonly lateness: (last: Date | undefined, now: Date) => number;
  /** Does it, with calls that are counted. */
  readonly run: (context: ActivityContext) => Promise<void>;
}

/** Lateness of what is to be done once in so many milliseconds. */
export const every =
  (ms: number): BackgroundJob['lateness'] =>
  (last, now) =>
    (now.getTime() - (last?.getTime() ?? 0)) / ms;

/** Lateness of what is wanted with each minute's cycle. */
export const everyMinute = every(MINUTE_MS - TOLERANCE_MS);

/**
 * Does what is most overdue. All of this work together costs one call in a minute on average, however many pages a
 * sweep takes: the minutes that it used up are waited for before there is more. With one search for new orders and
 * three for moved ones a minute that makes five. A job that has nothing to ask costs nothing, and the next one goes on.
 */
export const runBackground = async (
  context: ActivityContext,
  shopId: string,
  jobs: readonly BackgroundJob[],
  cursors: ReadonlyMap<string, Date>,
): Promise<void> => {
  const now = context.now();
  const paidUntil = cursors.get(PAID)?.getTime() ?? 0;
  if (paidUntil > now.getTime() + TOLERANCE_MS) return;
  for (const job of dueJobs(jobs, cursors, now)) {
    const calls = await runOne(context, shopId, job, now);
    if (calls === 0) continue;
    const from = Math.max(paidUntil, now.getTime());
    await moveCursor(context.db, shopId, PAID, new Date(from + calls * MINUTE_MS));
    return;
  }
};

const dueJobs = (
  jobs: readonly BackgroundJob[],
  cursors: ReadonlyMap<string, Date>,
  now: Date,
): BackgroundJob[] =>
  jobs
    .map((job) => ({ job, lateness: job.lateness(cursors.get(job.name), now) }))
    .filter(({ job, lateness }) => lateness >= 1 && !isAfter(cursors.get(retryOf(job.name)), now))
    .sort((a, b) => b.lateness - a.lateness)
    .map(({ job }) => job);

const isAfter = (instant: Date | undefined, now: Date): boolean => instant !== undefined && instant > now;

/** @returns how many calls it took */
const runOne = async (
  context: ActivityContext,
  shopId: string,
  job: BackgroundJob,
  now: Date,
): Promise<number> => {
  const metered = meter(context);
  try {
    await job.run(metered.context);
  } catch (error) {
    await moveCursor(context.db, shopId, retryOf(job.name), new Date(now.getTime() + RETRY_MS));
    throw error;
  }
  await moveCursor(context.db, shopId, job.name, now);
  return metered.calls();
};

/** Orders that one getOrder call reads. */
const BATCH = 100;

/** The same context, with the searches and readings that go through it counted; what is read because it moved is no background work. */
const meter = (context: ActivityContext): { context: ActivityContext; calls: () => number } => {
  let calls = 0;
  const gateway: ActivityContext['gateway'] = (shopId) => {
    const own = context.gateway(shopId);
    return {
      ...own,
      searchOrder: (search, options) => {
        calls += 1;
        return own.searchOrder(search, options);
      },
      getOrders: (numbers, options) => {
        if (options?.priority !== 'order') calls += Math.ceil(numbers.length / BATCH);
        return own.getOrders(numbers, options);
      },
    };
  };
  return { context: { ...context, gateway }, calls: () => calls };
};
