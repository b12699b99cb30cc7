import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createTestDatabase } from '../support/postgres';
import { type AnswerBody, firstParcel } from './answers';
import { AUTHORIZATION, SKU } from './rig';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let child: ChildProcess;
let url: string;

const start = async () => {
  child = fork(join(__dirname, 'process.cjs'), [database.url], { execArgv: [] });
  const [ready] = (await once(child, 'message', { signal: AbortSignal.timeout(20_000) })) as [
    { url: string },
  ];
  url = ready.url;
};
const kill = async () => {
  const gone = once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
  child.kill('SIGKILL');
  await gone;
};
const call = async (method: string, path: string, body?: unknown): Promise<AnswerBody> => {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: AUTHORIZATION, 'Content-Type': 'application/json; charset=utf-8' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  return (await answer.json()) as AnswerBody;
};

beforeAll(async () => {
  database = await createTestDatabase();
  await start();
});
afterAll(async () => {
  await kill();
  await database.drop();
});

test('what was answered before a kill -9 is there afterwards: confirmations, parcels, stock, and the journal of them', async () => {
  // Rakuten releases nothing meanwhile, however long it takes.
  const limits = { orderRequestsPerSecond: 10_000, autoTick: false, fixDelaySeconds: 3_600 };
  await call('PUT', '/control/settings', limits);
  const [, serviceSecret = '', licenseKey = ''] =
    /^(.+):(.+)$/.exec(Buffer.from(AUTHORIZATION.slice(4), 'base64').toString()) ?? [];
  await call('POST', '/control/shops', {
    shopCode: 'shop',
    rakutenShopId: '400100',
    serviceSecret,
    licenseKey,
  });
  await call('PUT', '/control/shops/shop/inventory', { inventories: [{ ...SKU, quantity: 100 }] });
  const overrides = { lines: [{ ...SKU, units: 1 }], settlementMethod: 1, destinations: 1 };
  const { orderNumbers } = await call('POST', '/control/shops/shop/orders', { count: 5, overrides });

  for (const orderNumber of orderNumbers) {
    await call('POST', '/es/2.0/order/confirmOrder/', { orderNumberList: [orderNumber] });
    const { basketId } = firstParcel((await call('GET', `/control/orders/${orderNumber}`)).order);
    const row = { deliveryCompany: '1001', shippingNumber: orderNumber };
    const BasketidModelList = [{ basketId, ShippingModelList: [row] }];
    await call('POST', '/es/2.0/order/updateOrderShipping/', { orderNumber, BasketidModelList });
    await kill();
    await start();
  }

  for (const orderNumber of orderNumbers) {
    const { order, books } = await call('GET', `/control/orders/${orderNumber}`);
    expect([order.orderProgress, firstParcel(order).ShippingModelList.length]).toEqual([200, 1]);
    expect(books).toMatchObject({ confirmed: 1, shippingRowsInserted: 1 });
  }
  expect((await call('GET', '/control/shops/shop/inventory')).inventories).toMatchObject([{ quantity: 95 }]);
});
