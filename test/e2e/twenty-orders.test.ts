import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { jstDay } from '../../src/domain/jst';
import { startHere } from '../cluster/here';
import { assertShippedOnce } from '../support/assert-shipped';
import { eventually } from '../support/eventually';
import { buildOnce, makeDataDir, type RunningOkuri, removeDataDir } from '../support/instance';
import {
  allIn,
  askDatabase,
  buy,
  callersOf,
  hurryRakuten,
  linkPairs,
  listed,
  openRealShop,
  type Pair,
  REAL_SHOP,
} from '../support/real-shop';

const SAMPLES = resolve('../shared/fixtures/rms/order');
const SAMPLE: Pair = ['22080313', '22080313'];
const TEA: Pair = ['sencha-100', 'f100'];
const BIG_TEA: Pair = ['sencha-100', 'f300'];
const CUP: Pair = ['yunomi', '11'];
const UNLINKED: Pair = ['okoh', 'sakura'];
const line = ([manageNumber, variantId]: Pair, units: number) => ({ manageNumber, variantId, units });

describe('twenty orders through the real processes', () => {
  let instance: RunningOkuri;
  let dataDir: string;

  beforeAll(async () => {
    await buildOnce();
    dataDir = await makeDataDir();
    instance = await startHere(dataDir);
    const { api, control } = await callersOf(instance);
    await hurryRakuten(control);
    await openRealShop(instance, [SAMPLE, TEA, BIG_TEA, CUP, UNLINKED]);
    await linkPairs(api, [SAMPLE, TEA, BIG_TEA, CUP]);
  }, 120_000);
  afterAll(async () => {
    await instance?.stop();
    if (dataDir !== undefined) await removeDataDir(dataDir);
  }, 60_000);

  it('are confirmed once, shipped once, booked once and closed; what was cancelled never ships', async () => {
    const { api, control } = await callersOf(instance);
    const waiting = await buy(control, 2, {
      settlementMethod: 1,
      destinations: 1,
      lines: [line(UNLINKED, 1)],
    });
    const shipped = [
      ...waiting,
      ...(await importOfficialSamples(control)),
      ...(await buy(control, 3, {
        settlementMethod: 2,
        destinations: 1,
        lines: [line(BIG_TEA, 2), line(CUP, 1)],
      })),
      ...(await buy(control, 2, { settlementMethod: 9, lines: [line(CUP, 1)] })),
      ...(await buy(control, 2, { settlementMethod: 1, destinations: 2, lines: [line(TEA, 1)] })),
    ];
    const cancelled = await buy(control, 3, { settlementMethod: 1, lines: [line(BIG_TEA, 3)] });
    for (const number of cancelled) await control('POST', `/control/orders/${number}/cancel`, {});
    shipped.push(
      ...(await buy(control, 20 - shipped.length - cancelled.length, {
        settlementMethod: 1,
        lines: [line(TEA, 1)],
      })),
    );
    expect(shipped.length + cancelled.length).toBe(20);

    await eventually(
      () => listed(api),
      (orders) =>
        waiting.every((number) =>
          orders.some(
            (order) =>
              order.orderNumber === number && order.holds.some((hold) => hold.code === 'sku_unlinked'),
          ),
        ),
      60,
    );
    await linkPairs(api, [UNLINKED]);
    await eventually(
      () => listed(api),
      (orders) => allIn(orders, shipped, 'completed'),
      150,
    );

    await assertShippedOnce(instance, { shipped, cancelled });
    const leaked = await askDatabase(
      instance,
      "select 1 from orders where shop_id = $1 and (facts::text like '%玉川%' or encode(sealed_snapshot, 'escape') like '%楽天%')",
    );
    expect(leaked).toEqual([]);
  }, 240_000);
});

/** Rakuten's own sample orders, with order number, dates and cancelDueDate moved to now and every other byte as it is. */
const importOfficialSamples = async (
  control: Awaited<ReturnType<typeof callersOf>>['control'],
): Promise<string[]> => {
  if (!existsSync(SAMPLES)) {
    process.stderr.write(
      'Skipped: the official sample orders are not here; made-up orders take their place\n',
    );
    return [];
  }
  const now = new Date();
  const day = (days: number) => jstDay(new Date(now.getTime() + days * 86_400_000));
  const numbers: string[] = [];
  for (const sample of ['238', '239']) {
    const orderNumber = `${REAL_SHOP.rakutenShopId}-${day(0).replaceAll('-', '')}-0000000${sample}`;
    const text = (await readFile(resolve(SAMPLES, `getOrder.v9.official-sample-${sample}.json`), 'utf8'))
      .replaceAll('###_ORDER_NUMBER_###', orderNumber)
      .replaceAll('2024-06-24T13:40:33', new Date(now.getTime() + 9 * 3_600_000).toISOString().slice(0, 19))
      .replaceAll('"2024-07-08"', `"${day(14)}"`)
      .replaceAll('"2024-06-25"', `"${day(1)}"`);
    const { OrderModelList } = JSON.parse(text) as { OrderModelList: unknown[] };
    await control('POST', `/control/shops/${REAL_SHOP.shopId}/orders/import`, { order: OrderModelList[0] });
    numbers.push(orderNumber);
  }
  return numbers;
};
