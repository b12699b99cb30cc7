import type { Database } from '../store/database';
import { stoppedShops } from '../store/stops';
import type { Family } from './exposition';

/** What people watch: shops that are stopped and deadlines of open orders. */
export const watchMetrics = async (db: Database): Promise<Family[]> => {
  const [stopped] = await Promise.all([stoppedShops(db)]);
  return [
    {
      name: 'okuri_stopped',
      help: '1 while a stop switch is on for a shop, its own or that of all; absent otherwise',
      type: 'gauge',
      samples: stopped.map((shop) => ({ labels: { shop }, value: 1 })),
    },
  ];
};
