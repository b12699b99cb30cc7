import { newestDailyCounts } from '../store/daily-counts';
import type { Database } from '../store/database';
import { currentWarnings, type ShopWarning } from '../store/shop-warnings';
import type { Family } from './exposition';

const aheadOf = ({ params }: ShopWarning): number =>
  Number(params.seconds) * (params.direction === 'behind' ? -1 : 1);

/** Whether orders are missing, and what looks wrong with how shops are set up: the same from every process. */
export const intakeMetrics = async (db: Database): Promise<Family[]> => {
  const [counts, warnings] = await Promise.all([newestDailyCounts(db), currentWarnings(db, new Date())]);
  return [
    {
      name: 'okuri_missed_orders',
      help: 'Orders that the newest daily count found missing here; they were taken in then',
      type: 'gauge',
      samples: counts.map(({ shopId: shop, missing }) => ({ labels: { shop }, value: missing.length })),
    },
    {
      name: 'okuri_daily_count_timestamp_seconds',
      help: 'When a shop was counted last, in seconds since 1970; absent before the first count',
      type: 'gauge',
      samples: counts.map(({ shopId: shop, countedAt }) => ({
        labels: { shop },
        value: countedAt.getTime() / 1000,
      })),
    },
    {
      name: 'okuri_shop_warnings',
      help: '1 while something looks wrong with how a shop is set up; absent otherwise',
      type: 'gauge',
      samples: warnings.map(({ shopId: shop, code }) => ({ labels: { shop, code }, value: 1 })),
    },
    {
      name: 'okuri_clock_offset_seconds',
      help: 'Seconds that the machine is ahead of Rakuten (negative: behind) while that is warned of; absent otherwise',
      type: 'gauge',
      samples: warnings
        .filter(({ code }) => code === 'clock_off')
        .map((warning) => ({ labels: { shop: warning.shopId }, value: aheadOf(warning) })),
    },
  ];
};
