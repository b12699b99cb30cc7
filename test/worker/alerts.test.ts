import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { TextCode } from '../../src/domain/texts';
import { type Alert, addAlert, forgetDeliveredAlerts, listAlerts } from '../../src/store/alerts';
import { changeSettings, createShop } from '../../src/store/shops';
import { deliverAlerts, startAlerts } from '../../src/worker/alerts';
import type { TestStore } from '../store/store';
import { newShop, startStore } from '../store/store';
import { eventually } from '../support/eventually';
import { silent } from '../support/house';

const SECRET = 'whsec_0123456789abcdef';
const QUERY = 'token=do-not-log-me';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A webhook of a shop: it writes down what it is told, and answers as the next of `answers` says; 204 after them. */
let hook: Server;
let received: Received[];
let answers: ((response: ServerResponse) => void)[];
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): unknown =>
    response.writeHead(code, headers).end();

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  hook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({ path: request.url ?? '', headers: request.headers, body });
      (answers.shift() ?? status(204))(response);
    });
  });
  await new Promise<void>((done) => {
    hook.listen(0, '127.0.0.1', done);
  });
  for (const shopId of ['cake', 'plain']) await createShop(store.db, store.vault, newShop(shopId));
  for (const shopId of ['tea', 'cake']) await point(shopId, urlOf(shopId));
});
afterAll(async () => {
  hook.closeAllConnections();
  hook.close();
  await store.close();
});
beforeEach(async () => {
  received = [];
  answers = [];
  await store.pool.query('truncate alerts');
});

const urlOf = (path: string): string =>
  `http://127.0.0.1:${(hook.address() as AddressInfo).port}/${path}?${QUERY}`;
const point = (shopId: string, alertWebhookUrl: string | null) =>
  changeSettings(store.db, shopId, { alertWebhookUrl }, { vault: store.vault, secret: SECRET });
/** Lets the time come at which everything that is still to be tried is tried again: times are rounded to milliseconds. */
const passTime = () =>
  store.pool.query("update alerts set due_at = now() - interval '1 second' where due_at is not null");
const raise = async (shopId = 'tea', code: TextCode = 'order.not_found') => {
  const alertId = await addAlert(store.db, { shopId, orderNumber: '100-1', code });
  await store.pool.query("update alerts set due_at = now() - interval '1 second' where attempts = 0");
  return alertId;
};
const deliver = (more: object = {}, closing?: AbortSignal): Promise<void> =>
  deliverAlerts({ db: store.db, vault: store.vault, log: silent, ...more }, closing);
const rows = (shopId = 'tea'): Promise<Alert[]> => listAlerts(store.db, shopId, undefined, 100);
const only = async (): Promise<Alert> => {
  const [row, ...others] = await rows();
  if (row === undefined || others.length > 0) throw new Error('There is not exactly one alert');
  return row;
};
const secondsTo = async (): Promise<number> =>
  Number((await store.pool.query('select extract(epoch from due_at - now()) as s from alerts')).rows[0]?.s);
const hmac = (text: string): string => createHmac('sha256', SECRET).update(text).digest('hex');

