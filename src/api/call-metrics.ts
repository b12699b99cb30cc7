import {
  type CallTotals,
  callTotals,
  DURATION_BOUNDS_MS,
  slownesses,
  WAITED_BOUNDS_MS,
} from '../store/call-totals';
import { openCircuits } from '../store/circuits';
import type { Database } from '../store/database';
import type { Family, Sample } from './exposition';

const labelsOf = ({ shopId: shop, operation, outcome }: CallTotals) => ({ shop, operation, outcome });

const counter = (
  name: string,
  help: string,
  totals: readonly CallTotals[],
  of: 'calls' | 'items' | 'capacity',
): Family => ({
  ...{ name, help, type: 'counter' },
  samples: totals.map((row) => ({ labels: labelsOf(row), value: row[of] })),
});

/** The buckets are stored as they are shown: each counts every request within its bound. */
const histogramOf = (
  row: CallTotals,
  boundsMs: readonly number[],
  buckets: readonly number[],
  sumMs: number,
): Sample[] => {
  const labels = labelsOf(row);
  return [
    ...boundsMs.map((bound, index) => ({
      suffix: '_bucket',
      labels: { ...labels, le: String(bound / 1000) },
      value: buckets[index] ?? 0,
    })),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: row.calls },
    { suffix: '_sum', labels, value: sumMs / 1000 },
    { suffix: '_count', labels, value: row.calls },
  ];
};

const totalsFamilies = (totals: readonly CallTotals[]): Family[] => [
  counter(
    'okuri_rms_calls_total',
    'Requests to Rakuten by how they ended; unlogged: the request log had no room to say how',
    totals,
    'calls',
  ),
  counter('okuri_rms_items_total', 'Orders, pairs or entries in those requests', totals, 'items'),
  counter(
    'okuri_rms_batch_capacity_total',
    'How many there would have been room for: items divided by capacity is how full batches are',
    totals,
    'capacity',
  ),
  {
    name: 'okuri_rms_wait_seconds',
    help: 'How long the oldest caller of a request waited for its turn',
    type: 'histogram',
    samples: totals.flatMap((row) => histogramOf(row, WAITED_BOUNDS_MS, row.waitedBuckets, row.waitedMs)),
  },
  {
    name: 'okuri_rms_duration_seconds',
    help: 'From sending a request to the last byte of its answer',
    type: 'histogram',
    samples: totals.flatMap((row) =>
      histogramOf(row, DURATION_BOUNDS_MS, row.durationBuckets, row.durationMs),
    ),
  },
];

/** What all workers together asked of Rakuten, and which shops it keeps waiting: the same from every process. */
export const callMetrics = async (db: Database): Promise<Family[]> => {
  const [totals, circuits, families] = await Promise.all([callTotals(db), openCircuits(db), slownesses(db)]);
  return [
    ...totalsFamilies(totals),
    {
      name: 'okuri_rms_circuit_open',
      help: '1 while a shop is parked; absent otherwise',
      type: 'gauge',
      samples: circuits.map(({ shopId: shop, cause }) => ({ labels: { shop, cause }, value: 1 })),
    },
    {
      name: 'okuri_rms_circuit_open_since_seconds',
      help: 'Since when a shop is parked, in seconds since 1970; absent while it is not',
      type: 'gauge',
      samples: circuits.map(({ shopId: shop, cause, openedAt }) => ({
        labels: { shop, cause },
        value: openedAt.getTime() / 1000,
      })),
    },
    {
      name: 'okuri_rms_slowness',
      help: 'How many times the usual interval requests keep from each other, since Rakuten asked for less; 1 is usual',
      type: 'gauge',
      samples: families.map(({ shopId: shop, family, slowness: value }) => ({
        labels: { shop, family },
        value,
      })),
    },
  ];
};
