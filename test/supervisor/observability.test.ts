import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { freePort, waitFor } from '../../src/machine';
import { DEMO_SHOP } from '../../src/sandbox';
import { eventually } from '../support/eventually';
import {
  buildOnce,
  instanceEnvironment,
  makeDataDir,
  removeDataDir,
  startInstance,
  type TestInstance,
} from '../support/instance';
import { type ReceivedSpan, startCollector } from '../support/otlp';
import { callersOf } from '../support/real-shop';

let instance: TestInstance;
let env: NodeJS.ProcessEnv;
let dataDir: string;
let collector: Awaited<ReturnType<typeof startCollector>>;
let metricsPort: number;

beforeAll(async () => {
  await buildOnce();
  dataDir = await makeDataDir();
  collector = await startCollector();
  metricsPort = await freePort();
  env = { ...(await instanceEnvironment(dataDir)), OKURI_SANDBOX: 'true' };
  instance = await startInstance({
    ...env,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '200',
    OKURI_METRICS_PORT: String(metricsPort),
  });
}, 120_000);
afterAll(async () => {
  await instance?.stop();
  await collector?.close();
  if (dataDir !== undefined) await removeDataDir(dataDir);
}, 60_000);

const SHOP = DEMO_SHOP.shopCode;
const NOBODY = '400001-20260101-0999999999';
const start = (orderNumber: string, requestId: string) => async () => {
  const response = await fetch(`${instance.url}/v1/orders/${SHOP}/${orderNumber}/start`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await instance.token()}`, 'x-request-id': requestId },
  });
  return { status: response.status, requestId: response.headers.get('x-request-id') };
};
/** A span of a trace by its name, and the names of the spans above it. */
const lineage = (spans: readonly ReceivedSpan[], span: ReceivedSpan | undefined): string[] => {
  if (span === undefined) return [];
  return [
    span.name,
    ...lineage(
      spans,
      spans.find(({ spanId }) => spanId === span.parentSpanId),
    ),
  ];
};
const linesOf = async (name: string): Promise<Record<string, unknown>[]> => {
  const text = await readFile(join(dataDir, 'logs', `${name}.log`), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

test('a request is one trace from the API over the workflow and its activity to the call of Rakuten', async () => {
  const { api } = await callersOf(instance);
  await api('POST', `/v1/orders/${SHOP}/${NOBODY}/start`);
  const route = 'POST /v1/orders/:shopId/:orderNumber/start';
  const spans = await eventually(
    async () =>
      collector.spans.filter(({ traceId }) =>
        collector.spans.some((one) => one.traceId === traceId && one.name === route),
      ),
    (found) => found.some(({ name }) => name === 'RunWorkflow:order'),
  );
  const call = spans.find(({ name }) => name === 'rms getOrder');
  expect(lineage(spans, call)).toEqual([
    'rms getOrder',
    expect.stringMatching(/^RunActivity:/),
    expect.stringMatching(/^StartActivity:/),
    'RunWorkflow:order',
    'StartWorkflow:order',
    route,
  ]);
  expect(call?.attributes).toMatchObject({
    'okuri.shop_id': SHOP,
    'okuri.outcome': 'ok',
    'http.response.status_code': 200,
  });
  expect(spans.find(({ name }) => name === route)?.attributes).toMatchObject({
    'okuri.order_number': NOBODY,
    'http.response.status_code': 202,
  });
  expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['okuri-api', 'okuri-worker']));
});

test('a message in the outbox carries its trace: what wakes an order is found under the request that did it', async () => {
  const { api, control } = await callersOf(instance);
  const { orderNumbers } = await control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${SHOP}/orders`,
    { count: 1 },
  );
  const [orderNumber = ''] = orderNumbers;
  await api('POST', `/v1/orders/${SHOP}/${orderNumber}/start`);
  const hold = { code: 'call_buyer', text: 'first', blocks: 'ship' };
  await api('POST', `/v1/orders/${SHOP}/${orderNumber}/holds`, hold);
  const route = 'POST /v1/orders/:shopId/:orderNumber/holds';
  await eventually(
    async () => collector.spans,
    (spans) =>
      spans.some(
        (span) => span.name === 'SignalWithStartWorkflow:order' && lineage(spans, span)[1] === route,
      ),
  );
});

test('no name, number, address or key of anybody is in a span', async () => {
  const { control } = await callersOf(instance);
  const { orders } = await control<{ orders: { orderNumber: string }[] }>(
    'GET',
    `/control/orders?shopCode=${SHOP}`,
  );
  const personal = new Set<string>([DEMO_SHOP.serviceSecret, DEMO_SHOP.licenseKey, await instance.token()]);
  for (const { orderNumber } of orders.slice(0, 20)) {
    const { order } = await control<{ order: { OrdererModel: Record<string, unknown> } }>(
      'GET',
      `/control/orders/${orderNumber}`,
    );
    const { familyName, firstName, emailAddress, subAddress } = order.OrdererModel;
    for (const text of [familyName, firstName, emailAddress, subAddress])
      if (typeof text === 'string' && text.length > 1) personal.add(text);
  }
  const name = '山田花子';
  await fetch(
    `${instance.url}/v1/orders/${encodeURIComponent(name)}/${encodeURIComponent(name)}?q=${encodeURIComponent(name)}`,
    {
      headers: {
        authorization: `Bearer ${await instance.token()}`,
        baggage: `who=${name.length}-planted-baggage`,
        tracestate: 'okuri=planted-state',
      },
    },
  );
  for (const text of [name, 'planted-baggage', 'planted-state']) personal.add(text);
  await eventually(
    async () => collector.spans.filter(({ name }) => name === 'GET /v1/orders/:shopId/:orderNumber'),
    (spans) => spans.length > 0,
  );
  const sent = Buffer.concat(collector.bodies);
  expect(personal.size).toBeGreaterThan(5);
  expect([...personal].filter((text) => sent.includes(text))).toEqual([]);
});

