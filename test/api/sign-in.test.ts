import { type Browser, PASSWORD, signIn, tokenOf, withToken } from './people';
import type { TestApi } from './support';
import { startTestApi } from './support';

/** More than a hundred passwords are tried here: each at a thirtieth of its cost, which test/api/passwords looks at. */
jest.mock('node:crypto', () => {
  const real: typeof import('node:crypto') = jest.requireActual('node:crypto');
  const scrypt = (...[password, salt, length, options, done]: Parameters<typeof real.scrypt>) =>
    real.scrypt(password, salt, length, { ...options, N: 1024 }, done);
  return { ...real, scrypt };
});

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const sql = (text: string, values: unknown[] = []) => api.db.$client.query(text, values);
let people = 0;
/** A user of their own for each test. */
const newUser = async (change: object = {}): Promise<{ userId: string; name: string }> => {
  people += 1;
  const name = `person-${people}`;
  const user = { name, password: PASSWORD, role: 'operator', ...change };
  const { body } = await api.as('post', '/v1/users').send(user).expect(201);
  return body;
};
const tryToSignIn = (name: string, password: string) =>
  api.anonymous.post('/v1/session').send({ name, password });
const forgetAttempts = () => sql('delete from attempts');
const SKU = { skus: [{ skuCode: 'A', name: 'A' }] };

