import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { saveDailyCount } from '../../src/store/daily-counts';
import type { ImportRow } from '../../src/store/imports';
import { endImport, findImport, noteImportFailure, saveProgress } from '../../src/store/imports';
import { imports } from '../../src/store/schema';
import { createShop, setRetired } from '../../src/store/shops';
import { newShop } from '../store/store';
import type { TestApi } from './support';
import { apiOver, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  for (const shop of ['tea', 'cup', 'pot', 'fan', 'bag', 'box'])
    await createShop(api.db, api.vault, newShop(shop));
});
afterAll(() => api.close());

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const range = { from: '2026-11-01', to: '2026-11-02', by: 'ordered', statuses: [100, 300], dryRun: true };
const post = (shop: string, change: object = {}) =>
  api.as('post', `/v1/shops/${shop}/imports`).send({ ...range, ...change });
const rows = (): Promise<ImportRow[]> => api.db.select().from(imports);

test('an import is answered with its workflow, and a second one of the shop is refused with the id of the first', async () => {
  const { body } = await post('tea').expect(202);
  expect(body).toEqual({
    importId: expect.any(String),
    workflowId: `import/tea/${body.importId}`,
    runId: expect.any(String),
  });
  const described = await api.temporal.workflow.getHandle(body.workflowId).describe();
  expect([described.type, described.runId]).toEqual(['import', body.runId]);

  const second = await post('tea').expect(409);
  expect(second.body).toMatchObject({
    code: 'import_running',
    errors: [{ path: 'importId', message: body.importId }],
  });
  await post('cup').expect(202);
});

test('of two imports that are asked for at the same moment one runs', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => post('pot')));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
});

test.each([
  ['a day that does not exist', { from: '2026-02-30' }, 400, 'from'],
  ['an instant without a zone', { to: '2026-11-02T00:00:00' }, 400, 'to'],
  ['no status', { statuses: [] }, 400, 'statuses'],
  ['a status that Rakuten does not have', { statuses: [100, 150] }, 400, 'statuses.1'],
  ['an unknown date', { by: 'shipped' }, 400, 'by'],
  ['an end before its start', { from: '2026-11-03' }, 422, 'to'],
  ['a start in the future', { from: '2999-01-01', to: '2999-01-02' }, 422, 'from'],
  ['a start two years ago', { from: daysAgo(730) }, 422, 'from'],
])('a range with %s is refused before anything is written', async (_what, change, status, path) => {
  const before = (await rows()).length;
  const { body } = await post('fan', change).expect(status);
  expect(body.errors.map((error: { path: string }) => error.path)).toContain(path);
  expect(await rows()).toHaveLength(before);
});

test('shops that are unknown or out of service import nothing', async () => {
  await post('none').expect(404);
  await api.db.transaction((tx) => setRetired(tx, 'box', new Date()));
  expect((await post('box').expect(409)).body.code).toBe('shop_retired');
});

test('days are days in Japan: from their first moment to their last, or to now', async () => {
  const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
  const { body } = await post('fan', { to: today }).expect(202);
  const shown = (await api.as('get', `/v1/imports/${body.importId}`).expect(200)).body;
  expect(shown.from).toBe('2026-10-31T15:00:00.000Z');
  expect(Math.abs(Date.parse(shown.to) - Date.now())).toBeLessThan(60_000);
});

test('an import shows what was asked for, how far it is and why it waits, and can be cancelled once', async () => {
  const asked = { by: 'updated', statuses: [300, 100, 300], dryRun: false };
  const { body } = await post('bag', asked).expect(202);
  const at = `/v1/imports/${body.importId}`;
  const show = async (language = 'en') =>
    (await api.as('get', at).set('Accept-Language', language).expect(200)).body;
  expect(await show()).toMatchObject({
    ...{ importId: body.importId, shopId: 'bag', by: 'updated', statuses: [100, 300], dryRun: false },
    ...{ from: '2026-10-31T15:00:00.000Z', to: '2026-11-02T14:59:59.999Z', state: 'running' },
    progress: { percent: 0, found: {}, known: 0, new: 0, until: {} },
    ...{ failure: null, requestedBy: 'administrator', finishedAt: null },
    workflow: { workflowId: body.workflowId, url: expect.stringContaining('http://ui.example:8233/') },
  });

  const until = { '100/ordered': '2026-11-02T14:59:59.999Z', '100/confirmed': '2026-11-01T15:00:00.000Z' };
  await saveProgress(api.db, body.importId, { until, found: { 100: 7 }, known: 4, new: 3 });
  await noteImportFailure(api.db, body.importId, 'key_refused');
  expect(await show()).toMatchObject({
    progress: { percent: 12, found: { 100: 7 }, known: 4, new: 3 },
    failure: { code: 'key_refused', text: 'Rakuten refuses the licence key' },
  });
  expect((await show('ja')).failure.text).toMatch(/ライセンスキー/);

  expect((await api.as('delete', at).expect(200)).body.state).toBe('cancelled');
  expect((await api.as('delete', at).expect(200)).body.state).toBe('cancelled');
  await post('bag').expect(202);
});