test('every line of a request and of an activity names the request, the order and the run that it is about', async () => {
  const { api } = await callersOf(instance);
  const orderNumber = '400001-20260101-0999999998';
  expect(await start(orderNumber, 'request-of-a-test')()).toEqual({
    status: 202,
    requestId: 'request-of-a-test',
  });
  const request = await eventually(
    async () => (await linesOf('api')).find(({ requestId }) => requestId === 'request-of-a-test'),
    (line) => line !== undefined,
  );
  expect(request).toMatchObject({
    ...{ name: 'api', level: 30, msg: 'request', method: 'POST', status: 202, shopId: SHOP, orderNumber },
    ...{
      route: '/v1/orders/:shopId/:orderNumber/start',
      ms: expect.any(Number),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  });
  await api('POST', `/v1/shops/${SHOP}/stock/reconciliations`);
  const done = await eventually(
    async () => (await linesOf('worker')).find(({ workflowId }) => workflowId === `stock/${SHOP}`),
    (line) => line !== undefined,
  );
  expect(done).toMatchObject({
    ...{ name: 'worker', shopId: SHOP, runId: expect.any(String), activity: expect.any(String) },
    ...{ attempt: 1, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) },
  });
  // A request that many share is told as its own: it is about none of them alone.
  for (const line of (await linesOf('worker')).filter(({ msg }) => msg === 'rms call'))
    expect(line).not.toHaveProperty('activity');
});

test('a name that is no id is not taken for the id of a request', async () => {
  const response = await fetch(`${instance.url}/healthz`, { headers: { 'x-request-id': 'a b' } });
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('a worker shows what it and the SDK measure', async () => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  for (const name of [
    'process_resident_memory_bytes',
    'temporal_worker_task_slots_available',
    'temporal_num_pollers',
  ])
    expect(text).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
});

/** The SDK shows a counter from its first count on, and nothing fails here. */
const ONLY_WHEN_IT_HAPPENS = [
  'temporal_workflow_task_execution_failed_total',
  'temporal_activity_execution_failed_total',
];

/** Each metric with the labels that its lines have. */
const labelsByMetric = (text: string): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, type] = /^# TYPE (\S+)/.exec(line) ?? [];
    const [, name = type, labels = ''] = /^([a-z0-9_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    const known = found.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
    found.set(name, known);
  }
  return found;
};
/** The metrics and the labels that an expression names: what stands before braces, brackets, operators, and in `by (…)`. */
const namedIn = (expr: string): { metrics: string[]; labels: string[] } => ({
  metrics: [...expr.matchAll(/\b((?:okuri|temporal|process)_[a-z0-9_]+)/g)].map(([, name = '']) => name),
  labels: [...expr.matchAll(/(?:by \(|[{,] ?)([a-z_]+(?:, [a-z_]+)*)(?:\)|!?[=~]+)/g)].flatMap(
    ([, list = '']) => list.split(', '),
  ),
});

test('every metric and label in the dashboard and the alert rules is there', async () => {
  const urls = [`${instance.url}/metrics`, `http://127.0.0.1:${metricsPort}/metrics`];
  const texts = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
  const known = labelsByMetric(texts.join('\n'));
  const dashboard = z
    .object({ panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })) })) })
    .parse(JSON.parse(await readFile('ops/grafana/okuri.json', 'utf8')));
  const rules = z
    .object({
      groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
    })
    .parse(parse(await readFile('ops/prometheus/okuri-rules.yml', 'utf8')));
  const exprs = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
  ];
  expect(exprs.length).toBeGreaterThan(20);
  // Given by Prometheus itself; `le` stands in every histogram.
  const scraped = ['job', 'instance', 'le'];
  const wrong = exprs.flatMap((expr) => {
    const { metrics, labels } = namedIn(expr);
    const own = new Set([...scraped, ...metrics.flatMap((name) => [...(known.get(name) ?? [])])]);
    const samples = metrics.some((name) => (known.get(name)?.size ?? 0) > 0);
    return [
      ...metrics.filter((name) => !known.has(name) && !ONLY_WHEN_IT_HAPPENS.includes(name)),
      ...(samples ? labels.filter((label) => !own.has(label)).map((label) => `${label} in ${expr}`) : []),
    ];
  });
  expect(wrong).toEqual([]);
});

test('without an endpoint no process connects to anything but its PostgreSQL and its Temporal', async () => {
  const seen = join(dataDir, 'connections');
  const preload = join(dataDir, 'preload.cjs');
  await writeFile(
    preload,
    `const net = require('node:net'); const { appendFileSync } = require('node:fs'); const own = net.Socket.prototype.connect;
     net.Socket.prototype.connect = function (...args) {
       const to = [args[0]].flat()[0]; appendFileSync(${JSON.stringify(seen)}, (to?.port ?? to) + '\\n'); return own.apply(this, args); };`,
  );
  const { ports } = await instance.state();
  const port = await freePort();
  const alone = { ...env, PORT: String(port), OKURI_SANDBOX: 'false', NODE_OPTIONS: `--require ${preload}` };
  const child = spawn(process.execPath, [resolve('dist/cli.js'), 'api'], { env: alone, stdio: 'ignore' });
  const ready = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  expect(await waitFor(ready, 30_000)).toBe(true);
  child.kill();
  await once(child, 'exit');
  const to = new Set((await readFile(seen, 'utf8')).trim().split('\n'));
  expect([...to].sort()).toEqual([String(ports.postgres), String(ports.temporal)].sort());
}, 60_000);
