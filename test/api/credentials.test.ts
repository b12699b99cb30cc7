import { listKeys, openKey, setKeyExpiry } from '../../src/store/credentials';
import { endRenewal, noteProbe } from '../../src/store/renewals';
import { outbox } from '../../src/store/schema';
import { NEW_SHOP, startTestApi, type TestApi } from './support';

const PATH = '/v1/shops/tea/credentials';
const RENEWALS = `${PATH}/renewals`;
const NEXT = 'SL123456_ponmlkjihgfedcba';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
  await api.db.delete(outbox);
});
afterEach(() => api?.close());

const begin = async (body: object = { licenseKey: NEXT }): Promise<string> =>
  (await api.as('post', RENEWALS).send(body).expect(202)).body.renewalId;
const keyInUse = async () => (await listKeys(api.db, 'tea'))[0];

test('a shop has its first key, in use and live; its end and the days left are shown, and no secret ever', async () => {
  const expiresAt = new Date(Date.now() + 9.5 * 86_400_000);
  await setKeyExpiry(api.db, (await keyInUse())?.credentialId ?? '', expiresAt);
  await begin();
  const { body, text } = await api.as('get', PATH).expect(200);
  expect(body).toMatchObject({
    items: [
      {
        licenseKeyLast4: 'abcd',
        state: 'live',
        inUse: true,
        daysLeft: 10,
        expiresAt: expiresAt.toISOString(),
      },
      { licenseKeyLast4: 'dcba', state: 'pending', inUse: false, daysLeft: null, expiresAt: null },
    ],
    nextCursor: null,
  });
  expect(body.items[1].addedBy).toBe('administrator');
  const shown = await api.as('get', RENEWALS).expect(200);
  for (const secret of [NEXT, NEW_SHOP.licenseKey, NEW_SHOP.serviceSecret])
    for (const seen of [text, shown.text, api.logged()]) expect(seen).not.toContain(secret);
});

test('a renewal keeps the secret of the key in use, or takes a new one, and is told through the outbox as well', async () => {
  const renewalId = await begin();
  const pending = (await listKeys(api.db, 'tea')).find(({ state }) => state === 'pending');
  expect(await openKey(api.db, api.vault, 'tea', pending?.credentialId)).toMatchObject({
    licenseKey: NEXT,
    serviceSecret: NEW_SHOP.serviceSecret,
  });
  expect(await api.db.select().from(outbox)).toMatchObject([{ kind: 'shop.credentials', shopId: 'tea' }]);
  await api.as('delete', `${RENEWALS}/${renewalId}`).expect(200);
  await begin({ licenseKey: NEXT, serviceSecret: 'SP123456_anothersecret000' });
  const again = (await listKeys(api.db, 'tea')).find(({ state }) => state === 'pending');
  expect(await openKey(api.db, api.vault, 'tea', again?.credentialId)).toMatchObject({
    serviceSecret: 'SP123456_anothersecret000',
  });
});

test.each([
  ['of another form', { licenseKey: 'abc' }, 'refused', 'licenseKey'],
  ['that is a secret', { licenseKey: 'SP123456_abcdefghijklmnop' }, 'refused', 'licenseKey'],
  ['with a secret of another form', { licenseKey: NEXT, serviceSecret: 'x' }, 'refused', 'serviceSecret'],
  ['of another shop', { licenseKey: 'SL654321_abcdefghijklmnop' }, 'keys_differ', 'licenseKey'],
  [
    'with its own secret of another shop',
    { licenseKey: 'SL654321_abcdefghijklmnop', serviceSecret: 'SP654321_abcdefghijklmnop' },
    'keys_differ',
    'licenseKey',
  ],
])('a key %s is refused at once, and nothing changes', async (_, body, code, path) => {
  const answer = await api.as('post', RENEWALS).send(body).expect(422);
  expect(answer.body).toMatchObject({ code, errors: [{ path }] });
  expect(await listKeys(api.db, 'tea')).toHaveLength(1);
  expect((await api.as('get', RENEWALS)).body.items).toEqual([]);
  expect(await api.db.select().from(outbox)).toEqual([]);
});

