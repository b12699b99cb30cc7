import { addAlert, markDelivered, markFailed, takeDueAlert } from '../../src/store/alerts';
import { alertSecretOf, findShop } from '../../src/store/shops';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi } from './support';

const SECRET = 'whsec_0123456789-WXYZ';
const WEBHOOK = 'https://hook.example/okuri?token=t';
const SIGNED = { alertWebhookUrl: WEBHOOK, alertWebhookSecret: SECRET };

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await register('tea', SIGNED).expect(201);
});
afterAll(() => api.close());

const register = (shopId: string, settings: object) =>
  api.as('post', '/v1/shops').send({ ...NEW_SHOP, shopUrl: `https://www.rakuten.ne.jp/${shopId}`, settings });
const patch = (settings: object, shopId = 'tea') => api.as('patch', `/v1/shops/${shopId}`).send({ settings });
const secretOf = async (shopId: string): Promise<string | null> => {
  const shop = await findShop(api.db, shopId);
  return shop === undefined ? null : alertSecretOf(api.vault, shop);
};
const list = async (query = '', language = 'en') =>
  (await api.as('get', `/v1/shops/tea/alerts${query}`).set('Accept-Language', language).expect(200)).body;

describe('the secret that signs alerts', () => {
  test('shows by its last four characters alone, and stays while other settings change', async () => {
    const answers = [
      (await register('shown', SIGNED).expect(201)).body,
      (await patch({ syncIntervalSeconds: 5 }, 'shown').expect(200)).body,
      (await api.as('get', '/v1/shops/shown').expect(200)).body,
      ...(await api.as('get', '/v1/shops').expect(200)).body.items,
    ];
    for (const answer of answers) expect(answer.alertWebhookSecretLast4).toBe('WXYZ');
    expect(await secretOf('shown')).toBe(SECRET);
    expect(JSON.stringify(answers) + api.logged()).not.toMatch(/whsec_|sealed/i);
  });

  test('is replaced by another and removed by null, once there is no webhook to sign for', async () => {
    await register('changing', SIGNED).expect(201);
    const other = await patch({ alertWebhookSecret: ` ${SECRET.toLowerCase()} ` }, 'changing').expect(200);
    expect([other.body.alertWebhookSecretLast4, await secretOf('changing')]).toEqual([
      'wxyz',
      SECRET.toLowerCase(),
    ]);
    const gone = await patch({ alertWebhookUrl: null, alertWebhookSecret: null }, 'changing').expect(200);
    expect([gone.body.alertWebhookSecretLast4, await secretOf('changing')]).toEqual([null, null]);
    expect(gone.body.settings).not.toHaveProperty('alertWebhookSecret');
  });

  test('is required with a webhook, whichever way one would be left without it', async () => {
    const refused = async (answer: ReturnType<typeof patch>) => {
      const { code, errors } = (await answer.expect(422)).body;
      expect([code, errors[0].path]).toEqual(['alert_secret_required', 'settings.alertWebhookSecret']);
    };
    await refused(register('unsigned', { alertWebhookUrl: WEBHOOK }));
    await api.as('get', '/v1/shops/unsigned').expect(404);
    await refused(patch({ alertWebhookSecret: null }));
    await register('bare', {}).expect(201);
    await refused(patch({ alertWebhookUrl: WEBHOOK }, 'bare'));
    expect((await api.as('get', '/v1/shops/bare')).body.settings.alertWebhookUrl).toBeNull();
    await patch({ alertWebhookSecret: SECRET }, 'bare').expect(200);
    await patch({ alertWebhookUrl: WEBHOOK }, 'bare').expect(200);
  });

  test.each([
    [{ alertWebhookSecret: 'x'.repeat(15) }, 400, 'settings.alertWebhookSecret'],
    [{ alertWebhookSecret: 'x'.repeat(201) }, 400, 'settings.alertWebhookSecret'],
    [{ alertWebhookSecret: 'x\n'.repeat(20) }, 400, 'settings.alertWebhookSecret'],
    [{ alertWebhookUrl: 'ftp://hook.example' }, 400, 'settings.alertWebhookUrl'],
    [{ alertWebhookUrl: 'https://me:pass@hook.example' }, 422, 'settings.alertWebhookUrl'],
  ])('%o is refused: %i', async (settings, status, path) => {
    const { body } = await patch(settings).expect(status);
    expect(body.errors.map((error: { path: string }) => error.path)).toEqual([path]);
    expect(await secretOf('tea')).toBe(SECRET);
    expect(JSON.stringify(body)).not.toMatch(/xx|pass@/);
  });
});

describe('alerts of a shop', () => {
  test('are listed newest first with what became of each, page by page', async () => {
    const take = async () => {
      await api.db.execute("update alerts set due_at = now() - interval '1 second' where attempts = 0");
      const alert = await takeDueAlert(api.db, 'tea');
      if (alert === undefined) throw new Error('no alert is due');
      return alert;
    };
    const raise = (orderNumber: string) =>
      addAlert(api.db, {
        shopId: 'tea',
        orderNumber,
        code: 'order.confirm_refused',
        params: { code: orderNumber },
      });
    await raise('1');
    await markDelivered(api.db, await take());
    await raise('2');
    const late = await take();
    await api.db.execute("update alerts set created_at = now() - interval '1 day' where order_number = '2'");
    await markFailed(api.db, late, 'The webhook answered 500.');
    await raise('3');
    const first = await list('?limit=2');
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    expect(second.nextCursor).toBeNull();
    const [three, one, two] = [...first.items, ...second.items];
    expect([three.orderNumber, one.orderNumber, two.orderNumber]).toEqual(['3', '1', '2']);
    expect(three).toMatchObject({ state: 'waiting', attempts: 0, failure: null, deliveredAt: null });
    expect(one).toMatchObject({ state: 'delivered', attempts: 1, nextAttemptAt: null });
    expect(two).toMatchObject({
      state: 'given_up',
      failure: 'The webhook answered 500.',
      text: 'Rakuten refused the confirmation: 2',
    });
    expect((await list('', 'ja')).items[0].text).toBe('楽天が注文確認を受け付けませんでした: 3');
  });

  test('a test is written to be delivered, once for a request that is repeated', async () => {
    const ask = () => api.as('post', '/v1/shops/tea/alerts/test').set('Idempotency-Key', 'k').expect(202);
    const [{ body: first }, { body: again }] = [await ask(), await ask()];
    expect(again).toEqual(first);
    const { items } = await list();
    expect(items.filter(({ code }: { code: string }) => code === 'alert.test')).toMatchObject([
      { alertId: first.alertId, state: 'waiting', orderNumber: null, text: expect.stringMatching(/^A test/) },
    ]);
  });

  test('a shop without a webhook cannot be tested, and one that is not there has none', async () => {
    await register('silent', {}).expect(201);
    const { body } = await api.as('post', '/v1/shops/silent/alerts/test').expect(409);
    expect(body.code).toBe('alert_webhook_missing');
    await api.as('post', '/v1/shops/none/alerts/test').expect(404);
    await api.as('get', '/v1/shops/none/alerts').expect(404);
    await api.as('get', '/v1/shops/tea/alerts?cursor=x').expect(400);
    await api.anonymous.get('/v1/shops/tea/alerts').expect(401);
  });
});
