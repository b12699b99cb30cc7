import type { Client } from '@temporalio/client';
import { orderWorkflowId } from '../../src/temporal/ids';
import type { BareShape } from './bare-workflow';

/** What the history of one workflow consists of. */
export interface History {
  readonly events: number;
  readonly bytes: number;
  readonly shape: BareShape;
}

/** The kinds of event that are counted, by what a bare workflow has of them. */
const COUNTED = {
  activities: 'activityTaskScheduledEventAttributes',
  localActivities: 'markerRecordedEventAttributes',
  signals: 'workflowExecutionSignaledEventAttributes',
  timers: 'timerStartedEventAttributes',
  upserts: 'upsertWorkflowSearchAttributesEventAttributes',
} as const satisfies Record<keyof BareShape, string>;

const LOCAL_ACTIVITY = 'core_local_activity';

/** The history of an order's workflow, counted; with `since` only what came from then on. */
export async function historyOf(
  client: Client,
  shopId: string,
  orderNumber: string,
  since = new Date(0),
): Promise<History> {
  const handle = client.workflow.getHandle(orderWorkflowId({ shopId, orderNumber }));
  const [{ events }, described] = await Promise.all([handle.fetchHistory(), handle.describe()]);
  const list = (events ?? []).filter(
    ({ eventTime }) =>
      Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6 >= since.getTime(),
  );
  const count = (kind: keyof BareShape): number =>
    list.filter((event) => {
      const attributes = event[COUNTED[kind]];
      if (kind !== 'localActivities') return Boolean(attributes);
      return event.markerRecordedEventAttributes?.markerName === LOCAL_ACTIVITY;
    }).length;
  return {
    events: list.length,
    bytes: described.historySize ?? Number.NaN,
    shape: {
      activities: count('activities'),
      localActivities: count('localActivities'),
      signals: count('signals'),
      timers: count('timers'),
      upserts: count('upserts'),
    },
  };
}

/** The one in the middle by its length. */
export const median = (histories: readonly History[]): History => {
  const sorted = [...histories].sort((a, b) => a.events - b.events);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no order came to its end, so there is no history to go by');
  return middle;
};

/** A shape in words. */
export const described = (shape: BareShape): string =>
  Object.entries(shape)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
