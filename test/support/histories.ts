import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';

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
  const file = resolve('test/replay/histories', `${name}.json`);
  if (process.env.RECORD_HISTORIES !== '1' || existsSync(file)) return;
  // Stack traces would name the folder of whoever recorded it.
  const text = (await historyText(handle)).replaceAll(`${process.cwd()}/`, '');
  writeFileSync(file, `${text}\n`);
};
