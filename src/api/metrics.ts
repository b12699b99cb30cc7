import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Database } from '../store/database';
import { countByStage } from '../store/orders';
import { outboxDepth } from '../store/outbox';
import { callMetrics } from './call-metrics';
import { exposition } from './exposition';
import { flowMetrics } from './flow-metrics';
import { intakeMetrics } from './intake-metrics';
import { watchMetrics } from './watch-metrics';

/**
 * Prometheus metrics of this process, of the orders and of the requests to Rakuten, as text. All but the process's own
 * are read from PostgreSQL when somebody asks.
 */
export const createMetrics = (db: Database): { text(): Promise<string> } => {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const orders = new Gauge({
    name: 'okuri_orders',
    help: 'Orders by shop and stage',
    labelNames: ['shop', 'stage'],
    registers: [register],
  });
  const outbox = new Gauge({
    name: 'okuri_outbox_depth',
    help: 'Messages that wait for Temporal',
    registers: [register],
  });
  return {
    async text() {
      const [counts, depth, calls, flow, watched, intake] = await Promise.all([
        countByStage(db),
        outboxDepth(db),
        callMetrics(db),
        flowMetrics(db),
        watchMetrics(db),
        intakeMetrics(db),
      ]);
      orders.reset();
      for (const { shopId, stage, count } of counts) orders.set({ shop: shopId, stage }, count);
      outbox.set(depth);
      return `${await register.metrics()}\n${exposition([...calls, ...flow, ...watched, ...intake])}`;
    },
  };
};
