import { randomBytes } from 'node:crypto';
import { eq, getTableName, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { answerOnce } from '../../src/api/idempotency';
import { dataKeys, dataKeyWraps } from '../../src/store/access-schema';
import { openKey } from '../../src/store/credentials';
import { type OpenVault, openVault } from '../../src/store/keyring';
import { addChanges, changesOf } from '../../src/store/order-changes';
import { snapshotPlace } from '../../src/store/places';
import { readSnapshot } from '../../src/store/readings';
import { resealAll } from '../../src/store/reseal';
import { beginRotation } from '../../src/store/rotation';
import { orders } from '../../src/store/schema';
import { pageOfSealed, SEALED_COLUMNS } from '../../src/store/sealed-columns';
import { alertSecretOf, createShop, findShop } from '../../src/store/shops';
import { resealer } from '../../src/worker/reseal';
import { newShop, startStore, type TestStore } from './store';

const REF = { shopId: 'tea', orderNumber: '777-20260701-0000000001' };
const CHANGE = { fieldGroup: 'address', field: 'city', before: '港区', after: '中央区' };
const ATTEMPT = { key: 'k1', scope: ['me', 'POST', '/v1/shops'], bodyHash: 'b' } as const;
const SECRET = 'whsec_of_the_alerts_5u7w';
const NEVER = () => false;

let store: TestStore;
let keys: OpenVault;
beforeEach(async () => {
  store = await startStore();
  keys = await openVault(store.db, store.masterKey, (error) => {
    throw error;
  });
  const { db, vault } = store;
  await createShop(db, vault, { ...newShop('other'), alertSecret: SECRET });
  await store.order(REF.orderNumber);
  await addChanges(db, vault, REF, [CHANGE]);
  await answerOnce(store, ATTEMPT, async () => ({ status: 201, body: { token: 'of-the-answer' } }));
});
afterEach(async () => {
  await keys.close();
  await store.close();
});

/** Makes a new key that seals, which became active so many minutes ago. @returns its id */
const newSealKey = async (minutesAgo: number): Promise<string> => {
  await beginRotation(store.db, store.masterKey, randomBytes(32));
  await store.db.execute(sql`
    update data_keys set active_from = now() - ${minutesAgo} * interval '1 minute' where active_from > now()`);
  await keys.refresh();
  return keys.sealingKeyId();
};

/** The ids of the data keys by which all values of all columns are sealed, column by column. */
const sealedBy = async (): Promise<string[][]> => {
  const ids = SEALED_COLUMNS.map(async (column) => {
    const page = await pageOfSealed(store.db, column, { after: undefined, limit: 10_000 });
    return [...new Set(page.map(({ sealed }) => sealed?.subarray(1, 5).toString('hex') ?? ''))];
  });
  return Promise.all(ids);
};
const sealKeyIds = async () => {
  const rows = await store.db.select().from(dataKeys).where(eq(dataKeys.purpose, 'seal'));
  return rows.map(({ keyId }) => keyId).sort();
};
const logged = () => {
  const lines: string[] = [];
  return { lines, log: pino({}, { write: (line: string) => lines.push(line) }) };
};
const turn = (log = pino({ level: 'silent' })) => resealer({ ...store, keys, log }, NEVER);

test('every sealed column of the schema is in the table, with the primary key of its own', async () => {
  const { rows } = await store.db.execute<{ name: string; key: string[] }>(sql`
    select c.table_name || '.' || c.column_name as name,
      (select array_agg(a.attname::text order by a.attname::text) from pg_index i
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
       where i.indisprimary and i.indrelid = c.table_name::regclass) as key
    from information_schema.columns c
    where c.table_schema = 'public' and c.column_name like 'sealed\\_%'
    order by 1`);
  const known = SEALED_COLUMNS.map(({ column, key }) => {
    return { name: `${getTableName(column.table)}.${column.name}`, key: key.map((part) => part.name).sort() };
  });
  expect(rows.length).toBeGreaterThan(6);
  expect(known.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(rows);
});

test('everything that an older key sealed is sealed with the current one, and opens where it stands', async () => {
  const { db } = store;
  const current = await newSealKey(1);
  expect(new Set((await sealedBy()).flat())).toEqual(new Set(['00000001']));
  expect(await resealAll(db, keys.vault, current, NEVER)).toMatchObject({ overtaken: 0, broken: [] });
  expect(await sealedBy()).toEqual(SEALED_COLUMNS.map(() => [current]));
  const { serviceSecret, licenseKey } = newShop('tea');
  expect(await openKey(db, keys.vault, 'tea')).toMatchObject({ serviceSecret, licenseKey });
  const shop = await findShop(db, 'other');
  expect(shop && alertSecretOf(keys.vault, shop)).toBe(SECRET);
  expect(await readSnapshot(db, keys.vault, REF)).toBe('{}');
  expect(await changesOf(db, keys.vault, REF)).toEqual([expect.objectContaining(CHANGE)]);
  const replayed = await answerOnce({ db, vault: keys.vault }, ATTEMPT, () =>
    Promise.reject(new Error('anew')),
  );
  expect(replayed.body).toEqual({ token: 'of-the-answer' });
});

test('it goes through more rows than a page has, and finds nothing to do the next time', async () => {
  const count = 250;
  const place = (number: number) => ({ shopId: 'tea', orderNumber: `n-${number}` });
  await store.db.insert(orders).values(
    Array.from({ length: count }, (_, number) => ({
      ...place(number),
      stage: 'imported' as const,
      sealedSnapshot: store.vault.seal(snapshotPlace(place(number)), `${number}`),
    })),
  );
  const current = await newSealKey(1);
  const first = await resealAll(store.db, keys.vault, current, NEVER);
  expect(first?.resealed).toBeGreaterThanOrEqual(count);
  expect(await sealedBy()).toEqual(SEALED_COLUMNS.map(() => [current]));
  expect(await resealAll(store.db, keys.vault, current, NEVER)).toEqual({
    resealed: 0,
    overtaken: 0,
    broken: [],
  });
  expect(await readSnapshot(store.db, keys.vault, place(249))).toBe('249');
});

test('what somebody writes between the look and the update stays', async () => {
  const current = await newSealKey(1);
  const written = store.vault.seal(snapshotPlace(REF), 'written meanwhile');
  const racing: OpenVault['vault'] = {
    ...keys.vault,
    open: (place, sealed) => {
      if (place === snapshotPlace(REF)) writing ??= write();
      return keys.vault.open(place, sealed);
    },
  };
  let writing: Promise<unknown> | undefined;
  const holding = store.another();
  const client = await holding.pool.connect();
  // The row is locked by a write that commits only after the update of the re-sealing has come to it.
  const write = async () => {
    await client.query('update orders set sealed_snapshot = $1 where order_number = $2', [
      written,
      REF.orderNumber,
    ]);
    await waitForLock();
    await client.query('commit');
  };
  const waitForLock = async () => {
    const blocked = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await client.query(blocked)).rowCount === 0) await client.query('select pg_sleep(0.02)');
  };
  await client.query('begin');
  await client.query('select 1 from orders where order_number = $1 for update', [REF.orderNumber]);
  const found = await resealAll(store.db, racing, current, NEVER);
  await writing;
  client.release();
  expect(found).toMatchObject({ overtaken: 1, broken: [] });
  expect(await readSnapshot(store.db, keys.vault, REF)).toBe('written meanwhile');
});

