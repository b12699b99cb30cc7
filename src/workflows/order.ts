import type { Duration } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Assessment } from '../activities/assess';
import type { FailureDetail, ParkCause } from '../activities/failures';
import type { OrderActivities } from '../activities/order';
import type { Step } from '../domain/decide';
import { shopTaskQueue } from '../temporal/ids';
import { OkuriHolds, OkuriStage } from '../temporal/search-attributes';
import { describeOrder, describeStep } from './describe';
import type { OrderInput, OrderStatus } from './messages';
import { orderChanged, orderStatus, retryOrder } from './messages';

/** An order is read again at least once a day: what the buyer edits cannot be searched. */
const REREAD = '24 hours';
/** How long a parked order waits before each further attempt; the last one repeats. */
const PARKED_WAITS: readonly Duration[] = ['15 seconds', '1 minute', '5 minutes', '15 minutes'];

/** A parked shop wakes its orders; this is how long they wait at most when that was missed. */
const SHOP_PARKED_WAIT = '1 hour';

/** Longest reason that is written into a timeline, in characters. */
const DETAIL_LENGTH = 500;

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
  let looks = 0;
  setHandler(orderChanged, () => {
    news = true;
  });
  setHandler(orderStatus, () => status);
  setHandler(retryOrder, async () => {
    const before = looks;
    news = true;
    asked = true;
    await condition(() => looks > before || status.step === 'end', '1 minute');
    return status;
  });

  const reread = rereadTimer();
  let failures = 0;
  let shopParked = false;
  let lookAt: string | undefined;
  let steps = 0;
  let priority: number | undefined;
  let run: Run = assessOrder;
  for (;;) {
    news = false;
    await continueIfLong(input);
    try {
      const assessment = await run(input, priority);
      steps += 1;
      const { stage, step, holds } = assessment;
      status = { stage, step, holds, parked: steps > MOST_STEPS ? 'internal' : null };
      ({ lookAt, priority } = assessment);
      shopParked = false;
      if (status.parked === null) failures = 0;
      await show(input, status);
    } catch (error) {
      const reason = reasonOf(error);
      status = { ...status, parked: reason.cause };
      shopParked = reason.shopParked;
      await show(input, status, reason);
    }
    if (status.parked !== null) failures += 1;
    looks += 1;
    if (status.parked === null) {
      if (status.step === 'end') break;
      if (status.step !== 'wait') {
        run = EFFECTS[status.step];
        continue;
      }
    }
    if (status.parked !== null)
      await condition(() => news, shopParked ? SHOP_PARKED_WAIT : parkedWait(failures));
    else if (lookAt === undefined) await condition(() => news || reread.due());
    else if (!(await condition(() => news || reread.due(), untilLook(lookAt)))) news = true;
    steps = 0;
    run = asked && patched(RETRY_READS) ? EFFECTS.fetch : nextRun(run, status, news, reread);
    asked = false;
  }
  await condition(allHandlersFinished);
  return status;
}

/** Whoever asks for another try has often put something right at Rakuten, so the order is read from there. */
const RETRY_READS = 'retry-reads-rakuten';

/** After news PostgreSQL is looked at again, once a day Rakuten; what was parked is tried again as it was. */
const nextRun = (
  last: Run,
  { parked }: OrderStatus,
  news: boolean,
  reread: ReturnType<typeof rereadTimer>,
): Run => {
  if (news) return assessOrder;
  if (parked !== null) return last;
  reread.restart();
  return EFFECTS.fetch;
};

/** Milliseconds from now; a little more, so that the moment has surely come when it is looked at. */
const untilLook = (lookAt: string): number => Math.max(0, Date.parse(lookAt) - Date.now()) + 1_000;

const parkedWait = (failures: number): Duration =>
  PARKED_WAITS[Math.min(failures, PARKED_WAITS.length) - 1] ?? '15 minutes';

/** Shows where the order stands in Temporal UI, and why it is parked in its timeline too. */
const show = async (input: OrderInput, status: OrderStatus, reason?: Reason): Promise<void> => {
  publish(status);
  if (status.parked === null) return;
  // The note is for people; when PostgreSQL itself is what fails, it is written with a later attempt.
  await noteParked(input, status.parked, reason?.detail, reason?.shopParked).catch(rethrowCancellation);
};

/** Starts the workflow anew when its history grows long: everything it knows stands in PostgreSQL. */
const continueIfLong = async (input: OrderInput): Promise<void> => {
  if (!workflowInfo().continueAsNewSuggested) return;
  await condition(allHandlersFinished);
  await continueAsNew<typeof order>(input);
};

/** One timer that says when the order is to be read again; restarted only when it rang. */
const rereadTimer = () => {
  let rang = false;
  const start = (): void => {
    rang = false;
    sleep(REREAD).then(
      () => {
        rang = true;
      },
      () => undefined,
    );
  };
  start();
  return { due: () => rang, restart: start };
};

/** Shows where the order stands to whoever looks into Temporal UI; writes into the history only what changed. */
const publish = (status: OrderStatus): void => {
  setCurrentDetails(describeOrder(status));
  const shown = workflowInfo().typedSearchAttributes;
  const changed = [
    ...(shown.get(OkuriStage) === status.stage ? [] : [{ key: OkuriStage, value: status.stage }]),
    ...(sameCodes(shown.get(OkuriHolds) ?? [], status.holds)
      ? []
      : [{ key: OkuriHolds, value: [...status.holds] }]),
  ];
  if (changed.length > 0) upsertSearchAttributes(changed);
};

const sameCodes = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((code) => b.includes(code));

interface Reason extends FailureDetail {
  readonly cause: ParkCause;
  readonly detail?: string;
}

/** Why a step could not be done. A cancellation of the workflow is nobody's failure and goes on its way. */
const reasonOf = (error: unknown): Reason => {
  rethrowCancellation(error);
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (!(failure instanceof ApplicationFailure) || !isParkCause(failure.type))
    return { cause: 'internal', shopParked: false };
  return {
    cause: failure.type,
    shopParked: isShopParked(failure.details?.[0]),
    detail: `[${failure.message.slice(0, DETAIL_LENGTH)}]`,
  };
};

const isShopParked = (detail: unknown): boolean =>
  typeof detail === 'object' &&
  detail !== null &&
  ('shopParked' satisfies keyof FailureDetail) in detail &&
  detail.shopParked === true;

const rethrowCancellation = (error: unknown): void => {
  if (isCancellation(error)) throw error;
};

const PARK_CAUSES: readonly ParkCause[] = [
  'key_refused',
  'function_not_ticked',
  'rakuten_unavailable',
  'rakuten_refused',
  'warehouse_unavailable',
  'internal',
];
const isParkCause = (type: string | null | undefined): type is ParkCause =>
  PARK_CAUSES.some((cause) => cause === type);
