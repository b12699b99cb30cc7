import type { RmsGateway } from '../../src/rms/gateway';

/**
 * A search for orders that synchronisation made. `dateType`: what the window was compared with (order reference §3.1);
 * `statuses`: which orders were sought.
 */
export interface RecordedSearch {
  readonly dateType: string;
  readonly statuses: readonly number[];
  readonly found: readonly string[];
}

/** Stands before a gateway, changes nothing, and writes down the searches that were answered. */
export interface Recorder {
  record(gateway: RmsGateway): RmsGateway;
  /** Oldest first. */
  searches(): readonly RecordedSearch[];
  /** Forgets what came so far. */
  clear(): void;
}

/** A recorder with nothing on it. */
export function createRecorder(): Recorder {
  let searches: RecordedSearch[] = [];
  return {
    record: (gateway) => ({
      ...gateway,
      searchOrder: async (search, options) => {
        const page = await gateway.searchOrder(search, options);
        const { dateType, orderProgressList: statuses = [] } = search;
        searches.push({ dateType, statuses, found: page.orderNumbers });
        return page;
      },
    }),
    searches: () => searches,
    clear: () => {
      searches = [];
    },
  };
}
