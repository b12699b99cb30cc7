import { keyEnds } from '../store/credentials';
import type { Database } from '../store/database';
import { countDeadlines } from '../store/deadlines';
import { stoppedShops } from '../store/stops';
import type { Family } from './exposition';

/** What people watch: shops that are stopped, deadlines of open orders, and when keys expire. The same from every process. */
export const watchMetrics = async (db: Database): Promise<Family[]> => {
  const [stopped, deadlines, keys] = await Promise.all([stoppedShops(db), countDeadlines(db), keyEnds(db)]);
  return [
    {
      name: 'okuri_stopped',
      help: '1 while a stop switch is on for a shop, its own or that of all; absent otherwise',
      type: 'gauge',
      samples: stopped.map((shop) => ({ labels: { shop }, value: 1 })),
    },
    {
      name: 'okuri_deadlines',
      help: 'Open orders by their nearest deadline: ahead, at_risk (ahead and announced as endangered) or missed',
      type: 'gauge',
      samples: deadlines.map(({ shopId: shop, code, state, count: value }) => ({
        labels: { shop, code, state },
        value,
      })),
    },
    {
      name: 'okuri_key_expires_timestamp_seconds',
      help: 'When the licence key in use of a shop in service expires, in seconds since 1970; absent while Rakuten has not told',
      type: 'gauge',
      samples: keys.flatMap(({ shopId: shop, expiresAt }) =>
        expiresAt === null ? [] : [{ labels: { shop }, value: Math.floor(expiresAt.getTime() / 1000) }],
      ),
    },
  ];
};
