import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { orderWorkflowId } from '../../src/temporal/ids';
import { aimed, type Figure } from './figures';
import type { GatewayRig } from './gateway-rig';
import { byFunction } from './life-calls';
import { inWords, watched } from './watched';

/** An open shop of whose orders none has anything to do. */
interface Idle {
  readonly rig: GatewayRig;
  readonly client: Client;
  readonly shopId: string;
  readonly named: () => Promise<ReadonlyMap<number, string>>;
  readonly orders: readonly string[];
  readonly idleSeconds: number;
}

/** What came before is over when so long nothing has come to the histories; stored is an order sooner than its workflow rests. */
const REST_MS = 10_000;
const LONGEST_REST_MS = 180_000;
const SAMPLE = 100;
/** Synchronising costs calls whatever is open; orders are to cost none. */
const MOST_CALLS_A_MINUTE = 10;

/** What so many open orders cost a minute while nothing happens to them. */
export async function idleFigures(idle: Idle): Promise<Figure[]> {
  const { rig, shopId, orders, idleSeconds } = idle;
  await rest(idle);
  const since = new Date();
  const before = { events: await eventsOf(idle), commits: await commitsOf(rig) };
  const { processor } = await watched(idle.named, 1, () => sleep(1000 * idleSeconds));
  const commits = (await commitsOf(rig)) - before.commits;
  const events = (await eventsOf(idle)) - before.events;
  const calls = await rig.journal(shopId, since);
  const aMinute = (value: number): number => (60 * value) / idleSeconds;
  const name = `${orders.length} open orders at rest, a minute`;
  return [
    {
      what: `${name}: calls`,
      value: aMinute(calls.length),
      unit: 'calls',
      ...aimed(rig, { atMost: MOST_CALLS_A_MINUTE }),
      detail: byFunction(calls),
    },
    {
      what: `${name}: events in their histories`,
      value: aMinute(events),
      unit: '',
      aim: { atMost: 0 },
      detail: `of ${Math.min(SAMPLE, orders.length)} orders that were looked at`,
    },
    {
      what: `${name}: transactions`,
      value: aMinute(commits),
      unit: '',
      detail: `processor time in ms: ${inWords([processor])}`,
    },
  ];
}

/** Resolves when nothing comes to the histories any more, or after three minutes: then what still comes is to be seen. */
const rest = async (idle: Idle): Promise<void> => {
  const until = Date.now() + LONGEST_REST_MS;
  let before = await eventsOf(idle);
  for (;;) {
    await sleep(REST_MS);
    const now = await eventsOf(idle);
    if (now === before || Date.now() > until) return;
    before = now;
  }
};

const eventsOf = async ({ client, shopId, orders }: Idle): Promise<number> => {
  const every = Math.max(1, Math.floor(orders.length / SAMPLE));
  const some = orders.filter((_, index) => index % every === 0).slice(0, SAMPLE);
  const lengths = await Promise.all(
    some.map(async (orderNumber) => {
      const handle = client.workflow.getHandle(orderWorkflowId({ shopId, orderNumber }));
      return (await handle.describe()).historyLength;
    }),
  );
  return lengths.reduce((sum, length) => sum + length, 0);
};

const commitsOf = async ({ pool }: GatewayRig): Promise<number> => {
  const { rows } = await pool.query<{ commits: string }>(
    'select xact_commit as commits from pg_stat_database where datname = current_database()',
  );
  return Number(rows[0]?.commits);
};
