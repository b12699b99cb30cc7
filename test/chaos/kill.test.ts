import { setTimeout as sleep } from 'node:timers/promises';
import { assertShippedOnce } from '../support/assert-shipped';
import { eventually } from '../support/eventually';
import {
  buildOnce,
  instanceEnvironment,
  makeDataDir,
  removeDataDir,
  startInstance,
  type TestInstance,
} from '../support/instance';
import {
  allIn,
  buy,
  callersOf,
  hurryRakuten,
  linkPairs,
  listed,
  openRealShop,
  type Pair,
} from '../support/real-shop';

const TEA: Pair = ['sencha-100', 'f100'];
const CHILDREN = ['worker', 'api', 'temporal', 'postgres'] as const;

describe('processes that are killed in the middle of the work', () => {
  let instance: TestInstance;
  let dataDir: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    await buildOnce();
    dataDir = await makeDataDir();
    env = { ...(await instanceEnvironment(dataDir)), OKURI_SANDBOX: 'true' };
    instance = await startInstance(env);
    const { api, control } = await callersOf(instance);
    await hurryRakuten(control);
    await openRealShop(instance, [TEA]);
    await linkPairs(api, [TEA]);
  }, 120_000);
  afterAll(async () => {
    await instance?.stop();
    if (dataDir !== undefined) await removeDataDir(dataDir);
  }, 60_000);

  const order = async (): Promise<string[]> => {
    const { control } = await callersOf(instance);
    return buy(control, 3, {
      settlementMethod: 1,
      destinations: 1,
      lines: [{ manageNumber: TEA[0], variantId: TEA[1], units: 1 }],
    });
  };
  /** What cannot be asked just now, because a process is coming back, is asked again. */
  const patiently = <T>(ask: () => Promise<T>): Promise<T | undefined> => ask().catch(() => undefined);
  const isServed = async (): Promise<boolean> =>
    (await patiently(() => fetch(`${instance.url}/readyz`)))?.status === 200;

  it('lose no order, and do nothing twice', async () => {
    const shipped: string[] = [];
    for (const child of CHILDREN) {
      shipped.push(...(await order()));
      // Somewhere in the middle of what the last orders need: this is not waited for on purpose.
      await sleep(2_000);
      const { children } = await instance.state();
      process.kill(children[child]?.pid ?? Number.NaN, 'SIGKILL');
      await sleep(500);
      await eventually(isServed, (served) => served, 60);
    }
    shipped.push(...(await order()));
    await sleep(2_000);
    const { children } = await instance.state();
    for (const pid of [instance.pid, ...Object.values(children).map((child) => child.pid)])
      process.kill(pid, 'SIGKILL');
    instance = await startInstance(env);

    const { api } = await callersOf(instance);
    await eventually(
      async () => (await patiently(() => listed(api))) ?? [],
      (orders) => allIn(orders, shipped, 'completed'),
      150,
    );
    await assertShippedOnce(instance, { shipped, cancelled: [] });
  }, 300_000);
});
