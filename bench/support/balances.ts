import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { FLOOR_PATH } from '../processes/list-api';
import { caller } from './caller';
import type { Figure } from './figures';
import { forked } from './forked';
import type { GatewayRig } from './gateway-rig';
import { percentile } from './report';
import { seededCode } from './stock-seed';

const TIMES = 400;
const WARM_UP = 30;
const AIM_MS = 5;

/** How long the API takes for the balance of one SKU among many, beside one row by its primary key. */
export async function balances(rig: GatewayRig, shopId: string, skus: number): Promise<Figure[]> {
  await rig.pool.query(
    `insert into orders (shop_id, order_number, stage) values ($1, 'floor', 'imported') on conflict do nothing`,
    [shopId],
  );
  const token = randomBytes(16).toString('hex');
  const { databaseUrl, masterKey } = rig.wiring;
  const input = { databaseUrl, masterKey, token, floorOrder: [shopId, 'floor'] };
  const api = await forked('list-api', input, { ready: z.number(), stopped: z.null() });
  const ask = caller(api.ready, token);
  const measured = async (pathOf: (n: number) => string): Promise<number[]> => {
    const ms: number[] = [];
    for (let n = -WARM_UP; n < TIMES; n += 1) {
      const one = await ask(pathOf(n + WARM_UP));
      if (n >= 0) ms.push(one.ms);
    }
    return ms;
  };
  const floor = await measured(() => FLOOR_PATH);
  const own = await measured((n) => `/v1/stock?skuCode=${seededCode(1 + ((n * 7919) % skus))}`);
  await api.stop();
  return [
    {
      what: `balance of one of ${skus} SKUs, over HTTP`,
      value: percentile(own, 0.95),
      unit: 'ms (p95)',
      floor: percentile(floor, 0.95),
      aim: { atMost: AIM_MS },
      detail: `p50 ${percentile(own, 0.5).toFixed(2)} ms`,
    },
  ];
}
