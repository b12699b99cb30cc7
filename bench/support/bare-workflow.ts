import {
  condition,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { OkuriStage } from '../../src/temporal/search-attributes';

/** How many of each a bare workflow goes through: what makes the history of an order. */
export interface BareShape {
  readonly activities: number;
  readonly localActivities: number;
  /** Each is sent when the workflow is done with what came before; the first with its start. */
  readonly signals: number;
  readonly timers: number;
  readonly upserts: number;
}

/** What the bare workflow calls: something that does nothing, but may have the next signal sent. */
export interface BareActivities {
  nothing(asksForNews: boolean): Promise<void>;
}

/** News that means nothing. */
export const bareNews = defineSignal('bareNews');

const options = { startToCloseTimeout: '1 minute' } as const;
const { nothing: step } = proxyActivities<BareActivities>(options);
const { nothing: look } = proxyLocalActivities<BareActivities>(options);

/** How many of so many fall on this turn, when they are spread evenly. */
const share = (count: number, turn: number, turns: number): number =>
  Math.floor((count * (turn + 1)) / turns) - Math.floor((count * turn) / turns);

const times = (count: number): readonly undefined[] => Array.from({ length: count });

/**
 * The shape of an order's life without the order: as many local activities, activities, signals that it waits for,
 * search attributes that change and timers that never ring. What this costs, no order on the same server and machine can
 * undercut.
 */
export async function bare(shape: BareShape): Promise<void> {
  let news = 0;
  setHandler(bareNews, () => {
    news += 1;
  });
  const turns = Math.max(1, shape.signals);
  for (let turn = 0; turn < turns; turn += 1) {
    await condition(() => news > turn);
    for (const _timer of times(share(shape.timers, turn, turns))) sleep('24 hours').catch(() => undefined);
    const calls = [
      ...times(share(shape.localActivities, turn, turns)).map(() => look),
      ...times(share(shape.activities, turn, turns)).map(() => step),
    ];
    for (const [place, call] of calls.entries()) await call(place === calls.length - 1 && turn < turns - 1);
    for (const _upsert of times(share(shape.upserts, turn, turns)))
      upsertSearchAttributes([{ key: OkuriStage, value: `turn ${turn}` }]);
  }
}
