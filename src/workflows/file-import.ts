import {
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { FileActivities } from '../activities/file-import';
import { rethrowCancellation } from './failures';
import { NOTES } from './lasting';
import type { FileInput, FileResult } from './messages';

const { takeInFile } = proxyActivities<FileActivities>({
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: '15 seconds',
  summary: 'ファイルの取込 / take in a file',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

const { finishFile } = proxyLocalActivities<FileActivities>(NOTES);

/**
 * Takes a file in. It is tried until it is done or refused, for a day; a cancellation ends it, and what was applied by
 * then stands as a whole or not at all.
 */
export async function fileImport(input: FileInput): Promise<FileResult> {
  try {
    return await takeInFile(input);
  } catch (error) {
    const state = isCancellation(error) ? 'cancelled' : 'failed';
    return CancellationScope.nonCancellable(() => end(input, state));
  }
}

/** Where PostgreSQL does not take the end down, the file still counts as running and is started again later. */
const end = async (input: FileInput, state: 'failed' | 'cancelled'): Promise<FileResult> => {
  try {
    return await finishFile(input, state);
  } catch (error) {
    rethrowCancellation(error);
    return { state: 'running' };
  }
};