describe('a turn of the worker', () => {
  test('deletes an older key once nothing is left under it and nobody can have sealed with it for an hour', async () => {
    const recent = await newSealKey(50);
    await turn()();
    expect(await sealedBy()).toEqual(SEALED_COLUMNS.map(() => [recent]));
    expect(await sealKeyIds()).toEqual(['00000001', recent].sort());
    await store.db.execute(
      sql`update data_keys set active_from = now() - interval '61 minutes' where key_id = ${recent}`,
    );
    await turn()();
    expect(await sealKeyIds()).toEqual([recent]);
    const wraps = await store.db.select().from(dataKeyWraps).where(eq(dataKeyWraps.keyId, '00000001'));
    expect(wraps).toEqual([]);
    await keys.refresh();
    expect(await readSnapshot(store.db, keys.vault, REF)).toBe('{}');
  });

  test('keeps the older keys while something does not open, and says where that stands', async () => {
    await store.db.update(orders).set({ sealedSnapshot: store.vault.seal('elsewhere', '山田花子') });
    await newSealKey(120);
    const { lines, log } = logged();
    await turn(log)();
    expect(await sealKeyIds()).toHaveLength(2);
    expect(lines.join()).toContain(snapshotPlace(REF));
    expect(lines.join()).not.toContain('山田花子');
  });

  test('costs one small query while there is only one key, or the current one was dealt with', async () => {
    const asked: string[] = [];
    const run = turn();
    const execute = jest.spyOn(store.db, 'execute').mockImplementation(((query: unknown) => {
      asked.push(String(query));
      throw new Error('a look at what is sealed');
    }) as never);
    await run();
    execute.mockRestore();
    await newSealKey(1);
    await run();
    const again = jest.spyOn(store.db, 'execute');
    await run();
    expect(again).not.toHaveBeenCalled();
    expect(asked).toEqual([]);
  });

  test('is made by one worker at a time', async () => {
    const current = await newSealKey(1);
    const client = await store.another().pool.connect();
    await client.query(`select pg_advisory_lock(hashtextextended('reseal', 0))`);
    await turn()();
    expect((await sealedBy()).flat()).not.toContain(current);
    client.release(true);
  });

  test('stops when it is told to, and another goes on', async () => {
    const current = await newSealKey(120);
    let looks = 0;
    await resealer({ ...store, keys, log: pino({ level: 'silent' }) }, () => ++looks > 2)();
    expect(await sealKeyIds()).toHaveLength(2);
    await turn()();
    expect(await sealedBy()).toEqual(SEALED_COLUMNS.map(() => [current]));
  });
});
