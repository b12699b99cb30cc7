import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import { eventually } from '../support/eventually';
import { historyText, payloadsOf } from '../support/histories';
import {
  buildOnce,
  instanceEnvironment,
  makeDataDir,
  removeDataDir,
  startInstance,
  type TestInstance,
} from '../support/instance';
import {
  buy,
  callersOf,
  hurryRakuten,
  linkPairs,
  openRealShop,
  type Pair,
  REAL_SHOP,
} from '../support/real-shop';

const TEA: Pair = ['sencha-100', 'f100'];
const PASSWORD = 'planted passphrase of tanaka';
const ADMIN_TOKEN = `planted-admin-${randomBytes(12).toString('hex')}`;
const MASTER_KEY = randomBytes(32).toString('base64');
const ALERT_SECRET = 'planted-alert-secret-4711';
const NEW_KEY = `SL${REAL_SHOP.rakutenShopId}_PlantedNewKey77`;
const WRONG_KEY = `SL${REAL_SHOP.rakutenShopId}_PlantedWrongKey8`;
const RECIPIENT = {
  familyName: '埋込苗字',
  firstName: '見付名前',
  familyNameKana: 'ウメコミミョウジ',
  firstNameKana: 'ミツケナマエ',
  prefecture: '東京都',
  city: '千代田区埋込町',
  subAddress: '見付通り7-8-9 植込荘',
  phoneNumber1: '090',
  phoneNumber2: '7531',
  phoneNumber3: '8642',
};
const REMARK = '埋込苗字さんへの誕生日祝いです';

/** What is planted, by what it is. Whatever stands there must be found nowhere that is not made to show it. */
const planted = new Map<string, string>();

const plant = (what: string, text: string): string => {
  planted.set(what, text);
  return text;
};

/** A text in the forms in which it would still be readable. */
const formsOf = (text: string): string[] => [
  text,
  encodeURIComponent(text),
  Buffer.from(text, 'utf8').toString('base64').replace(/=+$/, '').slice(0, -1),
  Buffer.from(text, 'utf8').toString('hex'),
  JSON.stringify(text).slice(1, -1),
];

