import type { Duration } from '@temporalio/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Assessment } from '../activities/assess';
import type { OrderActivities } from '../activities/order';
import type { Step } from '../domain/decide';
import { ORDER_DRIVER, shopTaskQueue } from '../temporal/ids';
import { OkuriDeadline, OkuriHolds, OkuriStage } from '../temporal/search-attributes';
import { describeOrder, describeStep } from './describe';
import type { Reason } from './failures';
import { reasonOf, rethrowCancellation } from './failures';
import type { OrderInput, OrderStatus, RefusedUpdate } from './messages';
import { orderChanged, orderDecided, orderStatus, retryOrder } from './messages';
import { oneTimer, timerPerWait } from './waits';

/** How long a parked order waits before each further attempt; the last one repeats. */
const PARKED_WAITS: readonly Duration[] = ['15 seconds', '1 minute', '5 minutes', '15 minutes'];

/** A parked shop wakes its orders; this is how long they wait at most when that was missed. */
const SHOP_PARKED_WAIT = '1 hour';

/** More steps than any order needs without a wait: whoever makes more turns in a circle and is stopped. */
const MOST_STEPS = 20;

const rakuten = {
  startToCloseTimeout: '8 minutes',
  heartbeatTimeout: '15 seconds',
  scheduleToCloseTimeout: '30 minutes',
  retry: {
    initialInterval: '2 seconds',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 5,
  },
} as const;
const database = {
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
} as const;

const { assessOrder, noteParked } = proxyLocalActivities<OrderActivities>(database);

type Effect = Exclude<Step, 'wait' | 'end'>;
type Run = (input: OrderInput, priority?: number) => Promise<Assessment>;

/** The activities of the order's shop; of those that wait for a slot the most urgent goes first. */
const ofShop = (effect: Effect, { shopId }: OrderInput, priorityKey: number | undefined) =>
  proxyActivities<OrderActivities>({
    ...rakuten,
    taskQueue: shopTaskQueue(shopId),
    summary: describeStep(effect),
    ...(priorityKey === undefined ? {} : { priority: { priorityKey } }),
  });

/** The activity that performs each step. */
const EFFECTS: Readonly<Record<Effect, Run>> = {
  fetch: (input, priority) => ofShop('fetch', input, priority).fetchOrder(input),
  confirm: (input, priority) => ofShop('confirm', input, priority).confirmOrder(input),
  instruct: (input, priority) => ofShop('instruct', input, priority).instructFulfilment(input),
  report: (input, priority) => ofShop('report', input, priority).reportShipping(input),
  recall: (input, priority) => ofShop('recall', input, priority).recallFulfilment(input),
  cancel: (input, priority) => ofShop('cancel', input, priority).cancelOrder(input),
};

/**
 * Carries one order from its import to its end. It looks at PostgreSQL, performs the step that is next, and waits for
 * news; what to do is decided by the domain inside the activities, so that this driver stays small and replays safely.
 * It never fails for what happens to an order: what cannot go on waits, is tried again, and says why.
 */
export async function order(input: OrderInput): Promise<OrderStatus> {
  let status: OrderStatus = { stage: 'imported', step: 'wait', holds: [], parked: null };
  let news = false;
  let asked = false;
  let reads = false;
  let waiting = 0;
  const turns = { taken: 0, rests: 0 };
  const hasNews = (): boolean => news;
  setHandler(orderChanged, () => {
    news = true;
  });
  setHandler(orderStatus, () => status);
  const answer = async (): Promise<OrderStatus> => {
    news = true;
    const counter = input.driver === undefined ? 'taken' : 'rests';
    const before = turns[counter];
    waiting += 1;
    await condition(() => turns[counter] > before || status.step === 'end', '1 minute');
    waiting -= 1;
    return status;
  };
  const validator = (): void => refuseFinished(status);
  setHandler(
    retryOrder,
    () => {
      asked = true;
      return answer();
    },
    { validator },
  );
  setHandler(orderDecided, answer, { validator });

  const waits = input.driver === undefined ? timerPerWait() : oneTimer();
  let failures = 0;
  let shopParked = false;
  let lookAt: number | undefined;
  let steps = 0;
  let priority: number | undefined;
  let run: Run = assessOrder;
  for (;;) {
    news = false;
    if (workflowInfo().continueAsNewSuggested) await continueLong(input, () => reads || waiting > 0);
    let failed: boolean;
    try {
      const assessment = await run(input, priority);
      steps += 1;
      failed = steps > MOST_STEPS;
      status = statusOf(assessment, failed);
      lookAt = assessment.lookAt === undefined ? undefined : Date.parse(assessment.lookAt);
      ({ priority } = assessment);
      shopParked = false;
      show(input, status, failed);
      if (failed) await note(input, { cause: 'internal', shopParked });
    } catch (error) {
      const reason = reasonOf(error);
      failed = true;
      status = { ...status, parked: reason.cause };
      shopParked = reason.shopParked;
      show(input, status, failed);
      if (await note(input, reason)) news = true;
    }
    failures = failed ? failures + 1 : 0;
    turns.taken += 1;
    if (!failed) {
      if (status.step === 'end') break;
      if (status.step !== 'wait') {
        run = EFFECTS[status.step];
        continue;
      }
    }
    turns.rests += 1;
    if (failed) {
      await condition(hasNews, shopParked ? SHOP_PARKED_WAIT : parkedWait(failures));
      run = news ? assessOrder : run;
    } else {
      const ended = await waits.untilLook(hasNews, lookAt);
      run = ended === 'reread' ? EFFECTS.fetch : assessOrder;
    }
    steps = 0;
    reads = asked && (input.driver !== undefined || patched(RETRY_READS));
    if (reads) run = EFFECTS.fetch;
    asked = false;
  }
  if (!allHandlersFinished()) await condition(allHandlersFinished);
  return status;
}

