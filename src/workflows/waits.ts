import { CancellationScope, condition, sleep } from '@temporalio/workflow';

/** How an order without news waits. */
export interface Waits {
  /** Waits until there is news, or until it is time to look. @returns what ended the wait */
  untilLook(hasNews: () => boolean, lookAt: number | undefined): Promise<'news' | 'look' | 'reread'>;
}

/** A little more than asked for, so that the moment has surely come when it is looked at. */
const MARGIN_MS = 1_000;
const untilThen = (at: number): number => Math.max(0, at - Date.now()) + MARGIN_MS;

/**
 * One timer that serves the nearest moment. It is set anew only for an earlier one: a moment that moved away costs one
 * look in vain, which is less than a timer that is cancelled and started at every step.
 */
export const oneTimer = (): Waits => {
  let armedFor: number | undefined;
  let rang = false;
  let timer: CancellationScope | undefined;
  const arm = (at: number): void => {
    if (armedFor !== undefined && armedFor <= at) return;
    timer?.cancel();
    armedFor = at;
    timer = new CancellationScope();
    timer
      .run(() => sleep(untilThen(at)))
      .then(
        () => {
          rang = true;
          armedFor = undefined;
        },
        () => undefined,
      );
  };
  return {
    untilLook: async (hasNews, lookAt) => {
      rang = false;
      if (lookAt !== undefined) arm(lookAt);
      await condition(() => hasNews() || rang);
      return hasNews() ? 'news' : 'look';
    },
  };
};

/** An order that was started before synchronisation did it reads itself again so often. */
const REREAD = '24 hours';

/** How orders waited that were started before there was one timer: kept as it was for as long as they run. */
export const timerPerWait = (): Waits => {
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
  const ended = (hasNews: () => boolean) => (hasNews() ? 'news' : 'reread');
  return {
    untilLook: async (hasNews, lookAt) => {
      const over = () => hasNews() || rang;
      if (lookAt === undefined) await condition(over);
      else if (!(await condition(over, untilThen(lookAt)))) return 'look';
      const reason = ended(hasNews);
      if (reason === 'reread') start();
      return reason;
    },
  };
};
