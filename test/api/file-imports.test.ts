import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { eq } from 'drizzle-orm';
import iconv from 'iconv-lite';
import request from 'supertest';
import { idempotencyKeys } from '../../src/store/schema';
import {
  fileChunks,
  fileImports,
  fileRows,
  skuLinks,
  skus,
  stockMovements,
} from '../../src/store/stock-schema';
import { workbookOf, zipOf } from '../files/bytes';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import type { TestApi } from './support';
import { apiOver } from './support';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

let house: House;
let workshop: Workshop;
let api: Omit<TestApi, 'close'>;
beforeAll(async () => {
  house = await openHouse({ stockSync: 'off' });
  workshop = await startWorkshop(house);
  api = apiOver({ db: house.database.db, vault: house.vault, temporal: workshop.client });
});
afterAll(async () => {
  await workshop?.close();
  await house?.close();
});

const AT = {
  skus: '/v1/skus/import',
  links: `/v1/sku-links/import?shopId=${SHOP.shopId}`,
  movements: '/v1/stock/movements/import',
} as const;

const send = (path: string, body: string | Buffer, type = 'text/csv') =>
  api
    .as('post', path)
    .set('Content-Type', type)
    .set('Accept-Language', 'en')
    .serialize((bytes) => bytes)
    .send(body);
const csv = (...lines: string[]): string => `${lines.join('\r\n')}\r\n`;

const inOrder = (sku: { components: { skuCode: string }[] }) => ({
  ...sku,
  components: sku.components.sort((a, b) => a.skuCode.localeCompare(b.skuCode)),
});
/** Everything that a file can change. */
const everything = async () => ({
  skus: (await api.as('get', '/v1/skus?limit=200').expect(200)).body.items.map(inOrder),
  links: (await api.as('get', `/v1/sku-links?limit=200&shopId=${SHOP.shopId}`).expect(200)).body.items,
  movements: (await api.db.select().from(stockMovements)).length,
  cartCodes: await api.db.select({ code: skus.cartCode }).from(skus).orderBy(skus.skuCode),
  linkedBy: await api.db.select({ by: skuLinks.linkedBy }).from(skuLinks),
});
const leftOver = async () => (await api.db.$count(fileChunks)) + (await api.db.$count(fileRows));

test('sets whose parts stand further down, of a file in Shift_JIS, are taken in', async () => {
  const file = csv(
    'SKUコード,商品名,構成SKUコード,構成数量',
    'SET,お茶セット①,TEA,2',
    'TEA,緑茶,,',
    'SET,お茶セット①,CUP,1',
    'CUP,湯呑 髙,,',
  );
  const { body } = await send(AT.skus, iconv.encode(file, 'cp932')).expect(200);
  expect(body).toMatchObject({
    ...{ subject: 'skus', state: 'done', rowsRead: 4, rowsApplied: 4, errorCount: 0, errors: [] },
    workflow: { workflowId: `file/${body.importId}` },
  });
  expect((await api.as('get', '/v1/skus/SET').expect(200)).body).toMatchObject({
    name: 'お茶セット①',
    components: expect.arrayContaining([
      { skuCode: 'TEA', quantity: 2 },
      { skuCode: 'CUP', quantity: 1 },
    ]),
  });
  expect((await api.as('get', '/v1/skus/CUP').expect(200)).body.name).toBe('湯呑 髙');
  expect(await leftOver()).toBe(0);
});

