import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { type History, historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils';

const HISTORIES = resolve('test/replay/histories');

/** The history of a workflow as JSON text, payloads in base64. */
export const historyText = async (handle: WorkflowHandle): Promise<string> =>
  historyToJSON(await handle.fetchHistory());

/** Every payload of a history as plain text, for looking into what it carries. */
export const payloadsOf = (history: string): string =>
  [...history.matchAll(/"data": ?"([^"]*)"/g)]
    .map(([, data]) => Buffer.from(data ?? '', 'base64').toString('utf8'))
    .join('\n');

/** Keeps a history for the replay tests when RECORD_HISTORIES=1; one that is kept already stays as it was recorded. */
export const recordHistory = async (name: string, handle: WorkflowHandle): Promise<void> => {
  if (process.env.RECORD_HISTORIES === '1') keep(name, await historyText(handle));
};

const keep = (name: string, text: string): void => {
  const file = join(HISTORIES, `${name}.json`);
  if (existsSync(file)) return;
  // Stack traces would name the folder of whoever recorded it, and identities the machine.
  const clean = text.replaceAll(`${process.cwd()}/`, '').replace(/("identity": ?)"[^"]*"/g, '$1"worker"');
  writeFileSync(file, `${clean}\n`);
};

/** The kept histories by name. */
export const keptHistories = (): Map<string, History> =>
  new Map(
    readdirSync(HISTORIES)
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name, historyFromJSON(JSON.parse(readFileSync(join(HISTORIES, name), 'utf8')))]),
  );

/** What a workflow went through: `activity confirmOrder`, `signal orderChanged`, `end WorkflowExecutionCompleted`, … */
export const stepsOf = ({ events }: History): Set<string> => {
  const steps = new Set<string>();
  const add = (kind: string, name: string | null | undefined) => name && steps.add(`${kind} ${name}`);
  for (const event of events ?? []) {
    add('workflow', event.workflowExecutionStartedEventAttributes?.workflowType?.name);
    if (event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId)
      steps.add('begin after another');
    add('activity', event.activityTaskScheduledEventAttributes?.activityType?.name);
    add('signal', event.workflowExecutionSignaledEventAttributes?.signalName);
    add('update', event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name);
    for (const text of markerTexts(event.markerRecordedEventAttributes)) {
      add('activity', /"activity_type":"(\w+)"/.exec(text)?.[1]);
      add('patch', /"id":"([\w-]+)","deprecated"/.exec(text)?.[1]);
    }
    if (event.timerCanceledEventAttributes) steps.add('timer cancelled');
    if (event.timerFiredEventAttributes) steps.add('timer fired');
    if (event.activityTaskFailedEventAttributes) steps.add('activity failed');
    if (event.workflowExecutionCancelRequestedEventAttributes) steps.add('end asked for');
    if (event.workflowExecutionContinuedAsNewEventAttributes) steps.add('end continued as new');
    if (event.workflowExecutionCompletedEventAttributes) steps.add('end completed');
    for (const text of textsOf(event.workflowExecutionCompletedEventAttributes?.result))
      add('result', /"stage":"(\w+)"/.exec(text)?.[1]);
  }
  return steps;
};

/** What a local activity or a patch wrote down. */
const markerTexts = (marker: Marker): string[] =>
  [marker?.details?.data, marker?.details?.['patch-data']].flatMap(textsOf);
const textsOf = (carried: Carried): string[] =>
  (carried?.payloads ?? []).map(({ data }) => Buffer.from(data ?? []).toString('utf8'));
type Event = NonNullable<History['events']>[number];
type Marker = Event['markerRecordedEventAttributes'];
type Carried = NonNullable<Event['workflowExecutionCompletedEventAttributes']>['result'] | undefined;

/**
 * When RECORD_HISTORIES=1, keeps a history of each way that a workflow of this namespace went and none that is kept went
 * yet; to be called at the end of a test file. Ways differ by the activities, signals, updates and ends on them.
 */
export const recordNewWays = async (client: Client): Promise<void> => {
  if (process.env.RECORD_HISTORIES !== '1') return;
  const wayOf = (history: History) => [...stepsOf(history)].sort().join(', ');
  const known = new Set([...keptHistories().values()].map(wayOf));
  const test = basename(expect.getState().testPath ?? '', '.test.ts');
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const way = wayOf(await handle.fetchHistory());
    if (known.has(way)) continue;
    known.add(way);
    const kind = type.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    keep(`${kind}-0.1.0-${test}-${known.size}`, await historyText(handle));
  }
};
