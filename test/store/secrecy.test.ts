import { inspect } from 'node:util';
import { sql } from 'drizzle-orm';
import { createLogger } from '../../src/log';
import { keyInUseLast4, openKey } from '../../src/store/credentials';
import { openDatabase } from '../../src/store/database';
import { ensureOrder } from '../../src/store/orders';
import { readSnapshot, saveReading } from '../../src/store/readings';
import { alertSecretOf, createShop, findShop } from '../../src/store/shops';
import { createVault } from '../../src/store/vault';
import { facts } from '../domain/facts';
import type { TestStore } from './store';
import { newShop, startStore } from './store';

const SECRET = 'SP777_secret_of_the_service';
const KEY = 'SL777_licence_key_9z8y';
const ALERT_SECRET = 'whsec_of_the_alerts_5u7w';
const PERSON = '山田花子';
const PHONE = '0312345678';
const REF = { shopId: 'secret', orderNumber: '777-20260701-0000000001' };

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  const { db, vault } = store;
  await createShop(db, vault, {
    ...newShop('secret', { alertWebhookUrl: 'https://hook.example' }),
    serviceSecret: SECRET,
    licenseKey: KEY,
    alertSecret: ALERT_SECRET,
  });
  await db.transaction(async (tx) => {
    await ensureOrder(tx, REF);
    await saveReading(tx, vault, REF, {
      facts: facts(),
      snapshot: JSON.stringify({ name: PERSON, phone: PHONE }),
      lookups: [vault.fingerprint(PERSON), vault.fingerprint(PHONE)],
    });
  });
});
afterAll(() => store.close());

/** Every row of every table as text; bytes as they are and in hexadecimal. */
const dump = async (): Promise<string> => {
  const { rows: tables } = await store.db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await store.pool.query<Record<string, unknown>>(`select * from "${name}"`);
    for (const value of rows.flatMap((row) => Object.values(row)))
      texts.push(
        Buffer.isBuffer(value) ? `${value.toString('utf8')} ${value.toString('hex')}` : JSON.stringify(value),
      );
  }
  return texts.join('\n');
};

test('nobody reads a secret or a person in the database', async () => {
  const text = await dump();
  expect(text).toContain(REF.orderNumber);
  for (const planted of [SECRET, KEY, KEY.slice(0, -4), ALERT_SECRET, PERSON, PHONE]) {
    expect(text).not.toContain(planted);
    expect(text).not.toContain(Buffer.from(planted).toString('hex'));
    expect(text).not.toContain(Buffer.from(planted).toString('base64'));
  }
});

test('a database that is shown shows no password', async () => {
  const url = new URL(store.url);
  url.username ||= 'okuri';
  url.password = 'hunter2-of-the-database';
  const shown = openDatabase(url.href, { onIdleError: () => undefined });
  const failed: unknown = await shown.pool.query('select 1').catch((error: unknown) => error);
  for (const thing of [shown, shown.db, shown.pool, failed]) {
    expect(inspect(thing, { depth: 12 })).not.toContain('hunter2');
    expect(logOf(thing)).not.toContain('hunter2');
  }
  await shown.close();
});

const logOf = (thing: unknown): string => {
  const lines: string[] = [];
  createLogger('test', { write: (line) => lines.push(line) }).info({ thing });
  return lines.join('');
};

test('the master key opens them again', async () => {
  const { db, vault } = store;
  expect(await openKey(db, vault, 'secret')).toMatchObject({ serviceSecret: SECRET, licenseKey: KEY });
  expect(await keyInUseLast4(db, 'secret')).toBe('9z8y');
  const shop = await findShop(db, 'secret');
  expect(shop && alertSecretOf(vault, shop)).toBe(ALERT_SECRET);
  expect(JSON.parse((await readSnapshot(db, vault, REF)) ?? '')).toEqual({ name: PERSON, phone: PHONE });
});

test('another master key does not', async () => {
  await expect(openKey(store.db, createVault(Buffer.alloc(32)), 'secret')).rejects.toThrow(
    'OKURI_MASTER_KEY',
  );
});

test('a key that was moved to another shop does not open there', async () => {
  await store.db.execute(sql`
    update credentials c set sealed_license_key = other.sealed_license_key
    from credentials other where c.shop_id = 'tea' and other.shop_id = 'secret'`);
  await expect(openKey(store.db, store.vault, 'tea')).rejects.toThrow('shop/tea/licenseKey');
});

test('a secret of alerts that was moved to another shop does not open there', async () => {
  await store.db.execute(sql`
    update shops s set sealed_alert_secret = other.sealed_alert_secret
    from shops other where s.shop_id = 'tea' and other.shop_id = 'secret'`);
  const shop = await findShop(store.db, 'tea');
  expect(() => shop && alertSecretOf(store.vault, shop)).toThrow('shop/tea/alertSecret');
});
