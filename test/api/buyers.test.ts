import { eq } from 'drizzle-orm';
import { buyerRoutes } from '../../src/api/buyers';
import type { Caller } from '../../src/api/caller';
import { changeRoutes } from '../../src/api/changes';
import { personalDataRoutes } from '../../src/api/personal-data';
import type { Route } from '../../src/api/route';
import type { OrderRef } from '../../src/domain/order';
import type { Role } from '../../src/domain/roles';
import { auditLog } from '../../src/store/access-schema';
import { openDatabase } from '../../src/store/database';
import { findOrder } from '../../src/store/orders';
import { idempotencyKeys } from '../../src/store/schema';
import { createShop } from '../../src/store/shops';
import { eraseDuePersonalData } from '../../src/worker/personal-data';
import { newShop } from '../store/store';
import { silent } from '../support/house';
import {
  ACCOUNTS,
  BUYER,
  everything,
  finish,
  foundOf,
  PLANTED,
  quietContext,
  RECIPIENT,
  REMARKS,
  readPlanted,
} from '../support/people';
import { depsOf, startTestApi } from './support';

const MAIL = BUYER.emailAddress;

let api: Awaited<ReturnType<typeof startTestApi>>;
let opened: ReturnType<typeof openDatabase>;
let context: ReturnType<typeof quietContext>;
beforeEach(async () => {
  api = await startTestApi();
  opened = openDatabase(api.databaseUrl, { onIdleError: () => undefined });
  context = quietContext(opened, api.vault);
  for (const shop of ['tea', 'beans'])
    await createShop(
      api.db,
      api.vault,
      newShop(shop, { personalDataRetentionDays: null, defaultRemarks: ['なし'] }),
    );
});
afterEach(async () => {
  await opened.close();
  await api.close();
});

const REF = { shopId: 'tea', orderNumber: '1-20261101-1' };
const pathOf = ({ shopId, orderNumber }: OrderRef) => `/v1/orders/${shopId}/${orderNumber}`;
const planted = async (ref: OrderRef, finished: boolean, change: Record<string, unknown> = {}) => {
  await readPlanted(context, ref, change);
  if (finished) await finish(context, ref, new Date());
  return ref;
};
const callerOf = (role: Role | null, shops: Caller['shops'] = null): Caller => ({
  id: 'x',
  actor: 'x',
  role,
  shops,
});
const NO_REQUEST = { address: '127.0.0.1', headers: {}, note: () => undefined };
const ask = (
  routes: readonly Route[],
  path: string,
  caller: Caller,
  params: object,
  body?: object,
): Promise<unknown> => {
  const found = routes.find((route) => route.path.endsWith(path));
  if (found === undefined) throw new Error(`No route ends in ${path}`);
  return found.run({ params, query: {}, body, language: 'en', caller, actor: 'x', ...NO_REQUEST });
};

describe('the people of an order', () => {
  test('are shown in full to operators and administrators', async () => {
    await planted(REF, false);
    const { body } = await api.as('get', `${pathOf(REF)}/personal-data`).expect(200);
    expect(body).toEqual({
      masked: false,
      erasedAt: null,
      buyer: {
        familyName: BUYER.familyName,
        firstName: BUYER.firstName,
        familyNameKana: BUYER.familyNameKana,
        firstNameKana: BUYER.firstNameKana,
        zipCode: '100-0005',
        prefecture: '東京都',
        city: BUYER.city,
        subAddress: BUYER.subAddress,
        phoneNumber: '090-7531-8642',
        mail: MAIL,
      },
      recipients: [
        expect.objectContaining({ basketId: '10', familyName: RECIPIENT.familyName, noshi: '御祝 植田埋' }),
      ],
      remarks: REMARKS,
    });
    const routes = personalDataRoutes(depsOf(api));
    expect(await ask(routes, '/personal-data', callerOf('operator'), REF)).toEqual(body);
  });

  test('are masked for viewers', async () => {
    await planted(REF, false);
    const masked = await ask(personalDataRoutes(depsOf(api)), '/personal-data', callerOf('viewer'), REF);
    expect(masked).toMatchObject({
      masked: true,
      buyer: {
        familyName: '植＊＊',
        firstName: '＊＊',
        familyNameKana: 'ウ＊＊',
        prefecture: '東京都',
        city: '＊＊＊',
        subAddress: '＊＊＊',
        zipCode: '＊＊＊',
        phoneNumber: '090-＊＊＊＊-8642',
        mail: 'u＊＊＊@mail.example',
      },
      recipients: [{ basketId: '10', noshi: '＊＊＊' }],
      remarks: '＊＊＊',
    });
    const visible = PLANTED.filter(
      (text) => text !== BUYER.phoneNumber3 && JSON.stringify(masked).includes(text),
    );
    expect(visible).toEqual([]);
  });

  test('an order that is not here has none', async () => {
    const { body } = await api.as('get', `${pathOf(REF)}/personal-data`).expect(404);
    expect(body.code).toBe('order_not_found');
  });

  test('in what changed they are masked for viewers, and what is no personal data is not', async () => {
    await planted(REF, false, { remarks: '前の備考', deliveryDate: '2026-12-01' });
    await planted(REF, false, { deliveryDate: '2026-12-02' });
    const { body } = await api.as('get', `${pathOf(REF)}/changes`).expect(200);
    const inFull = [
      { field: 'remarks', before: '前の備考', after: REMARKS },
      { field: 'deliveryDate', before: '2026-12-01', after: '2026-12-02' },
    ];
    expect(body).toMatchObject({ masked: false, remarkAdded: REMARKS });
    expect(body.items).toEqual(
      expect.arrayContaining(inFull.map((change) => expect.objectContaining(change))),
    );
    const masked = await ask(changeRoutes(depsOf(api)), '/changes', callerOf('viewer'), REF);
    expect(masked).toMatchObject({ masked: true, remarkAdded: '＊＊＊' });
    expect(JSON.stringify(masked)).toContain('2026-12-02');
    expect(JSON.stringify(masked)).not.toMatch(/備考|誕生日/);
  });
});