test('the webhook is told in both languages, signed with the time and over the body alone, and nothing else leaves', async () => {
  await store.db.transaction((tx) =>
    addAlert(tx, {
      shopId: 'tea',
      orderNumber: '100-1',
      code: 'order.confirm_refused',
      params: { code: 'E-1' },
    }),
  );
  await passTime();
  await deliver({ orderUrl: ({ orderNumber }: { orderNumber: string }) => `http://ui/${orderNumber}` });
  const row = await only();
  expect(row).toMatchObject({ deliveredAt: expect.any(Date), dueAt: null, attempts: 1, failure: null });
  const [{ path, headers, body } = { path: '', headers: {} as IncomingHttpHeaders, body: '' }] = received;
  expect([received.length, path]).toEqual([1, `/tea?${QUERY}`]);
  expect(JSON.parse(body)).toEqual({
    alertId: row.alertId,
    shopId: 'tea',
    orderNumber: '100-1',
    code: 'order.confirm_refused',
    at: row.createdAt.toISOString(),
    text: {
      ja: '楽天が注文確認を受け付けませんでした: E-1',
      en: 'Rakuten refused the confirmation: E-1',
    },
    params: { code: 'E-1' },
    orderUrl: 'http://ui/100-1',
  });
  const [, t = '', v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-okuri-signature'])) ?? [];
  expect([v1, Math.abs(Number(t) - Date.now() / 1000) < 60]).toEqual([hmac(`${t}.${body}`), true]);
  expect(headers).toMatchObject({
    'x-okuri-alert-id': row.alertId,
    'x-okuri-body-signature': `sha256=${hmac(body)}`,
    'content-type': 'application/json',
  });
});

test('a webhook that fails twice and then accepts has the alert once, under one id', async () => {
  answers = [status(500), status(503)];
  await raise();
  await deliver();
  await deliver();
  expect(received.length).toBe(1);
  expect(await only()).toMatchObject({ deliveredAt: null, failure: 'The webhook answered 500.' });
  expect(Math.round(await secondsTo())).toBe(5);
  await passTime();
  await deliver();
  expect(Math.round(await secondsTo())).toBe(10);
  await passTime();
  await deliver();
  await passTime();
  await deliver();
  expect(await only()).toMatchObject({ deliveredAt: expect.any(Date), attempts: 3, failure: null });
  expect(received.map(({ headers }) => headers['x-okuri-alert-id'])).toEqual(
    Array(3).fill((await only()).alertId),
  );
});

test('two workers at once deliver each alert once', async () => {
  for (let n = 0; n < 20; n += 1) await raise();
  const other = store.another().db;
  await Promise.all([deliver(), deliver({ db: other })]);
  const told = received.map(({ headers }) => headers['x-okuri-alert-id']);
  expect([told.length, new Set(told).size]).toEqual([20, 20]);
  expect((await rows()).every(({ deliveredAt }) => deliveredAt !== null)).toBe(true);
});

test('a webhook that hangs is given up waiting for, and keeps no other shop waiting', async () => {
  answers = [() => undefined];
  await raise('tea');
  await raise('tea');
  const hanging = deliver({ timeoutMs: 2_000 });
  await eventually(
    async () => received.length,
    (count) => count === 1,
  );
  for (let n = 0; n < 3; n += 1) await raise('cake');
  await deliver();
  expect((await rows('cake')).every(({ deliveredAt }) => deliveredAt !== null)).toBe(true);
  await hanging;
  expect((await rows('tea')).map(({ failure }) => failure)).toContain(
    'The webhook did not answer within 2 seconds.',
  );
});

test.each([
  [302, 'The webhook answered 302, and redirects are not followed.'],
  [404, 'The webhook answered 404.'],
])('an answer of %i is no delivery', async (code, failure) => {
  answers = [status(code, { location: urlOf('elsewhere') })];
  await raise();
  await deliver();
  expect(await only()).toMatchObject({ deliveredAt: null, failure });
  expect(received.map(({ path }) => path)).toEqual([`/tea?${QUERY}`]);
});

test('pauses double up to an hour, and after a day it is given up with what was wrong', async () => {
  await raise();
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 13; attempt += 1) {
    answers = [status(500)];
    await passTime();
    await deliver();
    pauses.push(Math.round(await secondsTo()));
  }
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
  await store.pool.query(
    "update alerts set created_at = now() - interval '23.5 hours', due_at = now() - interval '1 second'",
  );
  answers = [status(500)];
  await deliver();
  expect(await only()).toMatchObject({
    dueAt: null,
    deliveredAt: null,
    failure: 'The webhook answered 500.',
  });
  await passTime();
  await deliver();
  expect(received.length).toBe(14);
});

test('neither the query of the address nor the secret is ever logged or kept', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  answers = [status(500)];
  await raise();
  await deliver({ log });
  await point('tea', `http://127.0.0.1:1/?${QUERY}`);
  await passTime();
  await deliver({ log });
  expect((await only()).failure).toMatch(/^The webhook cannot be reached/);
  await store.pool.query("update shops set sealed_alert_secret = '\\x00' where shop_id = 'tea'");
  await passTime();
  await deliver({ log });
  await point('tea', urlOf('tea'));
  expect(lines.length).toBe(3);
  const all = lines.join('') + JSON.stringify(await rows());
  for (const planted of [SECRET, 'do-not-log-me']) expect(all).not.toContain(planted);
});

test('a shop without a webhook has no alerts, and one that took its webhook away is told nothing more', async () => {
  expect(await raise('plain')).toBeUndefined();
  expect(await rows('plain')).toEqual([]);
  await raise();
  await point('tea', null);
  await deliver();
  await point('tea', urlOf('tea'));
  expect(await only()).toMatchObject({ dueAt: null, failure: 'The shop has no alert webhook any more.' });
  expect(received).toEqual([]);
});

test('an alert exists only when what it tells of was committed', async () => {
  const undone = store.db.transaction(async (tx) => {
    await addAlert(tx, { shopId: 'tea', code: 'order.not_found' });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await rows()).toEqual([]);
});

test('a worker that ends does not wait for a webhook that hangs, and the next worker tells it', async () => {
  answers = [() => undefined];
  await raise();
  const wiring = { db: store.db, vault: store.vault, log: silent };
  const dying = startAlerts(wiring);
  await eventually(
    async () => received.length,
    (count) => count === 1,
  );
  const before = Date.now();
  await dying.close();
  expect(Date.now() - before).toBeLessThan(5_000);
  expect(await only()).toMatchObject({ deliveredAt: null, dueAt: expect.any(Date) });
  await passTime();
  const next = startAlerts(wiring);
  await eventually(only, ({ deliveredAt }) => deliveredAt !== null);
  await next.close();
});

test('what was delivered more than thirty days ago is deleted, what was not is kept', async () => {
  const ids = [await raise(), await raise(), await raise()];
  const age = (id: string | undefined, column: string, days: number) =>
    store.pool.query(`update alerts set ${column} = now() - make_interval(days => $2) where alert_id = $1`, [
      id,
      days,
    ]);
  await age(ids[0], 'delivered_at', 31);
  await age(ids[1], 'delivered_at', 29);
  await age(ids[2], 'created_at', 31);
  expect(await forgetDeliveredAlerts(store.db)).toBe(1);
  expect((await rows()).map(({ alertId }) => alertId).sort()).toEqual([ids[1], ids[2]].sort());
});