test('links and movements are taken in, each movement once, with who sent them', async () => {
  await send(AT.links, csv('manageNumber,variantId,skuCode', 'TEA-Item,g100,TEA', 'old,,SET')).expect(200);
  const { links } = await everything();
  expect(links).toMatchObject([
    { shopId: SHOP.shopId, manageNumber: 'old', variantId: '', skuCode: 'SET' },
    { shopId: SHOP.shopId, manageNumber: 'tea-item', variantId: 'g100', skuCode: 'TEA' },
  ]);
  const rows = csv(
    '種別,数量,理由,SKUコード',
    '入庫,10,入荷,TEA',
    'adjust,-3,"割れ, 2",TEA',
    'return,1,返品,TEA',
  );
  const { body } = await send(AT.movements, rows).expect(200);
  expect((await api.as('get', '/v1/stock?skuCode=TEA')).body.items[0]).toMatchObject({
    location: 'main',
    onHand: 8,
  });
  const booked = await api.db.select().from(stockMovements);
  expect(booked.map((row) => [row.idempotencyKey, row.kind, row.quantity, row.reason, row.actor])).toEqual([
    [`file/${body.importId}/2`, 'receive', 10, '入荷', 'administrator'],
    [`file/${body.importId}/3`, 'adjust', -3, '割れ, 2', 'administrator'],
    [`file/${body.importId}/4`, 'return', 1, '返品', 'administrator'],
  ]);
});

const SKU_HEAD = 'skuCode,name,cartCode,componentSkuCode,componentQuantity';
const LINK_HEAD = 'manageNumber,variantId,skuCode';
const MOVE_HEAD = 'skuCode,location,kind,quantity,reason';

