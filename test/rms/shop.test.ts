import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getLicenseExpiry } from '../../src/rms/licence';
import {
  getDeliverySets,
  getDelvdates,
  getOperationLeadTimes,
  getShipFroms,
  getShopCalendar,
  getShopMaster,
  getShopStatus,
} from '../../src/rms/shop';
import type { RmsConnection } from '../../src/rms/transport';
import { type FakeRms, json, raw, type Script, startFakeRms } from './support/fake-rms';

const FIXTURES = join(__dirname, '../../../shared/fixtures/rms');
const present = existsSync(FIXTURES);
if (!present) process.stderr.write('Rakuten’s own shop samples are not here: their tests are skipped.\n');
const fixture = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

let rms: FakeRms;
beforeEach(async () => {
  rms = await startFakeRms();
});
afterEach(() => rms.close());

const document = (code: string, result: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<shopbiz:shopBizApiResponse xmlns:shopbiz="http://rakuten.co.jp/rms/mall/shop/biz/api/model/resource">
  <resultCode>${code}</resultCode>
  <resultMessageList><resultMessage><code>${code}</code><message>x</message></resultMessage></resultMessageList>
  ${result}
</shopbiz:shopBizApiResponse>`;
const xml = (status: number, code: string, result = ''): Script =>
  raw(status, 'application/xml;charset=UTF-8', document(code, result));
const answer = (model: string, result: string): Script =>
  xml(
    200,
    'N000',
    `<result xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="shopbiz:${model}">${result}</result>`,
  );

const functions: readonly [string, (connection: RmsConnection) => Promise<unknown>, unknown][] = [
  ['shopMaster', getShopMaster, undefined],
  ['shopCalendar', (connection) => getShopCalendar(connection, {}), undefined],
  ['operationLeadTime', getOperationLeadTimes, []],
  ['shipFrom', getShipFroms, []],
  ['delvdateMaster', getDelvdates, []],
  ['deliverySetInfo', getDeliverySets, []],
  [
    'shopStatus/socialGiftParticipation',
    (connection) => getShopStatus(connection, 'socialGiftParticipation'),
    undefined,
  ],
];

describe('every function of the Shop API', () => {
  it.each(functions)('%s asks for XML, and takes C008 for no data', async (resource, call, none) => {
    rms.script = xml(404, 'C008');
    await expect(call(rms.connection)).resolves.toEqual(none);
    expect(rms.requests).toHaveLength(1);
    expect(rms.requests[0]).toMatchObject({
      method: 'GET',
      path: `/es/1.0/shop/${resource}`,
      headers: { accept: 'application/xml', 'content-type': 'application/xml; charset=UTF-8' },
      body: {},
    });
    expect([...(rms.requests[0]?.query ?? [])]).toEqual([]);
  });

  it.each(functions)('%s fails as the call failed', async (_resource, call) => {
    rms.script = xml(500, 'S900');
    await expect(call(rms.connection)).rejects.toMatchObject({ kind: 'maintenance' });
    rms.script = xml(400, 'C003');
    await expect(call(rms.connection)).rejects.toMatchObject({ kind: 'refused' });
    rms.script = raw(
      401,
      'application/xml',
      '<result><status><systemStatus>NG</systemStatus><message>AuthError</message></status></result>',
    );
    await expect(call(rms.connection)).rejects.toMatchObject({ kind: 'unauthorised' });
  });
});

describe('what the Shop API answers', () => {
  it('lead times, one and several', async () => {
    const one = `<operationLeadTime><operationLeadTimeId>41</operationLeadTimeId><name>出荷01</name>
      <numberOfDays>1</numberOfDays><inStockDefaultFlag>1</inStockDefaultFlag>
      <outOfStockDefaultFlag>0</outOfStockDefaultFlag></operationLeadTime>`;
    const read = {
      operationLeadTimeId: 41,
      name: '出荷01',
      numberOfDays: 1,
      inStockDefaultFlag: true,
      outOfStockDefaultFlag: false,
    };
    rms.script = answer('operationLeadTimeBizModel', `<operationLeadTimeList>${one}</operationLeadTimeList>`);
    await expect(getOperationLeadTimes(rms.connection)).resolves.toEqual([read]);
    rms.script = answer(
      'operationLeadTimeBizModel',
      `<operationLeadTimeList>${one}${one.replace('41', '42')}</operationLeadTimeList>`,
    );
    await expect(getOperationLeadTimes(rms.connection)).resolves.toEqual([
      read,
      { ...read, operationLeadTimeId: 42 },
    ]);
    rms.script = answer('operationLeadTimeBizModel', '<operationLeadTimeList/>');
    await expect(getOperationLeadTimes(rms.connection)).resolves.toEqual([]);
  });

  it('a ship-from, whether an element of its own stands around it or not', async () => {
    const fields =
      '<shipFromId>3</shipFromId><name>本社</name><zipcodeFrom>0010001</zipcodeFrom><defaultFlag>1</defaultFlag>';
    const read = [{ shipFromId: 3, name: '本社', zipcodeFrom: '0010001', defaultFlag: true }];
    for (const result of [`<shipFrom>${fields}</shipFrom>`, fields]) {
      rms.script = answer('shipFromBizModel', `<shipFromList>${result}</shipFromList>`);
      await expect(getShipFroms(rms.connection)).resolves.toEqual(read);
    }
  });

  it('delivery dates, with the marks that XML writes by number', async () => {
    rms.script = answer(
      'delvdateMasterBizModel',
      `<delvdateMasterList>
        <delvdateMaster><delvdateNumber>0</delvdateNumber><delvdateCaption>A &amp; B &lt;C&gt; &#x5e97;</delvdateCaption></delvdateMaster>
        <delvdateMaster><delvdateNumber>1000</delvdateNumber><delvdateCaption>1〜2日以内に発送予定</delvdateCaption></delvdateMaster>
      </delvdateMasterList>`,
    );
    await expect(getDelvdates(rms.connection)).resolves.toEqual([
      { delvdateNumber: 0, delvdateCaption: 'A & B <C> 店' },
      { delvdateNumber: 1000, delvdateCaption: '1〜2日以内に発送予定' },
    ]);
  });

  it('delivery sets, by either element that their name is known under', async () => {
    for (const name of ['name', 'deliverySetName']) {
      rms.script = answer(
        'deliverySetInfoBizModel',
        `<deliverySetInfoList><deliverySetInfo><deliverySetId>010</deliverySetId><${name}>宅配便</${name}>
          <deliverySetDefaultFlag>0</deliverySetDefaultFlag></deliverySetInfo></deliverySetInfoList>`,
      );
      await expect(getDeliverySets(rms.connection)).resolves.toEqual([
        { deliverySetId: '010', name: '宅配便', deliverySetDefaultFlag: false },
      ]);
    }
  });

  it('the shop without the people behind it', async () => {
    rms.script = answer(
      'shopMasterBizModel',
      `<shopMaster><shopName>見本店</shopName><url>mihon</url><companyName>見本</companyName>
        <presidentName>楽天太郎</presidentName><companyTel>03-0000-0000</companyTel></shopMaster>`,
    );
    await expect(getShopMaster(rms.connection)).resolves.toEqual({
      shopName: '見本店',
      url: 'mihon',
      companyName: '見本',
    });
  });

  it('a calendar, whichever way its days are written', async () => {
    rms.script = answer(
      'shopCalendarBizModel',
      `<shopCalendar>
        <businessHoliday>
          <regularSchedule><weekday>SUN</weekday><weekday>SAT</weekday></regularSchedule>
          <eventDates><eventDate>2026-12-31</eventDate></eventDates>
        </businessHoliday>
        <shippingHoliday><regularSchedule>SUN</regularSchedule><eventDates>20270101</eventDates></shippingHoliday>
        <shippingOnly/>
      </shopCalendar>`,
    );
    await expect(getShopCalendar(rms.connection, { fromDate: '2026-12-01', period: 180 })).resolves.toEqual({
      businessHoliday: { weekdays: ['SUN', 'SAT'], dates: ['2026-12-31'] },
      shippingHoliday: { weekdays: ['SUN'], dates: ['2027-01-01'] },
      shippingOnly: { weekdays: [], dates: [] },
    });
    expect(Object.fromEntries(rms.requests[0]?.query ?? [])).toEqual({
      fromDate: '2026-12-01',
      period: '180',
    });
  });

  it('a status', async () => {
    rms.script = answer(
      'shopStatusBizModel',
      '<shopStatus><statusKey>socialGiftParticipation</statusKey><statusValue>IN_USE</statusValue></shopStatus>',
    );
    await expect(getShopStatus(rms.connection, 'socialGiftParticipation')).resolves.toEqual({
      statusKey: 'socialGiftParticipation',
      statusValue: 'IN_USE',
    });
  });
});

describe('an answer that is not as documented', () => {
  it.each<[string, Script, string]>([
    [
      'a lead time without its days',
      answer('x', '<operationLeadTime><operationLeadTimeId>1</operationLeadTimeId></operationLeadTime>'),
      '[0].numberOfDays',
    ],
    [
      'a number that is none',
      answer(
        'x',
        '<operationLeadTime><operationLeadTimeId>a</operationLeadTimeId><numberOfDays>1</numberOfDays></operationLeadTime>',
      ),
      '[0].operationLeadTimeId',
    ],
    [
      'elements that do not close',
      answer('x', '<operationLeadTimeList><a></operationLeadTimeList>'),
      'line 5',
    ],
  ])('is told by its place: %s', async (_name, script, path) => {
    rms.script = script;
    await expect(getOperationLeadTimes(rms.connection)).rejects.toMatchObject({
      kind: 'malformed',
      issues: [{ path }],
    });
  });

  it('is no empty shop and no empty calendar', async () => {
    rms.script = answer('shopMasterBizModel', '<shopMaster/>');
    await expect(getShopMaster(rms.connection)).rejects.toMatchObject({ kind: 'malformed' });
    rms.script = answer('shopCalendarBizModel', '');
    await expect(getShopCalendar(rms.connection, {})).rejects.toMatchObject({ kind: 'malformed' });
  });
});

describe('what Rakuten would refuse is refused before a call is spent', () => {
  it.each([
    ['181 days', { period: 181 }, 'period'],
    ['no day', { period: 0 }, 'period'],
    ['a day of another form', { fromDate: '2026/12/01' }, 'fromDate'],
  ])('%s', async (_name, period, path) => {
    await expect(getShopCalendar(rms.connection, period)).rejects.toMatchObject({
      kind: 'invalid_request',
      issues: [{ path }],
    });
    expect(rms.requests).toHaveLength(0);
  });
});

describe('the expiry of the licence', () => {
  it('asks in the words of the reference', async () => {
    rms.script = json(200, { expiryDate: '2026-11-28T23:59:59' });
    await expect(getLicenseExpiry(rms.connection)).resolves.toEqual(new Date('2026-11-28T14:59:59Z'));
    expect(rms.requests[0]).toMatchObject({
      method: 'GET',
      path: '/es/1.0/license-management/license-key/expiry-date',
    });
  });

  it.each([
    [400, 'DR0005', 'refused'],
    [401, 'GA0001', 'unauthorised'],
  ])('HTTP %s %s is told as it is', async (status, code, kind) => {
    rms.script = json(status, { errors: [{ code, message: 'x' }] });
    await expect(getLicenseExpiry(rms.connection)).rejects.toMatchObject({ kind, codes: [{ code }] });
  });
});

(present ? describe : describe.skip)('Rakuten’s own samples', () => {
  it('the lead times of a shop', async () => {
    rms.script = raw(200, 'application/xml; charset=UTF-8', fixture('shop/operationLeadTime.get.200.xml'));
    await expect(getOperationLeadTimes(rms.connection)).resolves.toEqual([
      {
        operationLeadTimeId: 41,
        name: '出荷リードタイム01',
        numberOfDays: 1,
        inStockDefaultFlag: true,
        outOfStockDefaultFlag: true,
      },
    ]);
  });

  it.each([
    [401, 'auth/json.401.GA0001.json', 'unauthorised'],
    [400, 'auth/json.400.GK0001.SHAPE-GUESSED.json', 'unauthorised'],
  ])('a key that is refused with HTTP %s, %s', async (status, name, kind) => {
    rms.script = raw(status, 'application/json', fixture(name));
    await expect(getLicenseExpiry(rms.connection)).rejects.toMatchObject({ kind });
    await expect(getShopMaster(rms.connection)).rejects.toMatchObject({ kind });
  });
});
