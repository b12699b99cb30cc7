import { Client } from 'pg';
import { DEMO_SHOP, type RunningSandbox, startSandbox } from '../../src/sandbox';
import { createTestDatabase } from '../support/postgres';
import { type AnswerBody, first, type OrderView } from './answers';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let sandbox: RunningSandbox;
const log: string[] = [];
const start = () =>
  startSandbox({
    databaseUrl: database.url,
    host: '127.0.0.1',
    port: 0,
    preset: 'demo',
    log: (line) => log.push(line),
  });

const control = async (method: string, path: string, body?: unknown): Promise<AnswerBody> => {
  const answer = await fetch(`${sandbox.url}/control${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  return (await answer.json()) as AnswerBody;
};

beforeAll(async () => {
  database = await createTestDatabase();
  sandbox = await start();
  await control('PUT', '/settings', { autoTick: false });
});
afterAll(async () => {
  await sandbox.close();
  await database.drop();
});

const bodies = async (): Promise<OrderView[]> => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ body: OrderView }>(
    'SELECT body FROM sandbox.orders ORDER BY order_number',
  );
  await client.end();
  return rows.map((row) => row.body);
};

test('the demo begins with one order of every kind, once, whatever restarts', async () => {
  const first = (await bodies()).slice(0, 12);
  expect(first.map((body) => body.SettlementModel.settlementMethodCode)).toEqual([
    1, 1, 2, 9, 14, 12, 1, 1, 1, 1, 1, 13,
  ]);
  expect(first.filter((body) => body.totalPrice === -9999)).toHaveLength(1);
  const unlinked = DEMO_SHOP.items.filter((item) => !item.linked);
  expect(unlinked).toHaveLength(1);
  expect(JSON.stringify(first)).toContain(`"variantId":"${unlinked[0]?.variantId}"`);
  await sandbox.close();
  sandbox = await start();
  expect((await bodies()).length).toBeLessThanOrEqual(13);
});

test('an order appears when its time has come, up to the cap', async () => {
  await control('PUT', '/settings', { generator: { everySeconds: 0, maxOpen: 16 } });
  for (let i = 0; i < 6; i += 1) await control('POST', '/tick');
  expect(await bodies()).toHaveLength(16);
});

test('made-up orders add up as Rakuten adds them up, and are complete', async () => {
  await control('POST', '/shops/okuri-demo/orders', { count: 120, seed: 77 });
  const keys = new Set((await bodies()).map((body) => Object.keys(body).sort().join()));
  expect(keys.size).toBe(1);
  for (const body of (await bodies()).filter((b) => b.totalPrice !== -9999)) {
    const lines = body.PackageModelList.flatMap((p) => p.ItemModelList);
    const goods = lines.reduce((sum, l) => sum + l.priceTaxIncl * l.units, 0);
    const wrapping = body.WrappingModel1?.price ?? 0;
    expect(body.totalPrice).toBe(goods + body.postagePrice + wrapping);
    expect(body.requestPrice).toBe(
      body.totalPrice + body.deliveryPrice - body.couponAllTotalPrice - body.PointModel.usedPoint,
    );
    const taxes = body.TaxSummaryModelList;
    const sumOf = (field: 'reqPrice' | 'couponPrice') => taxes.reduce((sum, tax) => sum + tax[field], 0);
    expect(sumOf('reqPrice')).toBe(body.requestPrice + body.PointModel.usedPoint);
    expect(sumOf('couponPrice')).toBe(body.couponAllTotalPrice);
    for (const { taxRate, reqPrice, reqPriceTax } of taxes) {
      expect(Math.abs(reqPriceTax - (reqPrice * taxRate) / (1 + taxRate))).toBeLessThanOrEqual(0.5);
    }
    expect(body.PackageModelList[0]?.basketId).toBe(first(lines).itemDetailId);
    expect(body.orderNumber).toMatch(/^400001-\d{8}-\d{10}$/);
  }
});

test('the same seed makes the same order, apart from its numbers and dates', async () => {
  const make = async () => {
    const { orderNumbers } = await control('POST', '/shops/okuri-demo/orders', { seed: 4711 });
    const { order } = await control('GET', `/orders/${first(orderNumbers)}`);
    return [order.OrdererModel, order.remarks, order.requestPrice, order.SettlementModel];
  };
  expect(await make()).toEqual(await make());
});

test('nothing went wrong on the way', () => expect(log).toEqual([]));