/** Whoever asks for another try has often put something right at Rakuten, so the order is read from there. */
const RETRY_READS = 'retry-reads-rakuten';

/** What ended cannot be changed any more: said before anything is written into the history. */
const refuseFinished = ({ step, stage }: OrderStatus): void => {
  if (step === 'end')
    throw ApplicationFailure.nonRetryable(`The order is ${stage}`, 'order_finished' satisfies RefusedUpdate);
};

/** What an assessment says to people. More steps than any order needs are a fault of ours. */
const statusOf = ({ stage, step, holds, parked, deadline }: Assessment, inCircles: boolean): OrderStatus => ({
  stage,
  step,
  holds,
  parked: inCircles ? 'internal' : (parked ?? null),
  ...(deadline === undefined ? {} : { deadline }),
});

const parkedWait = (failures: number): Duration =>
  PARKED_WAITS[Math.min(failures, PARKED_WAITS.length) - 1] ?? '15 minutes';

/** Shows where the order stands in Temporal UI. */
const show = (input: OrderInput, status: OrderStatus, failed: boolean): void => {
  setCurrentDetails(describeOrder(status));
  const rests = failed || status.step === 'wait' || status.step === 'end';
  if (rests || input.driver === undefined) publish(status);
};

/**
 * Notes in the order's timeline why it is parked. It is for people; when PostgreSQL itself is what fails, it is written
 * with a later attempt.
 * @returns whether the order has ended meanwhile, so that there is nothing to wait for
 */
const note = async (input: OrderInput, { cause, detail, shopParked }: Reason): Promise<boolean> => {
  const ended = await noteParked(input, cause, detail, shopParked).catch(rethrowCancellation);
  // Those that were written down by an earlier version answered nothing.
  return ended === true;
};

/** Before, an update that woke a long order kept it waiting for a minute, and what it had asked for was forgotten. */
const ANSWERS_FIRST = 'answers-before-continuing';

/**
 * Starts the workflow anew, since its history grows long: everything it knows stands in PostgreSQL. What this run owes to
 * people it does before: a turn that an update waits for, and the reading that one asked for. How soon a handler that has
 * done its work counts as finished differs with tracing, so that nothing is decided by it: it is only waited for.
 */
const continueLong = async (input: OrderInput, owes: () => boolean): Promise<void> => {
  await condition(() => owes() || allHandlersFinished());
  if (owes() && patched(ANSWERS_FIRST)) return;
  await condition(allHandlersFinished);
  await continueAsNew<typeof order>({ ...input, driver: ORDER_DRIVER });
};

/**
 * Lets operators find the order by where it stands; writes into the history only what changed. What it passes through
 * on its way to the next rest is told by its current details alone, which cost no event.
 */
const publish = (status: OrderStatus): void => {
  const shown = workflowInfo().typedSearchAttributes;
  const changed = [
    ...(shown.get(OkuriStage) === status.stage ? [] : [{ key: OkuriStage, value: status.stage }]),
    ...(sameCodes(shown.get(OkuriHolds) ?? [], status.holds)
      ? []
      : [{ key: OkuriHolds, value: [...status.holds] }]),
    ...deadlineOf(status.deadline?.at, shown.get(OkuriDeadline)),
  ];
  if (changed.length > 0) upsertSearchAttributes(changed);
};

const deadlineOf = (at: string | undefined, shown: Date | undefined) =>
  at === undefined || shown?.getTime() === Date.parse(at)
    ? []
    : [{ key: OkuriDeadline, value: new Date(at) }];

const sameCodes = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((code) => b.includes(code));
