import { activityInfo, heartbeat } from '@temporalio/activity';
import { z } from 'zod';
import { withLogFields } from '../log';
import { writingAs } from '../store/timeline';
import { toFailure } from './failures';

type Activity = (...args: never[]) => Promise<unknown>;

/** A worker that was killed is noticed when its activities stop saying that they live; the timeout is three of these. */
const HEARTBEAT_MS = 5_000;

/**
 * Gives each activity typed failures and a heartbeat, so that what a killed worker had in hand is taken up by another
 * within seconds. `onInternal` is told of errors that are neither Rakuten's nor the warehouse's.
 */
export const guard = <T extends Readonly<Record<string, Activity>>>(
  activities: T,
  onInternal: (activity: string, error: unknown) => void,
): T => {
  const guarded = Object.entries(activities).map(([name, run]) => [
    name,
    async (...args: never[]) => {
      const pulse = activityInfo().isLocal ? undefined : setInterval(heartbeat, HEARTBEAT_MS);
      try {
        return await withLogFields({ ...subjectOf(args[0]), ...runOf(name) }, () =>
          writingAs(writerOf(name), () => run(...args)),
        );
      } catch (error) {
        const failure = toFailure(error);
        if (failure.type === 'internal')
          withLogFields({ ...subjectOf(args[0]), ...runOf(name) }, () => onInternal(name, error));
        throw failure;
      } finally {
        clearInterval(pulse);
      }
    },
  ]);
  return Object.fromEntries(guarded) as T;
};

const subject = z.object({ shopId: z.string().optional(), orderNumber: z.string().optional() });

/** What an activity is about, as its input names it. */
const subjectOf = (input: unknown): z.infer<typeof subject> => subject.safeParse(input).data ?? {};

const runOf = (activity: string) => {
  const { workflowExecution, attempt } = activityInfo();
  return { ...workflowExecution, activity, attempt };
};

/** Who writes timeline lines in this activity: Temporal UI shows the run that it belongs to. */
const writerOf = (name: string) => {
  const { workflowExecution, attempt } = activityInfo();
  const { workflowId = '', runId = '' } = workflowExecution ?? {};
  return { workflowId, runId, activity: attempt === 1 ? name : `${name} (attempt ${attempt})` };
};