describe('a browser', () => {
  let browser: Browser;
  let name: string;
  beforeAll(async () => {
    ({ name } = await newUser());
    browser = await signIn(api, name.toUpperCase());
  });

  test('gets a cookie that scripts cannot read, that no other site sends, and that stays on this host', async () => {
    const { headers, body } = await tryToSignIn(name, PASSWORD).expect(200);
    const [cookie] = [headers['set-cookie']].flat();
    expect(cookie).toMatch(
      /^__Host-okuri-session=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(body).toMatchObject({ actor: `user/${name}`, role: 'operator', shopIds: null });
    const hours = (Date.parse(body.expiresAt) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(11);
    expect(hours).toBeLessThanOrEqual(12);
  });

  test('acts as its user, who is named where it acts', async () => {
    const { body } = await browser.send('get', '/v1/session').expect(200);
    expect(body).toEqual({
      actor: `user/${name}`,
      role: 'operator',
      shopIds: null,
      csrfToken: browser.csrfToken,
    });
    await browser.send('put', '/v1/skus').send(SKU).expect(200);
    const moved = { skuCode: 'A', kind: 'receive', quantity: 1, reason: 'delivery' };
    await browser.send('post', '/v1/stock/movements').send(moved).expect(201);
    const { body: ledger } = await api.as('get', '/v1/stock/movements?skuCode=A').expect(200);
    expect(ledger.items[0].actor).toBe(`user/${name}`);
    await browser.send('get', '/v1/users').expect(403);
  });

  test.each<[string, Record<string, string>]>([
    ['without its token', { 'X-CSRF-Token': '' }],
    ['with the token of another session', { 'X-CSRF-Token': 'A'.repeat(43) }],
    ['from another site, by what the browser says', { 'Sec-Fetch-Site': 'cross-site' }],
    ['from a sister host', { 'Sec-Fetch-Site': 'same-site' }],
    ['from another origin', { Origin: 'https://evil.example' }],
    ['from a page without an origin', { Origin: 'null' }],
  ])('a change %s is refused and has no effect', async (_, headers) => {
    const change = { skus: [{ skuCode: 'FORGED', name: 'x' }] };
    const request = browser.send('put', '/v1/skus').set(headers).send(change);
    expect((await request.expect(403)).body.code).toBe('csrf_refused');
    await api.as('get', '/v1/skus/FORGED').expect(404);
  });

  test('nobody is signed in by another site', async () => {
    const request = tryToSignIn(name, PASSWORD).set('Sec-Fetch-Site', 'cross-site');
    expect((await request.expect(403)).headers['set-cookie']).toBeUndefined();
  });

  test('is signed out for good: the cookie that was copied is worth nothing', async () => {
    const other = await signIn(api, name);
    const { headers } = await other.send('delete', '/v1/session').expect(204);
    expect(String(headers['set-cookie'])).toContain('Max-Age=0');
    expect((await other.send('get', '/v1/orders').expect(401)).body.code).toBe('unauthorized');
    await browser.send('get', '/v1/orders').expect(200);
  });
});

describe('the end of a session', () => {
  test.each([
    ['its time is over', `update sessions set expires_at = now() - interval '1 second'`],
    ['nobody used it for hours', `update sessions set last_seen_at = now() - interval '5 hours'`],
  ])('%s', async (_, statement) => {
    const { name, userId } = await newUser();
    const browser = await signIn(api, name);
    await browser.send('get', '/v1/orders').expect(200);
    await sql(`${statement} where user_id = $1`, [userId]);
    await browser.send('get', '/v1/orders').expect(401);
  });

  test('being used keeps it from ending', async () => {
    const { name, userId } = await newUser();
    const browser = await signIn(api, name);
    await sql(`update sessions set last_seen_at = now() - interval '3 hours' where user_id = $1`, [userId]);
    await browser.send('get', '/v1/orders').expect(200);
    await sql(`update sessions set last_seen_at = last_seen_at - interval '3 hours' where user_id = $1`, [
      userId,
    ]);
    await browser.send('get', '/v1/orders').expect(200);
  });

  test('a user who is disabled, or whose password is changed by another, is out at once', async () => {
    for (const change of [{ disabled: true }, { password: 'another long password' }]) {
      const { name, userId } = await newUser();
      const browser = await signIn(api, name);
      await api.as('patch', `/v1/users/${userId}`).send(change).expect(200);
      await browser.send('get', '/v1/orders').expect(401);
      await tryToSignIn(name, PASSWORD).expect(401);
    }
  });

  test('a new role counts from the next request on', async () => {
    const { name, userId } = await newUser();
    const browser = await signIn(api, name);
    await api.as('patch', `/v1/users/${userId}`).send({ role: 'viewer' }).expect(200);
    await browser.send('put', '/v1/skus').send(SKU).expect(403);
  });

  test('who changes the own password stays signed in here and nowhere else', async () => {
    const { name } = await newUser();
    const [here, elsewhere] = [await signIn(api, name), await signIn(api, name)];
    const change = { current: PASSWORD, password: 'my own new password' };
    await here
      .send('put', '/v1/session/password')
      .send({ ...change, current: 'wrong' })
      .expect(401);
    await here.send('put', '/v1/session/password').send(change).expect(204);
    await here.send('get', '/v1/orders').expect(200);
    await elsewhere.send('get', '/v1/orders').expect(401);
    await tryToSignIn(name, PASSWORD).expect(401);
    await tryToSignIn(name, change.password).expect(200);
  });
});

describe('passwords', () => {
  beforeEach(forgetAttempts);

  test('are kept as a salted hash alone', async () => {
    const [one, two] = [await newUser(), await newUser()];
    const { rows } = await sql('select password_hash from users where user_id = any($1)', [
      [one.userId, two.userId],
    ]);
    const hashes = rows.map((row) => String(row.password_hash));
    expect(new Set(hashes).size).toBe(2);
    for (const hash of hashes) expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(JSON.stringify(hashes)).not.toContain(PASSWORD);
  });

  test.each([
    ['short', 400],
    ['aaaaaaaaaaaaaaaaaa', 422],
    ['PasswordPassword', 422],
  ])('%s is refused', async (password, status) => {
    await api.as('post', '/v1/users').send({ name: 'weak', password, role: 'viewer' }).expect(status);
  });

  test('a wrong password, an unknown name and a disabled user look the same', async () => {
    const disabled = await newUser();
    await api.as('patch', `/v1/users/${disabled.userId}`).send({ disabled: true }).expect(200);
    const { name } = await newUser();
    const answers = [
      await tryToSignIn(name, 'wrong wrong wrong').expect(401),
      await tryToSignIn('nobody-at-all', PASSWORD).expect(401),
      await tryToSignIn(disabled.name, PASSWORD).expect(401),
    ];
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers[0]?.body.code).toBe('sign_in_failed');
  });

  test('the same letters typed in another form of Unicode sign in', async () => {
    const { name } = await newUser({ password: 'パスワードは長いほど良い' });
    await tryToSignIn(name, 'パスワードは長いほど良い'.normalize('NFD')).expect(200);
  });

  test('are not tried for long: after five failures even the right one has to wait, also at another process', async () => {
    const { name } = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => tryToSignIn(name, 'wrong wrong wrong')),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    const limited = answers.filter(({ status }) => status === 429);
    expect(limited).toHaveLength(3);
    expect(Number(limited[0]?.headers['retry-after'])).toBeGreaterThan(60);
    await tryToSignIn(name, PASSWORD).expect(429);
    const { rows } = await sql(`select key, points from attempts where key like 'sign-in/pair%'`);
    expect(rows).toHaveLength(1);
    expect(rows[0].key).not.toContain(name);
    await forgetAttempts();
    await tryToSignIn(name, PASSWORD).expect(200);
  });

  test('a person who types it right in the end starts over with all attempts', async () => {
    const { name } = await newUser();
    for (let round = 0; round < 3; round += 1) {
      for (let slip = 0; slip < 3; slip += 1) await tryToSignIn(name, 'wrong wrong wrong').expect(401);
      await tryToSignIn(name, PASSWORD).expect(200);
    }
  });

  test('an office that signs in from one address, and does it right, is never shut out', async () => {
    const { name } = await newUser();
    for (let person = 0; person < 32; person += 1) await tryToSignIn(name, PASSWORD).expect(200);
    const { rows } = await sql(`select max(points) as points from attempts`);
    expect(Number(rows[0].points)).toBe(0);
  });

  test('one address cannot try one password with many names', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 34; index += 1)
      statuses.push((await tryToSignIn(`name-${index}`, 'summer in tokyo')).status);
    expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true);
    expect(statuses.slice(30)).toEqual([429, 429, 429, 429]);
  });
});

