import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RmsError } from '../../src/rms/errors';
import type { RmsGateway } from '../../src/rms/gateway';

/** So many calls wait at any time at each gateway: the limit never lacks work. */
const WAITING = 3;
/** After a failed call a workflow comes again later, too. */
const PAUSE_MS = 1000;

/** Keeps calls waiting at all these gateways until it is told to stop; gives how the calls that failed did. */
export async function load(gateways: readonly RmsGateway[], signal: AbortSignal): Promise<string[]> {
  setMaxListeners(gateways.length * WAITING * 2, signal);
  const callers = gateways.flatMap((gateway) =>
    Array.from({ length: WAITING }, () => callAgainAndAgain(gateway, signal)),
  );
  return (await Promise.all(callers)).flat();
}

/** One page of an empty search: such calls never share a request, so each takes a turn of its own. */
export const oneCall = (gateway: RmsGateway, signal?: AbortSignal): Promise<unknown> => {
  const end = new Date();
  const window = { dateType: 'ordered', start: new Date(end.getTime() - 60_000), end } as const;
  return gateway.searchOrder(
    { ...window, page: 1, pageSize: 1, sort: 'asc' },
    { priority: 'order', ...(signal === undefined ? {} : { signal }) },
  );
};

async function callAgainAndAgain(gateway: RmsGateway, signal: AbortSignal): Promise<string[]> {
  const failures: string[] = [];
  while (!signal.aborted) {
    try {
      await oneCall(gateway, signal);
    } catch (error) {
      if (signal.aborted) break;
      failures.push(error instanceof RmsError ? error.kind : String(error));
      // An aborted pause is the order to stop, which the loop's condition reads.
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return failures;
}

/** How calls failed, in a few words. */
export const tally = (failures: readonly string[]): string => {
  const kinds = [...new Set(failures)].map(
    (kind) => `${failures.filter((one) => one === kind).length} ${kind}`,
  );
  return kinds.length === 0 ? 'no call failed' : `calls that failed: ${kinds.join(', ')}`;
};
