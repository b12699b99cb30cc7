import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { MockActivityEnvironment } from '@temporalio/testing';
import { fileActivities } from '../../src/activities/file-import';
import type { FileSubject } from '../../src/domain/files';
import { beginFile, endFile, findFile, receiveFile } from '../../src/store/file-imports';
import { putSkus } from '../../src/store/skus';
import { fileChunks, fileRows, skus, stockBalances, stockMovements } from '../../src/store/stock-schema';
import { WORKFLOW } from '../../src/temporal/ids';
import { fileStartOptions } from '../../src/temporal/start';
import { reconcile } from '../../src/worker/reconcile';
import { eventually } from '../support/eventually';
import { type House, openHouse, silent, startWorkshop } from '../support/house';

let house: House;
beforeEach(async () => {
  house = await openHouse();
  await putSkus(house.database.db, [{ skuCode: 'TEA', name: 'tea' }]);
});
afterEach(() => house?.close());

const receive = (subject: FileSubject, lines: string[], dryRun = false) =>
  receiveFile(
    house.database.db,
    { subject, format: 'csv', dryRun, requestedBy: 'test' },
    Readable.from([Buffer.from(lines.join('\n'))]),
  );
const begin = async (subject: FileSubject, lines: string[]): Promise<string> => {
  const importId = randomUUID();
  await beginFile(house.database.db, await receive(subject, lines), importId);
  return importId;
};
const MOVEMENTS = ['skuCode,kind,quantity,reason', 'TEA,receive,5,in', 'TEA,adjust,-2,out'];
const takeIn = (importId: string) => {
  const { takeInFile } = fileActivities(house.context);
  return new MockActivityEnvironment().run(takeInFile, { importId });
};
const onHand = async () => (await house.database.db.select().from(stockBalances))[0]?.onHand;
const leftOver = async () =>
  (await house.database.db.$count(fileChunks)) + (await house.database.db.$count(fileRows));

it('applies a file once, however often its activity runs', async () => {
  const importId = await begin('stock-movements', MOVEMENTS);
  expect(await takeIn(importId)).toEqual({ state: 'done' });
  expect(await takeIn(importId)).toEqual({ state: 'done' });
  expect(await onHand()).toBe(3);
  expect(await house.database.db.$count(stockMovements)).toBe(2);
  expect(await findFile(house.database.db, importId)).toMatchObject({ rowsRead: 2, rowsApplied: 2 });
  expect(await leftOver()).toBe(0);
});

it('begins anew where a worker died in the middle of the check, and undoes what one applied and did not finish', async () => {
  const importId = await begin('stock-movements', MOVEMENTS);
  const { db, pool } = house.database;
  // What a dead worker leaves: rows of a part of the file.
  await db.insert(fileRows).values({ importId, row: 2, values: { skuCode: 'GONE' } });
  // A file that cannot be ended any more, as when the connection breaks at the last statement.
  await pool.query(`create function refuse() returns trigger language plpgsql as
    $$ begin if new.state = 'done' then raise exception 'broken off'; end if; return new; end $$`);
  await pool.query(
    'create trigger refuse before update on file_imports for each row execute function refuse()',
  );
  await expect(takeIn(importId)).rejects.toThrow();
  expect(await db.$count(stockMovements)).toBe(0);
  expect(await findFile(db, importId)).toMatchObject({ state: 'running' });
  await pool.query('drop trigger refuse on file_imports');
  expect(await takeIn(importId)).toEqual({ state: 'done' });
  expect(await onHand()).toBe(3);
});

it('leaves nothing of a file that is cancelled while it is being applied', async () => {
  const importId = await begin('stock-movements', MOVEMENTS);
  const { db, pool } = house.database;
  const blocker = await pool.connect();
  await blocker.query('begin');
  await blocker.query("insert into stock_balances (sku_code, location) values ('TEA', 'main')");
  const running = takeIn(importId);
  await eventually(
    async () => (await pool.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).rowCount,
    (waiting) => waiting === 1,
  );
  expect(await db.transaction((tx) => endFile(tx, importId, { state: 'cancelled' }))).toBe(true);
  await blocker.query('commit');
  blocker.release();
  expect(await running).toEqual({ state: 'cancelled' });
  expect(await db.$count(stockMovements)).toBe(0);
  expect(await onHand()).toBe(0);
  expect(await leftOver()).toBe(0);
});

it('takes in one file at a time', async () => {
  const importId = await begin('skus', ['skuCode,name', 'A,a']);
  const client = await house.database.pool.connect();
  await client.query("select pg_advisory_lock(hashtextextended('file-imports', 0))");
  await expect(takeIn(importId)).rejects.toMatchObject({ type: 'busy' });
  await client.query("select pg_advisory_unlock(hashtextextended('file-imports', 0))");
  client.release();
  expect(await takeIn(importId)).toEqual({ state: 'done' });
});

it('does nothing with a file that was received and not begun', async () => {
  const importId = await receive('skus', ['skuCode,name', 'A,a']);
  expect(await takeIn(importId)).toEqual({ state: 'failed' });
  expect(await house.database.db.$count(skus)).toBe(1);
});

it('undoes a file whose sender breaks off', async () => {
  const broken = async function* () {
    yield Buffer.from('skuCode,name\n');
    throw new Error('gone');
  };
  const file = { subject: 'skus', format: 'csv', dryRun: false, requestedBy: 'test' } as const;
  await expect(receiveFile(house.database.db, file, Readable.from(broken()))).rejects.toThrow();
  expect(await leftOver()).toBe(0);
});

it('is started again by the reconciliation when Temporal lost it, and is cancelled by its workflow', async () => {
  const workshop = await startWorkshop(house);
  try {
    const importId = await begin('stock-movements', MOVEMENTS);
    await reconcile({ ...house.database, client: workshop.client, log: silent });
    await eventually(
      () => findFile(house.database.db, importId),
      (file) => file?.state === 'done',
    );
    expect(await onHand()).toBe(3);

    const lock = await house.database.pool.connect();
    await lock.query("select pg_advisory_lock(hashtextextended('file-imports', 0))");
    const waiting = await begin('stock-movements', MOVEMENTS);
    const handle = await workshop.client.workflow.start(WORKFLOW.fileImport, fileStartOptions(waiting));
    await handle.cancel();
    expect(await handle.result()).toEqual({ state: 'cancelled' });
    lock.release(true);
    expect(await onHand()).toBe(3);
  } finally {
    await workshop.close();
  }
});
