import { lastSyncs } from '../store/cursors';
import type { Database } from '../store/database';
import { countOpenHolds } from '../store/holds';
import { oldestWaiting } from '../store/outbox';
import type { Family } from './exposition';

/** Whether things flow: what is held, what waits for Temporal, how far shops were searched. The same from every process. */
export const flowMetrics = async (db: Database): Promise<Family[]> => {
  const [holds, waiting, syncs] = await Promise.all([countOpenHolds(db), oldestWaiting(db), lastSyncs(db)]);
  return [
    {
      name: 'okuri_holds',
      help: 'Holds on open orders by shop and code',
      type: 'gauge',
      samples: holds.map(({ shopId: shop, code, count: value }) => ({ labels: { shop, code }, value })),
    },
    {
      name: 'okuri_outbox_oldest_seconds',
      help: 'How long the oldest message that is due has waited for Temporal; 0 while none waits',
      type: 'gauge',
      samples: [{ labels: {}, value: waiting ?? 0 }],
    },
    {
      name: 'okuri_searched_until_timestamp_seconds',
      help: 'When the search for new orders came through last, in seconds since 1970, for shops that are searched; 0: never',
      type: 'gauge',
      samples: syncs.map(({ shopId: shop, at }) => ({
        labels: { shop },
        value: at === null ? 0 : at.getTime() / 1000,
      })),
    },
  ];
};