test('the key in use is refused as new, with what to do: nothing while Rakuten takes it, a new one when it does not', async () => {
  const same = { licenseKey: `  ${NEW_SHOP.licenseKey} ` };
  const live = await api.as('post', RENEWALS).send(same).expect(409);
  expect(live.body).toMatchObject({ code: 'key_in_use', detail: expect.stringContaining('nothing to do') });
  await api.db.execute("update credentials set state = 'refused', fingerprint = null");
  const refused = await api.as('post', RENEWALS).send(same).expect(409);
  expect(refused.body).toMatchObject({ code: 'key_in_use', detail: expect.stringContaining('90 minutes') });
});

test('a second renewal is refused while one is under way, and named', async () => {
  const renewalId = await begin();
  for (const licenseKey of [NEXT, 'SL123456_another0another']) {
    const { body } = await api.as('post', RENEWALS).send({ licenseKey }).expect(409);
    expect(body).toMatchObject({ code: 'renewal_running', detail: expect.stringContaining(renewalId) });
  }
});

test('a renewal says how far it is, what Rakuten said last in the reader’s language, and until when it is tried', async () => {
  const renewalId = await begin();
  const path = `${RENEWALS}/${renewalId}`;
  const first = (await api.as('get', path).expect(200)).body;
  expect(first).toMatchObject({
    ...{ renewalId, state: 'pending', probes: 0, probedAt: null, licenseKeyLast4: 'dcba' },
    ...{ said: { code: 'not_asked' }, requestedBy: 'administrator', finishedAt: null },
    workflow: { workflowId: 'credential/tea' },
  });
  const minutes = (Date.parse(first.triedUntil) - Date.parse(first.createdAt)) / 60_000;
  expect(Math.round(minutes)).toBe(120);
  await noteProbe(api.db, renewalId, 'not_taken', new Date());
  const ja = (await api.as('get', path)).body;
  expect(ja).toMatchObject({
    probes: 1,
    said: { code: 'not_taken', text: expect.stringContaining('10〜90分') },
  });
  const en = (await api.as('get', path).set('Accept-Language', 'en')).body;
  expect(en.said.text).toContain('10 to 90 minutes');
});

test('a renewal can be cancelled once, and a new one asked for; all of them are listed, the newest first', async () => {
  const cancelled = await begin();
  const { body } = await api.as('delete', `${RENEWALS}/${cancelled}`).expect(200);
  expect(body).toMatchObject({ state: 'cancelled', licenseKeyLast4: null, finishedAt: expect.any(String) });
  const again = await api.as('delete', `${RENEWALS}/${cancelled}`).expect(409);
  expect(again.body).toMatchObject({
    code: 'renewal_finished',
    detail: expect.stringContaining('cancelled'),
  });
  expect(await listKeys(api.db, 'tea')).toHaveLength(1);
  const failed = await begin();
  await endRenewal(api.db, { renewalId: failed, shopId: 'tea' }, 'failed');
  const pending = await begin();
  const page = (await api.as('get', `${RENEWALS}?limit=2`).expect(200)).body;
  const rest = (await api.as('get', `${RENEWALS}?limit=2&cursor=${page.nextCursor}`).expect(200)).body;
  expect([...page.items, ...rest.items].map(({ renewalId, state }) => [renewalId, state])).toEqual([
    [pending, 'pending'],
    [failed, 'failed'],
    [cancelled, 'cancelled'],
  ]);
});

test('what is not there, or out of service, is said so', async () => {
  const unknown = '00000000-0000-4000-8000-000000000000';
  for (const method of ['get', 'delete'] as const)
    expect((await api.as(method, `${RENEWALS}/${unknown}`).expect(404)).body.code).toBe('renewal_not_found');
  for (const path of ['/v1/shops/no/credentials', '/v1/shops/no/credentials/renewals'])
    expect((await api.as('get', path).expect(404)).body.code).toBe('shop_not_found');
  await api.db.execute("update shops set retired_at = now() where shop_id = 'tea'");
  const { body } = await api.as('post', RENEWALS).send({ licenseKey: NEXT }).expect(409);
  expect(body.code).toBe('shop_retired');
});

test('the end of the key in use is a metric of each shop in service', async () => {
  const expiresAt = new Date('2027-01-31T14:59:59Z');
  await setKeyExpiry(api.db, (await keyInUse())?.credentialId ?? '', expiresAt);
  const { text } = await api.as('get', '/metrics');
  expect(text).toContain(`okuri_key_expires_timestamp_seconds{shop="tea"} ${expiresAt.getTime() / 1000}`);
});
