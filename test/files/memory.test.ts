import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MockActivityEnvironment } from '@temporalio/testing';
import { fileActivities } from '../../src/activities/file-import';
import { writeCsv } from '../../src/files/csv';
import { writeXlsx } from '../../src/files/xlsx';
import { beginFile, findFile, receiveFile } from '../../src/store/file-imports';
import { type House, openHouse } from '../support/house';

const ROWS = 100_000;
const MOST_GROWTH = 150_000_000;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
/** What is only waiting to be collected is not held. A collection takes its time, and twice as long the work goes on. */
const REST = 2;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

const rows = function* () {
  yield ['skuCode', 'name', 'cartCode'];
  for (let index = 0; index < ROWS; index += 1)
    yield [`S-${index}`, `とても長い名前の緑茶セット${index}`, `c-${index}`];
};

test.each(['csv', 'xlsx'] as const)(
  '100,000 rows of a %s file are received and checked without being held',
  async (format) => {
    const { db } = house.database;
    collect();
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    const tidy = (): void => {
      const began = performance.now();
      collect();
      tidying = setTimeout(tidy, REST * (performance.now() - began));
    };
    let tidying = setTimeout(tidy, 0);
    const table = Readable.from(rows());
    const bytes = format === 'csv' ? writeCsv(table, 'utf-8') : writeXlsx(table);
    const file = { subject: 'skus', format, dryRun: true, requestedBy: 'test' } as const;
    const importId = randomUUID();
    await beginFile(db, await receiveFile(db, file, bytes), importId);
    await new MockActivityEnvironment().run(fileActivities(house.context).takeInFile, { importId });
    clearInterval(watch);
    clearTimeout(tidying);
    expect(await findFile(db, importId)).toMatchObject({ state: 'done', rowsRead: ROWS, errorCount: 0 });
    expect(peak - before).toBeLessThan(MOST_GROWTH);
  },
  120_000,
);