describe('one buyer', () => {
  const OPEN = { shopId: 'beans', orderNumber: '2-20261101-1' };

  test('gets everything that is kept of their orders, as a file', async () => {
    await planted(REF, true);
    const answer = await api
      .as('post', '/v1/buyers/export')
      .send({ mail: 'UEDA.planted@mail.example' })
      .expect(200);
    expect(answer.headers['content-disposition']).toContain('attachment');
    expect(answer.body.orders).toMatchObject([
      {
        ...REF,
        foundAs: 'buyer',
        buyer: { familyName: BUYER.familyName, mail: MAIL },
        recipients: [{ familyName: RECIPIENT.familyName }],
        remarks: REMARKS,
        rakuten: { ...ACCOUNTS, memo: expect.stringContaining(BUYER.familyName) },
        shipments: [{ trackingNumber: '4000' }],
      },
    ]);
    const lines = await api.db.select().from(auditLog).where(eq(auditLog.action, 'personal_data.exported'));
    expect(lines).toMatchObject([
      { shopId: 'tea', target: { orders: [REF.orderNumber] }, request: { by: 'mail' } },
    ]);
  });

  test('who only receives a parcel gets nothing of its buyer', async () => {
    await planted(REF, true);
    const name = `${RECIPIENT.familyName} ${RECIPIENT.firstName}`;
    const { body } = await api.as('post', '/v1/buyers/export').send({ name }).expect(200);
    expect(body.orders).toMatchObject([{ foundAs: 'recipient', recipients: [{ city: RECIPIENT.city }] }]);
    expect(JSON.stringify(body)).not.toContain(BUYER.familyNameKana);
    expect(JSON.stringify(body)).not.toContain(MAIL);
  });

  test('an export is not kept for a repeat of its request, which is made anew', async () => {
    await planted(REF, true);
    for (const _ of [1, 2]) {
      const { body } = await api
        .as('post', '/v1/buyers/export')
        .set('Idempotency-Key', 'same')
        .send({ mail: MAIL })
        .expect(200);
      expect(body.orders).toHaveLength(1);
    }
    expect(await api.db.select().from(idempotencyKeys)).toMatchObject([
      { key: 'same', status: null, sealedResponse: null },
    ]);
  });

  test('is erased from finished orders at once, and from open ones when they are finished', async () => {
    await planted(REF, true);
    await planted(OPEN, false);
    const look = await api.as('post', '/v1/buyers/erase').send({ mail: MAIL, dryRun: true }).expect(200);
    expect(look.body).toEqual({ dryRun: true, erased: [REF], waiting: [OPEN] });
    expect((await findOrder(api.db, REF))?.erasedAt).toBeNull();

    const { body } = await api.as('post', '/v1/buyers/erase').send({ mail: MAIL }).expect(200);
    expect(body).toEqual({ dryRun: false, erased: [REF], waiting: [OPEN] });
    expect((await findOrder(api.db, REF))?.erasedAt).not.toBeNull();
    const again = await api.as('post', '/v1/buyers/erase').send({ mail: MAIL }).expect(200);
    expect(again.body).toEqual({ dryRun: false, erased: [], waiting: [OPEN] });

    await finish(context, OPEN, new Date());
    const parts = { db: opened.db, pool: opened.pool, vault: api.vault, now: () => new Date(), log: silent };
    expect(await eraseDuePersonalData(parts)).toBe(1);
    expect(await foundOf(opened.pool, api.vault)).toEqual([]);
    expect(await everything(opened.pool, api.vault)).not.toContain(MAIL);
    for (const q of [MAIL, '090-7531-8642', `${BUYER.familyName}${BUYER.firstName}`]) {
      const list = await api.as('get', `/v1/orders?q=${encodeURIComponent(q)}`).expect(200);
      expect(list.body.items).toEqual([]);
    }
    const gone = await api.as('get', `${pathOf(OPEN)}/personal-data`).expect(200);
    expect(gone.body).toMatchObject({
      erasedAt: expect.any(String),
      buyer: null,
      recipients: [],
      remarks: null,
    });
    const shown = await api.as('get', pathOf(OPEN)).expect(200);
    expect(shown.body).toMatchObject({ personalDataErasedAt: gone.body.erasedAt, lines: [{ units: 2 }] });
  });

  test('is found in the shops of the caller alone', async () => {
    await planted(REF, true);
    await planted(OPEN, true);
    const routes = buyerRoutes(depsOf(api));
    const own = callerOf('administrator', ['beans']);
    const body = { mail: MAIL, dryRun: true };
    expect(await ask(routes, '/erase', own, {}, body)).toMatchObject({ erased: [OPEN] });
    await expect(ask(routes, '/erase', own, {}, { ...body, shopId: 'tea' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const { body: one } = await api
      .as('post', '/v1/buyers/erase')
      .send({ ...body, shopId: 'tea' })
      .expect(200);
    expect(one.erased).toEqual([REF]);
  });

  test('is named by exactly one of mail, phone and name', async () => {
    for (const body of [{}, { mail: MAIL, phone: '090' }]) {
      const refused = await api.as('post', '/v1/buyers/erase').send(body).expect(422);
      expect(refused.body.code).toBe('one_criterion');
      await api.as('post', '/v1/buyers/export').send(body).expect(422);
    }
  });
});