test('an import that has ended cannot be cancelled, and one that never was is not found', async () => {
  const { body } = await post('bag').expect(409);
  const running = body.errors[0].message;
  await endImport(api.db, running, 'done');
  const refused = await api.as('delete', `/v1/imports/${running}`).expect(409);
  expect(refused.body.code).toBe('import_finished');
  expect((await api.as('get', `/v1/imports/${running}`).expect(200)).body.progress.percent).toBe(100);
  await api.as('get', `/v1/imports/${randomUUID()}`).expect(404);
  await api.as('delete', `/v1/imports/${randomUUID()}`).expect(404);
  await api.as('get', '/v1/imports/nonsense').expect(400);
});

test('imports are listed newest first, page by page', async () => {
  await post('bag').expect(202);
  const list = '/v1/shops/bag/imports';
  const first = (await api.as('get', `${list}?limit=1`).expect(200)).body;
  const rest = (await api.as('get', `${list}?cursor=${first.nextCursor}`).expect(200)).body;
  const times = [...first.items, ...rest.items].map(({ createdAt }: { createdAt: string }) => createdAt);
  expect(times.length).toBeGreaterThanOrEqual(3);
  expect(times).toEqual([...times].sort().reverse());
  expect(rest.nextCursor).toBeNull();
  await api.as('get', '/v1/shops/none/imports').expect(404);
});

test('an import that Temporal does not take is not left behind as running', async () => {
  const nowhere = Connection.lazy({ address: '127.0.0.1:1' });
  const cut = apiOver({ ...api, temporal: new Client({ connection: nowhere }) });
  await endImport(api.db, (await post('cup').expect(409)).body.errors[0].message, 'done');
  const before = new Set((await rows()).map(({ importId }) => importId));
  await cut.as('post', '/v1/shops/cup/imports').send(range).expect(503);
  const [left] = (await rows()).filter(({ importId }) => !before.has(importId));
  expect(await findImport(api.db, left?.importId ?? '')).toMatchObject({ state: 'failed' });
  const shown = await api.as('get', `/v1/imports/${left?.importId}`).set('Accept-Language', 'en').expect(200);
  expect(shown.body.failure).toEqual({
    code: 'not_started',
    text: expect.stringContaining('ask for it again'),
  });
  await post('cup').expect(202);
  await nowhere.close();
}, 30_000);

test('daily counts are listed newest first and stand in the metrics', async () => {
  const count = (day: string, missing: string[]) =>
    saveDailyCount(api.db, {
      ...{ shopId: 'tea', day, theirs: 10, ours: 10 - missing.length, missing },
      countedAt: new Date(`${day}T01:00:00Z`),
    });
  await count('2026-11-20', ['a']);
  await count('2026-11-21', []);
  await count('2026-11-20', ['b']);
  const { body } = await api.as('get', '/v1/shops/tea/daily-counts?limit=1').expect(200);
  expect(body.items).toEqual([
    { day: '2026-11-21', theirs: 10, ours: 10, missing: [], countedAt: '2026-11-21T01:00:00.000Z' },
  ]);
  const next = await api.as('get', `/v1/shops/tea/daily-counts?cursor=${body.nextCursor}`).expect(200);
  expect(next.body).toMatchObject({ items: [{ day: '2026-11-20', missing: ['a', 'b'] }], nextCursor: null });
  const { text } = await api.anonymous.get('/metrics').expect(200);
  expect(text).toContain('okuri_missed_orders{shop="tea"} 0\n');
  expect(text).toContain(
    `okuri_daily_count_timestamp_seconds{shop="tea"} ${Date.parse('2026-11-21T01:00:00Z') / 1000}\n`,
  );
});
