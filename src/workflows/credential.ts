import { condition, continueAsNew, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { CredentialActivities } from '../activities/credential';
import { shopTaskQueue } from '../temporal/ids';
import { rethrowCancellation } from './failures';
import { AT_RAKUTEN } from './lasting';
import type { CredentialInput } from './messages';
import { credentialChanged } from './messages';

/** When looking itself failed, as when PostgreSQL is away. */
const AGAIN_MS = 60_000;

const withShop = ({ shopId }: CredentialInput) =>
  proxyActivities<CredentialActivities>({
    taskQueue: shopTaskQueue(shopId),
    startToCloseTimeout: '15 minutes',
    scheduleToCloseTimeout: '1 hour',
    ...AT_RAKUTEN,
    summary: 'ライセンスキーの確認 / look after the keys',
  });

/**
 * Looks after the keys of a shop until it is out of service. What there is to do, and when to look next, stands in
 * PostgreSQL; between two looks it sleeps, unless it is told that something changed.
 */
export async function credential(input: CredentialInput): Promise<void> {
  let changed = false;
  setHandler(credentialChanged, () => {
    changed = true;
  });
  for (;;) {
    changed = false;
    const next = await look(input);
    if (changed) continue;
    if (next === null) return;
    // Whatever comes now comes to the next run, which begins with a look.
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof credential>(input);
    await condition(() => changed, next);
  }
}

/** @returns milliseconds until the next look; null when there will be none */
const look = async (input: CredentialInput): Promise<number | null> => {
  try {
    return (await withShop(input).lookAfterKeys(input)).lookInMs;
  } catch (error) {
    rethrowCancellation(error);
    return AGAIN_MS;
  }
};
