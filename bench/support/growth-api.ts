import type { Pool } from 'pg';
import { caller } from './caller';

/** Milliseconds of each answer, by what was asked for. */
export type Answers = ReadonlyMap<string, readonly number[]>;

interface Asking {
  readonly port: number;
  readonly token: string;
  readonly shopId: string;
  readonly requests: number;
}

const WARM_UP = 20;

/** Asks the API for one order after the other, and for the newest of a shop and of a stage, in turn over one connection. */
export async function askApi(pool: Pool, { port, token, shopId, requests }: Asking): Promise<Answers> {
  const { rows } = await pool.query<{ order_number: string }>(
    'select order_number from orders where shop_id = $1 order by md5(order_number) limit $2',
    [shopId, requests + WARM_UP],
  );
  const ask = caller(port, token);
  const answers = new Map<string, number[]>([
    ['one order', []],
    ['the newest orders of a shop', []],
    ['the newest completed orders', []],
  ]);
  for (const [place, { order_number }] of rows.entries()) {
    const paths = [
      `/v1/orders/${shopId}/${order_number}`,
      `/v1/orders?shopId=${shopId}`,
      '/v1/orders?stage=completed',
    ];
    for (const [index, own] of [...answers.values()].entries()) {
      const { ms } = await ask(paths[index] ?? '');
      if (place >= WARM_UP) own.push(ms);
    }
  }
  return answers;
}
