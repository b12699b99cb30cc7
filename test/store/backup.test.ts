import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Pool } from 'pg';
import { backUp } from '../../src/store/backup';
import { masterKeyIdOf } from '../../src/store/master-key';
import { migrateThrough } from '../../src/store/migrate';
import { knownMigrations } from '../../src/store/migrations';
import { restore } from '../../src/store/restore';
import { createTestDatabase } from '../support/postgres';
import { stockDesk } from './stock-lines';
import { startStore, type TestStore } from './store';

let store: TestStore;
let dir: string;
let file: string;
let pools: Pool[];
let drops: (() => Promise<void>)[];

beforeAll(async () => {
  store = await startStore();
  dir = await mkdtemp(join(tmpdir(), 'okuri-backup-'));
  file = join(dir, 'whole.okuri');
  pools = [];
  drops = [];
  const desk = stockDesk(store);
  await desk.skus('TEA', 'CUP');
  await desk.receive('TEA', 5);
  for (let n = 0; n < 300; n += 1)
    await store.order(`123456-20261101-${String(n).padStart(10, '0')}`, {}, [`hash-${n}`]);
  await store.pool.query(
    `insert into timeline (shop_id, order_number, code, params, actor)
     select shop_id, order_number, 'note', jsonb_build_object('text', E'改行\\nと\\tタブ \\\\N'), 'system' from orders`,
  );
  await store.pool.query(
    `insert into audit_log (actor, action, target) values ('administrator', 'shop.stop', '{"shopId":"tea"}')`,
  );
  await store.pool.query(
    `insert into data_keys (key_id, purpose) values ('00000001', 'seal');
     insert into data_key_wraps (key_id, master_key_id, wrapped) values ('00000001', '${ownKeyId()}', '\\x01')`,
  );
  await backUp(store.url, file, '0.1.0');
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  for (const drop of drops) await drop();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const ownKeyId = () => masterKeyIdOf(store.masterKey);
/** A new, empty database. */
const elsewhere = async (): Promise<{ url: string; pool: Pool }> => {
  const { url, drop } = await createTestDatabase();
  const pool = new Pool({ connectionString: url, max: 2 });
  pools.push(pool);
  drops.push(drop);
  return { url, pool };
};
const tableNames = async (pool: Pool): Promise<string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  return rows.map(({ name }) => name);
};
/** Every row of every table, as text. */
const everything = async (pool: Pool): Promise<Record<string, string[]>> => {
  const found: Record<string, string[]> = {};
  for (const name of await tableNames(pool)) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t order by 1`);
    found[name] = rows.map(({ row }) => row);
  }
  return found;
};
const into = async (bytes: Buffer): Promise<string> => {
  const path = join(dir, `changed-${(await readdir(dir)).length}.okuri`);
  await writeFile(path, bytes);
  return path;
};

test('a backup puts every row back, numbering goes on, and what may not be changed still may not', async () => {
  const { url, pool } = await elsewhere();
  const done = await restore(url, file, store.masterKey);
  const [before, after] = [await everything(store.pool), await everything(pool)];
  expect(after.shops?.join()).toEqual(
    before.shops?.join().replace('""stockSync"": ""shipment""', '""stockSync"": ""off""'),
  );
  expect({ ...after, shops: [] }).toEqual({ ...before, shops: [] });
  expect(done.silenced).toEqual(['tea']);
  expect(before.orders).toHaveLength(300);
  expect(done.rows).toBe(Object.values(before).flat().length);
  const { rows } = await pool.query(
    `insert into audit_log (actor, action, target) values ('a', 'b', '{}') returning audit_id`,
  );
  expect(Number(rows[0].audit_id)).toBe(2);
  await expect(pool.query('delete from audit_log')).rejects.toThrow(/append/);
  await expect(pool.query('update stock_movements set quantity = 7')).rejects.toThrow(/append/);
  const full = await everything(pool);
  await expect(restore(url, file, store.masterKey)).rejects.toThrow(/not empty.*Nothing was changed/);
  expect(await everything(pool)).toEqual(full);
});

test('a backup is readable by nobody else, has no master key in it, and overwrites nothing', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = gunzipSync(await readFile(file));
  expect(text.includes(store.masterKey)).toBe(false);
  expect(text.includes(store.masterKey.toString('base64'))).toBe(false);
  const before = await readFile(file);
  await expect(backUp(store.url, file, '0.1.0')).rejects.toThrow(/is there already/);
  expect((await readFile(file)).equals(before)).toBe(true);
});

test('a backup is of one moment: what is written while it runs is in it as a whole or not at all', async () => {
  const path = join(dir, 'moment.okuri');
  let running = true;
  const writing = (async () => {
    for (let n = 0; running; n += 1) await store.order(`123456-20261102-${String(n).padStart(10, '0')}`);
    await store.woken();
  })();
  await backUp(store.url, path, '0.1.0');
  running = false;
  await writing;
  const { url, pool } = await elsewhere();
  await restore(url, path, store.masterKey);
  const { rows } = await pool.query(
    `select count(*)::int as orders, count(facts)::int as read from orders where order_number like '%20261102%'`,
  );
  expect(rows[0].read).toBe(rows[0].orders);
});

test('a file that is cut short, altered, or followed by more is refused before anything is changed', async () => {
  const { url, pool } = await elsewhere();
  const whole = await readFile(file);
  const plain = gunzipSync(whole);
  const flipped = Buffer.from(plain);
  flipped[plain.length >> 1] = (flipped[plain.length >> 1] ?? 0) ^ 1;
  const bad = [
    Buffer.alloc(0),
    Buffer.from('no backup at all'),
    whole.subarray(0, whole.length - 1),
    whole.subarray(0, whole.length >> 1),
    gzipSync(plain.subarray(0, plain.length - 40)),
    gzipSync(plain.subarray(0, 400)),
    gzipSync(flipped),
    gzipSync(Buffer.concat([plain, plain.subarray(-60)])),
  ];
  for (const bytes of bad)
    await expect(restore(url, await into(bytes), store.masterKey)).rejects.toThrow(
      /damaged or was cut short\. Nothing was changed/,
    );
  await expect(restore(url, join(dir, 'nowhere'), store.masterKey)).rejects.toThrow(
    /cannot be read \(ENOENT\)/,
  );
  expect(await tableNames(pool)).toEqual([]);
});

test('a backup of a later schema or format, and one of another master key, are refused with a reason', async () => {
  const { url, pool } = await elsewhere();
  const plain = gunzipSync(await readFile(file));
  const { when } = knownMigrations().at(-1) ?? { when: 0 };
  const withHeader = (from: string, to: string) => {
    const bytes = plain.readUInt32BE(1);
    const header = Buffer.from(
      plain
        .subarray(5, 5 + bytes)
        .toString('utf8')
        .replace(from, to),
    );
    const head = Buffer.from(plain.subarray(0, 5));
    head.writeUInt32BE(header.length, 1);
    return into(gzipSync(Buffer.concat([head, header, plain.subarray(5 + bytes)])));
  };
  const later = await withHeader(`"when":${when}`, `"when":${when + 1}`);
  await expect(restore(url, later, store.masterKey)).rejects.toThrow(/version 0\.1\.0.*does not know/);
  const format = await withHeader('"version":1', '"version":2');
  await expect(restore(url, format, store.masterKey)).rejects.toThrow(/later version of Okuri \(format 2/);
  await expect(restore(url, file, Buffer.alloc(32, 7))).rejects.toThrow(
    new RegExp(`opens with the master key ${ownKeyId()}`),
  );
  expect(await tableNames(pool)).toEqual([]);
});

test('a restore that fails half-way leaves no row, and the next one succeeds', async () => {
  const { url, pool } = await elsewhere();
  const last = knownMigrations().at(-1);
  if (last === undefined) throw new Error('there are no migrations');
  await migrateThrough(url, last);
  // Refuses one of the last rows that come in.
  await pool.query(`alter table timeline add constraint refuses check (order_number not like '%299')`);
  await expect(restore(url, file, store.masterKey)).rejects.toThrow(/refuses/);
  expect(Object.values(await everything(pool)).flat()).toEqual([]);
  await pool.query('alter table timeline drop constraint refuses');
  await restore(url, file, store.masterKey);
  expect((await everything(pool)).orders).toHaveLength(300);
});

test('a backup of an older schema is brought up to date', async () => {
  const [old, fresh] = [await elsewhere(), await elsewhere()];
  const [first] = knownMigrations();
  if (first === undefined) throw new Error('there are no migrations');
  await migrateThrough(old.url, first);
  await old.pool.query(
    `insert into shops (shop_id, name, shop_url, settings) values ('old', '古い店', 'https://www.rakuten.ne.jp/old', '{}')`,
  );
  const path = join(dir, 'old.okuri');
  await backUp(old.url, path, '0.0.1');
  await restore(fresh.url, path, store.masterKey);
  expect((await fresh.pool.query('select name from shops')).rows).toEqual([{ name: '古い店' }]);
  expect(await tableNames(fresh.pool)).toEqual(await tableNames(store.pool));
});