describe('users', () => {
  beforeEach(forgetAttempts);

  test('a name exists once, whatever its case; the same request again has the same answer', async () => {
    const user = { name: 'Suzuki', password: PASSWORD, role: 'viewer', shopIds: ['tea'] };
    const first = await api.as('post', '/v1/users').set('Idempotency-Key', 'user-1').send(user).expect(201);
    expect(first.body).toMatchObject({ name: 'suzuki', shopIds: ['tea'] });
    expect(
      (
        await api
          .as('post', '/v1/users')
          .send({ ...user, name: 'SUZUKI' })
          .expect(409)
      ).body.code,
    ).toBe('user_exists');
    // What a process leaves that dies before it keeps its answer.
    await sql(
      `update idempotency_keys set status = null, sealed_response = null, claimed_at = now() - interval '10 minutes' where key = 'user-1'`,
    );
    const again = await api.as('post', '/v1/users').set('Idempotency-Key', 'user-1').send(user).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBeUndefined();
  });

  test('no answer and no log has a password, its hash or a session', async () => {
    const { name } = await newUser();
    const browser = await signIn(api, name);
    const listed = await api.as('get', '/v1/users?limit=200').expect(200);
    const secret = browser.cookie.split('=')[1] ?? 'x';
    for (const text of [JSON.stringify(listed.body), api.logged()])
      for (const hidden of [PASSWORD, 'scrypt', secret, browser.csrfToken])
        expect(text).not.toContain(hidden);
    const { rows } = await sql('select hash from sessions');
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('tokens', () => {
  test('work as their role says until they are revoked or expire, and are kept as a hash alone', async () => {
    const token = await tokenOf(api, 'viewer');
    expect(token).toMatch(/^okuri_[\w-]{43}$/);
    const call = () => withToken(api, token)('get', '/v1/orders');
    await call().expect(200);
    const { body } = await api.as('get', '/v1/tokens').expect(200);
    const listed = body.items.find((item: { last4: string }) => item.last4 === token.slice(-4));
    expect(Object.values(listed)).not.toContain(token);
    const days = (Date.parse(listed.expiresAt) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    const { rows } = await sql('select * from tokens');
    expect(JSON.stringify(rows)).not.toContain(token.slice(6, 30));
    await api.as('delete', `/v1/tokens/${listed.tokenId}`).expect(200);
    expect((await call().expect(401)).headers['www-authenticate']).toContain('invalid_token');

    const other = await tokenOf(api, 'viewer');
    await sql(`update tokens set expires_at = now() - interval '1 second' where last4 = $1`, [
      other.slice(-4),
    ]);
    await withToken(api, other)('get', '/v1/orders').expect(401);
  });

  test('a repeated request issues the same token once, also when the first answer was lost', async () => {
    const issue = () =>
      api
        .as('post', '/v1/tokens')
        .set('Idempotency-Key', 'lost-token')
        .send({ name: 'erp', role: 'operator' });
    const first = await issue().expect(201);
    expect((await issue().expect(201)).body).toEqual(first.body);
    const { rows } = await sql(`select sealed_response from idempotency_keys where key = 'lost-token'`);
    expect(rows[0].sealed_response.includes(first.body.token.slice(-20))).toBe(false);
    await sql(
      `update idempotency_keys set status = null, sealed_response = null, claimed_at = now() - interval '10 minutes' where key = 'lost-token'`,
    );
    const again = await issue().expect(201);
    expect([again.body.token, again.body.tokenId]).toEqual([first.body.token, first.body.tokenId]);
    const kept = await sql(`select 1 from tokens where name = 'erp'`);
    expect(kept.rowCount).toBe(1);
  });

  test('a token cannot do what is for people', async () => {
    const token = await tokenOf(api, 'administrator');
    await withToken(api, token)('delete', '/v1/session').expect(403);
    const { body } = await withToken(api, token)('get', '/v1/session').expect(200);
    expect(body).toMatchObject({ role: 'administrator', csrfToken: null });
  });
});