const foundIn = (place: string, text: string): string[] =>
  [...planted].flatMap(([what, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [`${what} in ${place}`] : [],
  );

describe('what is secret or personal, in a whole run', () => {
  let instance: TestInstance;
  let dataDir: string;
  let hook: Server;
  const told: string[] = [];
  /** Every answer that is not made to show what is secret or personal. */
  const answers: string[] = [];

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${instance.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(40_000),
    });
    const text = await response.text();
    return { status: response.status, text, headers: JSON.stringify([...response.headers]) };
  };
  const ask = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await call(method, path, body, headers);
    answers.push(answer.text, answer.headers);
    return answer;
  };

  beforeAll(async () => {
    await buildOnce();
    hook = createServer((request, response) => {
      let text = `${request.method} ${JSON.stringify(request.headers)}`;
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      request.on('end', () => {
        told.push(text);
        response.end();
      });
    });
    await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
    dataDir = await makeDataDir();
    instance = await startInstance({
      ...(await instanceEnvironment(dataDir)),
      OKURI_ADMIN_TOKEN: plant('the administrator’s token', ADMIN_TOKEN),
      OKURI_MASTER_KEY: plant('the master key', MASTER_KEY),
    });
    instance.token = () => Promise.resolve(ADMIN_TOKEN);
    plant('the password', PASSWORD);
    plant('the secret of alerts', ALERT_SECRET);
    plant('serviceSecret', REAL_SHOP.serviceSecret);
    plant('the old licenseKey', REAL_SHOP.licenseKey);
    plant('the new licenseKey', NEW_KEY);
    plant('the wrong licenseKey', WRONG_KEY);
    plant(
      'the header of Rakuten’s calls',
      Buffer.from(`${REAL_SHOP.serviceSecret}:${NEW_KEY}`).toString('base64'),
    );
    for (const [field, text] of Object.entries(RECIPIENT))
      if (!/prefecture|phoneNumber/.test(field)) plant(`the recipient’s ${field}`, text);
    plant('the recipient’s phone', '090-7531-8642');
    plant('the recipient’s phone in one', '09075318642');
    plant('what the buyer wrote', REMARK);
  }, 120_000);
  afterAll(async () => {
    await instance?.stop();
    hook?.close();
    if (dataDir !== undefined) await removeDataDir(dataDir);
  }, 60_000);

  it('is used: orders, keys, people, refusals', async () => {
    const { api, control } = await callersOf(instance);
    await hurryRakuten(control);
    await control('PUT', '/control/settings', { orderRequestsPerSecond: 100, warehouseShipAfterSeconds: 1 });
    await openRealShop(instance, [TEA]);
    await linkPairs(api, [TEA]);
    const { port } = hook.address() as AddressInfo;
    const alerts = {
      alertWebhookUrl: `http://127.0.0.1:${port}/planted-path`,
      alertWebhookSecret: ALERT_SECRET,
    };
    await ask('PATCH', `/v1/shops/${REAL_SHOP.shopId}`, {
      settings: { ...alerts, defaultRemarks: ['お任せします'], requestsPerSecond: { order: 50 } },
    });
    await ask('POST', `/v1/shops/${REAL_SHOP.shopId}/alerts/test`);
    await ask('POST', '/v1/users', { name: 'tanaka', password: PASSWORD, role: 'operator' });
    const signedIn = await call('POST', '/v1/session', { name: 'tanaka', password: PASSWORD });
    expect(signedIn.status).toBe(200);
    plant('the session', /okuri-session=([\w-]+)/.exec(signedIn.headers)?.[1] ?? '');
    plant('the CSRF token', JSON.parse(signedIn.text).csrfToken);
    await ask('POST', '/v1/session', { name: 'tanaka', password: 'planted passphrase of nobody' });
    const issued = await call(
      'POST',
      '/v1/tokens',
      { name: 'erp', role: 'viewer' },
      { 'idempotency-key': 'erp' },
    );
    plant('the API’s token', JSON.parse(issued.text).token);

    const made = await buy(control, 3, {
      settlementMethod: 1,
      destinations: 1,
      remarks: `[備考:]\n${REMARK}`,
      lines: [{ manageNumber: TEA[0], variantId: TEA[1], units: 1 }],
    });
    for (const number of made)
      await control('POST', `/control/orders/${number}/address`, { sender: RECIPIENT });
    const { order } = await control<{ order: { OrdererModel: Record<string, string> } }>(
      'GET',
      `/control/orders/${made[0]}`,
    );
    const buyer = order.OrdererModel;
    plant('the buyer’s mail', buyer.emailAddress ?? '');
    plant('the buyer’s phone', `${buyer.phoneNumber1}-${buyer.phoneNumber2}-${buyer.phoneNumber3}`);
    plant('the buyer’s street', buyer.subAddress ?? '');
    const release = async () => {
      const { items } = JSON.parse((await ask('GET', `/v1/orders?shopId=${REAL_SHOP.shopId}`)).text);
      for (const { orderNumber, holds } of items)
        for (const { id, releasableBy } of holds)
          if (releasableBy === 'operator')
            await ask('DELETE', `/v1/orders/${REAL_SHOP.shopId}/${orderNumber}/holds/${id}`);
      return items as { orderNumber: string; stage: string }[];
    };
    await eventually(
      release,
      (items) => items.length === 3 && items.every(({ stage }) => stage === 'completed'),
      60,
    );
    // Looked for, shown and exported: what does that is made to, and must leave nothing elsewhere.
    const [first] = made;
    await ask('GET', `/v1/orders?q=${encodeURIComponent(buyer.emailAddress ?? '')}`);
    expect((await call('GET', `/v1/orders/${REAL_SHOP.shopId}/${first}/personal-data`)).text).toContain(
      RECIPIENT.subAddress,
    );
    await call('GET', `/v1/orders/${REAL_SHOP.shopId}/${first}/changes`);
    await call('POST', '/v1/buyers/export', { mail: buyer.emailAddress });

    const renewals = `/v1/shops/${REAL_SHOP.shopId}/credentials/renewals`;
    await ask('POST', renewals, { licenseKey: 'PlantedWrongKey8' });
    const wrong = await ask('POST', renewals, { licenseKey: WRONG_KEY });
    await eventually(
      async () => JSON.parse((await ask('GET', `${renewals}/${JSON.parse(wrong.text).renewalId}`)).text),
      ({ probes }) => probes > 0,
    );
    await ask('DELETE', `${renewals}/${JSON.parse(wrong.text).renewalId}`);
    const { shopId: shopCode, rakutenShopId, serviceSecret } = REAL_SHOP;
    await control('POST', '/control/shops', { shopCode, rakutenShopId, serviceSecret, licenseKey: NEW_KEY });
    const renewal = await ask('POST', renewals, { licenseKey: NEW_KEY });
    await eventually(
      async () => JSON.parse((await ask('GET', `${renewals}/${JSON.parse(renewal.text).renewalId}`)).text),
      ({ state }) => state === 'live',
      60,
    );
    await ask('POST', `/v1/shops/${REAL_SHOP.shopId}/test-connection`);
    // Refusals repeat what was wrong, never what was secret.
    await ask('POST', '/v1/shops', {
      name: 1,
      serviceSecret: [REAL_SHOP.serviceSecret],
      licenseKey: NEW_KEY,
      shopUrl: 'x',
    });
    await ask('POST', '/v1/users', { name: 'x y', password: PASSWORD, role: 'nobody' });
    await ask('POST', '/v1/session', `{"name": "tanaka", "password": "${PASSWORD}"`);
    await ask('GET', '/v1/orders', undefined, { authorization: `Bearer ${ADMIN_TOKEN}x` });
    for (const path of [
      '/v1/shops',
      '/v1/users',
      '/v1/tokens',
      '/v1/audit?limit=200',
      '/v1/rms-calls?limit=200',
      '/metrics',
      '/readyz',
      `/v1/shops/${REAL_SHOP.shopId}/credentials`,
      `/v1/shops/${REAL_SHOP.shopId}/timeline`,
      `/v1/shops/${REAL_SHOP.shopId}/alerts`,
      `/v1/orders/${REAL_SHOP.shopId}/${first}`,
      '/v1/fulfilment-orders',
      '/v1/deadlines',
      '/v1/audit/export',
      '/v1/stock/movements',
      renewals,
    ])
      expect([path, (await ask('GET', path)).status]).toEqual([path, 200]);
  }, 240_000);

  it('was planted and used: the search would find it', async () => {
    expect(planted.size).toBeGreaterThan(20);
    for (const [what, text] of planted) expect([what, text.length >= 4]).toEqual([what, true]);
    const shown = await call('GET', `/v1/orders?shopId=${REAL_SHOP.shopId}`);
    expect(foundIn('a text', `${shown.text} ${REMARK} ${encodeURIComponent(NEW_KEY)}`)).toHaveLength(3);
    expect(told.length).toBeGreaterThan(0);
  });

  it('stands in no answer and no alert', () => {
    expect([...new Set(foundIn('an answer', answers.join('\n')))]).toEqual([]);
    expect(foundIn('an alert', told.join('\n'))).toEqual([]);
  });

  it('stands in no table', async () => {
    const connectionString = await instance.databaseUrl();
    const pool = new Pool({ connectionString, max: 1 });
    try {
      // The sandbox's books are Rakuten's: it has the keys and the people.
      const { rows: tables } = await pool.query<{ name: string }>(
        `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
         where table_schema not in ('pg_catalog', 'information_schema', 'sandbox') and table_type = 'BASE TABLE'`,
      );
      expect(tables.length).toBeGreaterThan(40);
      for (const { name } of tables) {
        const { rows } = await pool.query<{ line: string }>(
          `select to_jsonb(t)::text as line from ${name} t`,
        );
        expect(foundIn(name, rows.map(({ line }) => line).join('\n'))).toEqual([]);
      }
    } finally {
      await pool.end();
    }
  });

  it('stands in no history', async () => {
    const connection = await Connection.connect({
      address: `127.0.0.1:${(await instance.state()).ports.temporal}`,
    });
    const kinds = new Set<string>();
    try {
      const { workflow } = new Client({ connection });
      for await (const { workflowId, runId, type, memo, searchAttributes } of workflow.list()) {
        if (workflowId.includes('/demo')) continue;
        kinds.add(type);
        const history = await historyText(workflow.getHandle(workflowId, runId));
        const text = `${workflowId} ${history} ${payloadsOf(history)} ${JSON.stringify([memo, searchAttributes])}`;
        expect(foundIn(workflowId, text)).toEqual([]);
      }
    } finally {
      await connection.close();
    }
    for (const kind of ['order', 'sync', 'credential', 'testConnection']) expect([...kinds]).toContain(kind);
  }, 60_000);

  it('stands in no log and on no terminal, nor in Temporal’s file', async () => {
    await instance.stop();
    const logs = join(dataDir, 'logs');
    for (const file of await readdir(logs))
      expect(foundIn(file, await readFile(join(logs, file), 'utf8'))).toEqual([]);
    expect(foundIn('the terminal', instance.output())).toEqual([]);
    const rest = (await readdir(dataDir, { withFileTypes: true })).filter((entry) => entry.isFile());
    expect(rest.some(({ name }) => name.startsWith('temporal'))).toBe(true);
    for (const { name } of rest)
      expect(foundIn(name, (await readFile(join(dataDir, name))).toString('utf8'))).toEqual([]);
  }, 60_000);
});