describe('a file with anything wrong is refused with the row and the column, and nothing is written', () => {
  test.each<[string, keyof typeof AT, string[], string[]]>([
    [
      'an unknown column',
      'links',
      ['manageNumber,colour,variantId,skuCode', 'a,b,c,TEA'],
      ['rows.1.colour column_unknown'],
    ],
    ['a missing column', 'links', ['manageNumber,skuCode', 'a,TEA'], ['rows.1.variantId column_missing']],
    [
      'half of two columns',
      'skus',
      ['skuCode,name,componentSkuCode', 'A,a,TEA'],
      ['rows.1.componentQuantity column_missing'],
    ],
    [
      'a column twice',
      'links',
      ['manageNumber,商品管理番号,variantId,skuCode', 'a,a,b,TEA'],
      ['rows.1.manageNumber column_twice'],
    ],
    [
      'no header',
      'links',
      ['', LINK_HEAD, 'a,b,TEA'],
      [
        'rows.1.manageNumber column_missing',
        'rows.1.skuCode column_missing',
        'rows.1.variantId column_missing',
      ],
    ],
    ['a cell beyond the header', 'links', [LINK_HEAD, 'a,b,TEA,x'], ['rows.2.4 beyond_header']],
    [
      'empty and long cells',
      'skus',
      [SKU_HEAD, ',a,,,', '', `B,${'x'.repeat(256)},,,`],
      ['rows.2.skuCode required', 'rows.4.name too_long'],
    ],
    ['a line break in a name', 'skus', [SKU_HEAD, 'A,"a\nb",,,'], ['rows.2.name control_character']],
    ['a fractional quantity', 'movements', [MOVE_HEAD, 'TEA,,receive,1.5,in'], ['rows.2.quantity not_whole']],
    [
      'a negative receipt',
      'movements',
      [MOVE_HEAD, 'TEA,,receive,5,in', 'TEA,,receive,-5,in'],
      ['rows.3.quantity quantity_sign'],
    ],
    ['an adjustment by 0', 'movements', [MOVE_HEAD, 'TEA,,adjust,0,in'], ['rows.2.quantity quantity_sign']],
    ['a negative return', 'movements', [MOVE_HEAD, 'TEA,,return,-1,in'], ['rows.2.quantity quantity_sign']],
    [
      'an enormous quantity',
      'movements',
      [MOVE_HEAD, 'TEA,,receive,1000001,in'],
      ['rows.2.quantity out_of_range'],
    ],
    ['a kind that orders make', 'movements', [MOVE_HEAD, 'TEA,,reserve,1,in'], ['rows.2.kind kind_unknown']],
    ['stock of a set', 'movements', [MOVE_HEAD, 'SET,,receive,1,in'], ['rows.2.skuCode set_has_no_stock']],
    [
      'stock of nothing',
      'movements',
      [MOVE_HEAD, 'TEA,,receive,1,in', 'NONE,,receive,1,in'],
      ['rows.3.skuCode sku_unknown'],
    ],
    ['a link to nothing', 'links', [LINK_HEAD, 'a,b,TEA', 'a,c,NONE'], ['rows.3.skuCode sku_unknown']],
    ['two links of one pair', 'links', [LINK_HEAD, 'a,b,TEA', 'A,b,CUP'], ['rows.3.variantId twice']],
    [
      'a set of something unknown',
      'skus',
      [SKU_HEAD, 'S,s,,NONE,1'],
      ['rows.2.componentSkuCode sku_unknown'],
    ],
    [
      'half a component',
      'skus',
      [SKU_HEAD, 'S,s,,TEA,', 'T,t,,,2'],
      ['rows.2.componentQuantity half_component', 'rows.3.componentSkuCode half_component'],
    ],
    ['a component of 0', 'skus', [SKU_HEAD, 'S,s,,TEA,0'], ['rows.2.componentQuantity out_of_range']],
    ['a component twice', 'skus', [SKU_HEAD, 'S,s,,TEA,1', 'S,s,,TEA,2'], ['rows.3.componentSkuCode twice']],
    ['a SKU twice', 'skus', [SKU_HEAD, 'S,s,,,', 'S,s,,,'], ['rows.3.skuCode twice']],
    ['two names of one SKU', 'skus', [SKU_HEAD, 'S,s,,TEA,1', 'S,other,,CUP,1'], ['rows.3.name differs']],
    [
      'one cart code of two SKUs',
      'skus',
      [SKU_HEAD, 'S,s,c1,,', 'T,t,c1,,'],
      ['rows.2.cartCode twice', 'rows.3.cartCode twice'],
    ],
    ['a set that contains itself', 'skus', [SKU_HEAD, 'S,s,,S,1'], ['rows.2.componentSkuCode set_cycle']],
    [
      'a cycle within the file',
      'skus',
      [SKU_HEAD, 'S,s,,T,1', 'T,t,,S,1', 'U,u,,S,1'],
      ['rows.2.componentSkuCode set_cycle', 'rows.3.componentSkuCode set_cycle'],
    ],
    [
      'a cycle with a set that is there',
      'skus',
      [SKU_HEAD, 'CUP,湯のみ,,SET,1'],
      ['rows.2.componentSkuCode set_cycle'],
    ],
    ['a formula that failed', 'skus', [SKU_HEAD, 'S,#REF!,,,'], ['rows.2.name cell_error']],
    ['a quotation mark that is not closed', 'skus', [SKU_HEAD, 'S,s,,,', 'T,"t,,,'], ['rows.3 broken']],
  ])('%s', async (_what, to, lines, errors) => {
    const before = await everything();
    for (const dry of ['true', 'false']) {
      const path = `${AT[to]}${AT[to].includes('?') ? '&' : '?'}dryRun=${dry}`;
      const { body } = await send(path, csv(...lines)).expect(422);
      expect(body.code).toBe('file_refused');
      const found = body.errors.map(({ path: at, code }: { path: string; code: string }) => `${at} ${code}`);
      expect(found.sort()).toEqual(errors);
      for (const { message } of body.errors) expect(message).not.toMatch(/\{|^file\./);
    }
    expect(await everything()).toEqual(before);
    expect(await leftOver()).toBe(0);
  });

  test('bytes that are neither UTF-8 nor Shift_JIS, or not what the sender says', async () => {
    const before = await everything();
    const name = (bytes: number[]) =>
      Buffer.concat([Buffer.from(`${SKU_HEAD}\nS,`), Buffer.from(bytes), Buffer.from(',,,\n')]);
    const wrong = await send(AT.skus, name([0x82, 0xff, 0xff]), 'text/csv; charset=shift_jis').expect(422);
    expect(wrong.body.errors[0]).toMatchObject({ path: 'rows.2.name', code: 'encoding' });
    const lie = await send(AT.skus, name([0x93, 0x83]), 'text/csv; charset=utf-8').expect(422);
    expect(lie.body.errors[0]).toMatchObject({ path: 'rows.2.name', code: 'encoding' });
    expect(await everything()).toEqual(before);
  });

  const sheet = '<worksheet><sheetData/></worksheet>';
  test.each<[string, Buffer, string, RegExp]>([
    ['no Excel file', Buffer.from('PK nothing of the kind'), 'broken', /end of central directory/i],
    ['a damaged one', workbookOf({ sheet }).subarray(0, 900), 'broken', /end of central directory/i],
    ['a zip of something else', zipOf([{ name: 'a.txt', content: 'a' }]), 'broken', /no workbook/],
    [
      'a sheet that ends early',
      workbookOf({ sheet: '<worksheet><sheetData><row r="1">' }),
      'broken',
      /unclosed tag/,
    ],
    [
      'a zip bomb',
      workbookOf({ sheet, more: [{ name: 'b', content: 'x', declared: 400_000_000 }] }),
      'too_large',
      /200 MB/,
    ],
    [
      'a zip bomb that hides its size',
      zipOf([{ name: '_rels/.rels', content: Buffer.alloc(30_000_000, ' '), declared: 10 }]),
      'broken',
      /too many bytes/,
    ],
    [
      'an archive of too many entries',
      zipOf(Array.from({ length: 1_001 }, (_, index) => ({ name: `e${index}`, content: '' }))),
      'too_large',
      /1001 > 1000/,
    ],
  ])('%s', async (_what, bytes, code, says) => {
    const before = await everything();
    const { body } = await send(AT.skus, bytes, XLSX).expect(422);
    expect(body.errors).toEqual([{ path: 'rows.1', code, message: expect.stringMatching(says) }]);
    expect(await everything()).toEqual(before);
    expect(await leftOver()).toBe(0);
  });
});

test('all that is wrong is counted, the first 100 stand in the answer and the first 1000 with the import', async () => {
  const lines = Array.from({ length: 1_500 }, (_, index) => `,n${index},,,`);
  const { body } = await send(AT.skus, csv(SKU_HEAD, ...lines)).expect(422);
  expect(body.errors).toHaveLength(100);
  const [id] = /[0-9a-f-]{36}/.exec(body.detail) ?? [];
  const shown = (await api.as('get', `/v1/file-imports/${id}`).set('Accept-Language', 'ja').expect(200)).body;
  expect(shown).toMatchObject({ state: 'refused', errorCount: 1_500, rowsRead: 1_500, rowsApplied: 0 });
  expect(shown.errors).toHaveLength(1_000);
  expect(shown.errors[999]).toEqual({
    row: 1_001,
    column: 'skuCode',
    code: 'required',
    message: '値が必要です',
  });
});

test('a dry run finds nothing wrong and writes nothing', async () => {
  const before = await everything();
  const { body } = await send(`${AT.skus}?dryRun=true`, csv(SKU_HEAD, 'DRY,d,,,')).expect(200);
  expect(body).toMatchObject({ dryRun: true, state: 'done', rowsRead: 1, rowsApplied: 0 });
  expect(await everything()).toEqual(before);
});

test('a file that is sent twice with one Idempotency-Key has one effect and one answer', async () => {
  const post = (quantity: number) =>
    send(AT.movements, csv(MOVE_HEAD, `CUP,,receive,${quantity},in`)).set('Idempotency-Key', 'file-once');
  const first = await post(4).expect(200);
  const files = await api.db.$count(fileImports);
  const again = await post(4).expect(200);
  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect((await post(5).expect(422)).body.code).toBe('idempotency_key_reused');
  expect((await api.as('get', '/v1/stock?skuCode=CUP')).body.items[0].onHand).toBe(4);
  expect(await api.db.$count(fileImports)).toBe(files);
});

test('a file whose answer was lost has no second effect when it is sent again', async () => {
  const post = () =>
    send(AT.movements, csv(MOVE_HEAD, 'TEA,shelf,receive,7,in')).set('Idempotency-Key', 'lost');
  const first = await post().expect(200);
  // What a process leaves that dies before it keeps its answer: the claim alone, which is given up after a while.
  await api.db
    .update(idempotencyKeys)
    .set({ status: null, sealedResponse: null, claimedAt: new Date(Date.now() - 600_000) })
    .where(eq(idempotencyKeys.key, 'lost'));
  const again = await post().expect(200);
  expect(again.headers['idempotency-replayed']).toBeUndefined();
  expect(again.body).toEqual(first.body);
  const shelf = await api.as('get', '/v1/stock?skuCode=TEA&location=shelf').expect(200);
  expect(shelf.body.items[0].onHand).toBe(7);
  expect(await leftOver()).toBe(0);
});

test('what is no file of a known type, too large, or for an unknown shop is refused before it is kept', async () => {
  const files = await api.db.$count(fileImports);
  expect((await send(AT.skus, '{}', 'application/json').expect(415)).body.code).toBe('file_type_unknown');
  await send(AT.skus, 'a', 'text/csv; charset=latin1').expect(415);
  await send('/v1/sku-links/import?shopId=none', 'a').expect(404);
  await send('/v1/sku-links/import', 'a').expect(400);
  await request(api.app).post(AT.skus).set('Content-Type', 'text/csv').send('a').expect(401);
  const large = await send(AT.skus, Buffer.alloc(50_000_001, 'a')).expect(413);
  expect(large.body.code).toBe('file_too_large');
  expect(await api.db.$count(fileImports)).toBe(files);
});

test('a file that takes long is answered with where to ask, and can be cancelled', async () => {
  const lock = await house.database.pool.connect();
  await lock.query("select pg_advisory_lock(hashtextextended('file-imports', 0))");
  const before = await everything();
  const { body } = await send(AT.skus, csv(SKU_HEAD, 'LATE,late,,,')).expect(202);
  expect(body).toEqual({
    importId: expect.any(String),
    workflowId: `file/${body.importId}`,
    runId: expect.any(String),
  });
  const at = `/v1/file-imports/${body.importId}`;
  expect((await api.as('get', at).expect(200)).body.state).toBe('running');
  expect((await api.as('delete', at).expect(200)).body.state).toBe('cancelled');
  lock.release(true);
  const result = await workshop.client.workflow.getHandle(body.workflowId).result();
  expect(result).toEqual({ state: 'cancelled' });
  expect(await everything()).toEqual(before);
  expect(await leftOver()).toBe(0);
});

test('a file that Temporal does not take is not left behind as running, and says why', async () => {
  const nowhere = Connection.lazy({ address: '127.0.0.1:1' });
  const cut = apiOver({ ...api, temporal: new Client({ connection: nowhere }) });
  await cut.as('post', AT.skus).set('Content-Type', 'text/csv').send(csv(SKU_HEAD, 'CUT,cut,,,')).expect(503);
  const [last] = (await api.as('get', '/v1/file-imports?limit=1').expect(200)).body.items;
  const { body } = await api.as('get', `/v1/file-imports/${last.importId}`).expect(200);
  expect(body).toMatchObject({ state: 'failed', failure: { code: 'not_started' } });
  expect(await leftOver()).toBe(0);
  await nowhere.close();
}, 30_000);

test('files are listed newest first and one that has ended cannot be cancelled', async () => {
  const first = (await api.as('get', '/v1/file-imports?limit=1').expect(200)).body;
  const rest = (await api.as('get', `/v1/file-imports?limit=200&cursor=${first.nextCursor}`).expect(200))
    .body;
  const times = [...first.items, ...rest.items].map(({ createdAt }: { createdAt: string }) => createdAt);
  expect(times.length).toBe(await api.db.$count(fileImports));
  expect(times).toEqual([...times].sort().reverse());
  const { importId } = rest.items.find(({ state }: { state: string }) => state === 'done');
  const refused = await api.as('delete', `/v1/file-imports/${importId}`).expect(409);
  expect(refused.body.code).toBe('file_import_finished');
  await api.as('delete', `/v1/file-imports/${randomUUID()}`).expect(404);
});

const FORMS = ['format=csv', 'format=csv&encoding=shift_jis', 'format=xlsx'] as const;
const download = async (path: string) => {
  const answer = await api
    .as('get', path)
    .buffer(true)
    .parse((response, done) => {
      const pieces: Buffer[] = [];
      response
        .on('data', (piece: Buffer) => pieces.push(piece))
        .on('end', () => done(null, Buffer.concat(pieces)));
    })
    .expect(200);
  return { bytes: answer.body as Buffer, type: answer.headers['content-type'] ?? '' };
};

test.each(FORMS)('what an export gives (%s) an import takes back unchanged', async (form) => {
  await api.as('put', '/v1/skus').send({
    skus: [
      { skuCode: '=1+1', name: "'@x" },
      { skuCode: '0012', name: '-5', cartCode: '=A1-赤' },
      { skuCode: 'SWAP', name: 'swap', cartCode: 'swap-1' },
    ],
  });
  const before = await everything();
  const exported = await download(`/v1/skus/export?${form}`);
  const links = await download(`/v1/sku-links/export?shopId=${SHOP.shopId}&${form}`);
  await api.as('put', '/v1/skus').send({
    skus: [
      { skuCode: '=1+1', name: 'changed' },
      { skuCode: '0012', name: 'changed', cartCode: 'swap-1' },
      { skuCode: 'SWAP', name: 'changed', cartCode: '=A1-赤' },
      { skuCode: 'SET', name: 'changed', components: [] },
    ],
  });
  await api.as('put', '/v1/sku-links').send({
    shopId: SHOP.shopId,
    links: [{ manageNumber: 'old', variantId: '', skuCode: 'TEA' }],
  });
  expect(await everything()).not.toEqual(before);
  await send(AT.skus, exported.bytes, exported.type).expect(200);
  await send(AT.links, links.bytes, links.type).expect(200);
  const { linkedBy: _, ...after } = await everything();
  expect(before).toMatchObject(after);
});

test.each([
  [AT.skus, '/v1/skus/template'],
  [AT.links, '/v1/sku-links/template'],
  [AT.movements, '/v1/stock/movements/template'],
])('the template of %s passes its own check', async (to, from) => {
  await api.as('put', '/v1/skus').send({ skus: [{ skuCode: 'TEA-100', name: 't' }] });
  for (const form of FORMS) {
    const { bytes, type } = await download(`${from}?${form}`);
    const { body } = await send(`${to}${to.includes('?') ? '&' : '?'}dryRun=true`, bytes, type).expect(200);
    expect(body.rowsRead).toBe(1);
  }
});

test('balances are exported with what can be sold of them', async () => {
  const { bytes } = await download('/v1/stock/export');
  expect(bytes.toString()).toMatch(
    /^\ufeffSKUコード,ロケーション,実在庫,引当済,安全在庫,販売可能\r\nCUP,main,4,0,0,4\r\n/,
  );
});

test('a text that Shift_JIS cannot write is named, and the file comes in another form', async () => {
  await api.as('put', '/v1/skus').send({ skus: [{ skuCode: 'SMILE', name: '😀' }] });
  const { body } = await api.as('get', '/v1/skus/export?encoding=shift_jis').expect(422);
  expect(body).toMatchObject({ code: 'not_in_encoding', detail: expect.stringContaining('😀') });
  await download('/v1/skus/export');
});

test('a SKU that has stock does not become a set by a file', async () => {
  await api.as('put', '/v1/skus').send({ skus: [{ skuCode: 'STOCKED', name: 'stocked' }] });
  await send(AT.movements, csv('skuCode,location,kind,quantity,reason', 'STOCKED,,receive,3,count')).expect(
    200,
  );
  const { body } = await send(AT.skus, csv(SKU_HEAD, 'STOCKED,stocked,,TEA,1')).expect(422);
  expect(body.errors).toMatchObject([{ path: 'rows.2.componentSkuCode', code: 'sku_has_stock' }]);
});
