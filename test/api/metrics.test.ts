import { appendCalls } from '../../src/store/call-log';
import { addUp, totalsOf } from '../../src/store/call-totals';
import { closeCircuit, openCircuit } from '../../src/store/circuits';
import { slowDown, takeSlot } from '../../src/store/limits';
import { call } from '../store/calls';
import type { TestApi } from './support';
import { apiOver, NEW_SHOP, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await appendCalls(api.db, [
    ...[50, 2_000, 70_000].map((waitedMs) => call({ waitedMs, batchSize: 40, durationMs: 400 })),
    call({ shopId: 'cake', operation: 'inventories.bulk.get', outcome: 'refused', durationMs: 31_000 }),
  ]);
});
afterAll(() => api.close());

interface Family {
  readonly type: string;
  /** Values by the line's name and labels. */
  readonly samples: Map<string, number>;
}

const SAMPLE = /^([a-z0-9_]+?)(_bucket|_sum|_count)?(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/;

/** Reads the text format 0.0.4 as strictly as a scraper does: each metric once, in one piece, with its help and type first. */
const parse = (text: string): Map<string, Family> => {
  expect(text).toMatch(/\n$/);
  const families = new Map<string, Family>();
  let current: [name: string, family: Family] | undefined;
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('# HELP'))) {
    const [, name, type] = /^# TYPE ([a-z0-9_]+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) {
      expect([name, families.has(name), text.includes(`# HELP ${name} `)]).toEqual([name, false, true]);
      current = [name, { type, samples: new Map() }];
      families.set(...current);
      continue;
    }
    const [, base, suffix = '', labels = '', value] = SAMPLE.exec(line) ?? [];
    const own =
      current?.[1].type === 'histogram' || current?.[1].type === 'summary' ? base : `${base}${suffix}`;
    expect([line, own]).toEqual([line, current?.[0]]);
    // A process that was not idle since the last scrape has no event-loop lag to tell: NaN is a value of the format.
    expect(value).toMatch(/^(-?\d+(\.\d+)?(e[+-]?\d+)?|[+-]?inf|nan)$/i);
    const key = `${base}${suffix}${labels}`;
    expect([key, current?.[1].samples.has(key)]).toEqual([key, false]);
    current?.[1].samples.set(key, Number(value));
  }
  return families;
};

const scraped = async (from: Pick<TestApi, 'anonymous'> = api): Promise<Map<string, Family>> => {
  const { text } = await from.anonymous
    .get('/metrics')
    .expect(200)
    .expect('Content-Type', /text\/plain; version=0\.0\.4/);
  return parse(text);
};
const samples = async (name: string): Promise<Record<string, number>> => {
  const family = (await scraped()).get(name);
  return Object.fromEntries(
    [...(family?.samples ?? [])].map(([key, value]) => [key.replace(name, ''), value]),
  );
};

const OK = 'shop="tea",operation="getOrder",outcome="ok"';
const REFUSED = 'shop="cake",operation="inventories.bulk.get",outcome="refused"';

test('requests, what was in them and what there was room for are counted by shop, function and outcome', async () => {
  expect(await samples('okuri_rms_calls_total')).toEqual({ [`{${OK}}`]: 3, [`{${REFUSED}}`]: 1 });
  expect(await samples('okuri_rms_items_total')).toMatchObject({ [`{${OK}}`]: 120 });
  expect(await samples('okuri_rms_batch_capacity_total')).toMatchObject({ [`{${OK}}`]: 300 });
});

test('waits and durations are histograms in seconds whose buckets hold those below them too', async () => {
  const waits = await samples('okuri_rms_wait_seconds');
  const buckets = ['0.1', '1', '5', '15', '60', '300', '900', '+Inf'];
  expect(buckets.map((le) => waits[`_bucket{${OK},le="${le}"}`])).toEqual([1, 1, 2, 2, 2, 3, 3, 3]);
  expect([waits[`_sum{${OK}}`], waits[`_count{${OK}}`]]).toEqual([72.05, 3]);

  const durations = await samples('okuri_rms_duration_seconds');
  const bounds = ['0.1', '0.3', '1', '3', '10', '30', '+Inf'];
  expect(bounds.map((le) => durations[`_bucket{${REFUSED},le="${le}"}`])).toEqual([0, 0, 0, 0, 0, 0, 1]);
  expect(bounds.map((le) => durations[`_bucket{${OK},le="${le}"}`])).toEqual([0, 0, 3, 3, 3, 3, 3]);
});

test('every API process shows the same of all workers', async () => {
  const other = apiOver(api);
  const [ours, theirs] = [await scraped(), await scraped(other)];
  for (const [name, { samples: own }] of ours)
    if (name.startsWith('okuri_')) expect([name, theirs.get(name)?.samples]).toEqual([name, own]);
  expect([...ours.keys()].filter((name) => name.startsWith('okuri_rms_')).length).toBe(8);
});

test('a shop that is parked shows why and since when, until it goes on', async () => {
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
  await openCircuit(api.db, 'tea', 'key_refused');
  const labels = '{shop="tea",cause="key_refused"}';
  expect(await samples('okuri_rms_circuit_open')).toEqual({ [labels]: 1 });
  const { [labels]: since = 0 } = await samples('okuri_rms_circuit_open_since_seconds');
  expect(Math.abs(Date.now() / 1000 - since)).toBeLessThan(60);
  await closeCircuit(api.db, 'tea');
  expect(await samples('okuri_rms_circuit_open')).toEqual({});
});

test('a family that Rakuten asked less of shows how much slower it goes', async () => {
  await takeSlot(api.db, 'tea', 'order', { usualMs: 10, atOneMs: 10 });
  await slowDown(api.db, 'tea', 'order', 10);
  expect(await samples('okuri_rms_slowness')).toEqual({ '{shop="tea",family="order"}': 1.5 });
});

test('a label that would break its line is quoted', async () => {
  const odd = totalsOf(call({ operation: 'a"b\\c\nd' }));
  await appendCalls(api.db, [], addUp([odd]));
  expect(Object.keys(await samples('okuri_rms_calls_total'))).toContain(
    String.raw`{shop="tea",operation="a\"b\\c\nd",outcome="ok"}`,
  );
});
