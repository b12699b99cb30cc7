import { Client, Connection } from '@temporalio/client';
import { assertShippedOnce } from '../support/assert-shipped';
import { eventually } from '../support/eventually';
import {
  buildOnce,
  instanceEnvironment,
  makeDataDir,
  okuri,
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
  REAL_SHOP,
} from '../support/real-shop';

const TEA: Pair = ['sencha-100', 'f100'];
const INCENSE: Pair = ['okoh-stick', 'sakura'];

let instance: TestInstance;
let dataDir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  await buildOnce();
  dataDir = await makeDataDir();
  env = { ...(await instanceEnvironment(dataDir)), OKURI_SANDBOX: 'true' };
  instance = await startInstance(env);
}, 120_000);
afterAll(async () => {
  await instance?.stop();
  if (dataDir !== undefined) await removeDataDir(dataDir);
}, 60_000);

const order = async (count: number, [manageNumber, variantId]: Pair): Promise<string[]> =>
  buy((await callersOf(instance)).control, count, {
    settlementMethod: 1,
    destinations: 1,
    lines: [{ manageNumber, variantId, units: 1 }],
  });
const stand = async (numbers: readonly string[], stage: string) => {
  const { api } = await callersOf(instance);
  await eventually(
    () => listed(api),
    (orders) => allIn(orders, numbers, stage),
    60,
  );
};
/** The shop's orders that Temporal knows, each with the state of its workflow. */
const inTemporal = async (): Promise<string[]> => {
  const connection = await Connection.connect({
    address: `127.0.0.1:${(await instance.state()).ports.temporal}`,
  });
  const found: string[] = [];
  const query = `WorkflowType = 'order' and OkuriShopId = '${REAL_SHOP.shopId}'`;
  for await (const { workflowId, status } of new Client({ connection }).workflow.list({ query }))
    found.push(`${workflowId.split('/')[2]} ${status.name}`);
  await connection.close();
  return found.sort();
};

test('a rebuild empties Temporal, and the next start brings every open order back without doing a thing twice', async () => {
  const { api, control } = await callersOf(instance);
  await hurryRakuten(control);
  await openRealShop(instance, [TEA, INCENSE]);
  await linkPairs(api, [TEA]);
  const [finished, held] = [await order(1, TEA), await order(2, INCENSE)];
  await stand(finished, 'completed');
  await stand(held, 'held');

  const refused = await okuri('rebuild', env);
  expect(refused.code).toBe(1);
  expect(refused.output).toContain(`Another instance (pid ${instance.pid})`);
  await control('PUT', '/control/settings', { warehouseShipAfterSeconds: 3600 });
  const instructed = await order(1, TEA);
  await stand(instructed, 'instructed');
  await instance.stop();

  const rebuilt = await okuri('rebuild', env);
  expect(rebuilt.output).toMatch(/Removing Temporal's database \(temporal\.db/);
  expect(rebuilt.code).toBe(0);
  instance = await startInstance(env);
  // Those alone that are not finished: what PostgreSQL has as completed is not carried again.
  const open = [...held, ...instructed].sort();
  await eventually(inTemporal, (orders) => orders.length >= open.length);
  expect(await inTemporal()).toEqual(open.map((number) => `${number} RUNNING`));

  const after = await callersOf(instance);
  await hurryRakuten(after.control);
  await linkPairs(after.api, [INCENSE]);
  const shipped = [...finished, ...open];
  await stand(shipped, 'completed');
  await assertShippedOnce(instance, { shipped, cancelled: [] });
}, 240_000);

test('a rebuild leaves a Temporal elsewhere alone', async () => {
  const { code, output } = await okuri('rebuild', { ...env, TEMPORAL_ADDRESS: 'temporal.example:7233' });
  expect(code).toBe(0);
  expect(output).toMatch(/runs elsewhere \(temporal\.example:7233\), so there is nothing to empty here/);
});
