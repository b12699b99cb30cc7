import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { esa, type Rig, startRig } from './rig';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
afterEach(() => rig.control('DELETE', '/faults'));

const XML = { 'Content-Type': 'application/xml; charset=UTF-8' };
const shop = (path: string, headers: Record<string, string> = XML) =>
  rig.rms('GET', `/es/1.0/shop/${path}`, undefined, headers);
const info = (change: object) => rig.control('PUT', '/shops/test-shop/info', change);
/** The texts of all elements with this name. */
const texts = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text]) => text ?? '');
const codeOf = async (path: string, headers?: Record<string, string>) => {
  const reply = await shop(path, headers);
  return [reply.status, ...texts(reply.text, 'resultCode')];
};

const fixture = join(__dirname, '../../../shared/fixtures/rms/shop/operationLeadTime.get.200.xml');
const sampled = existsSync(fixture) ? test : test.skip;
sampled(
  'the lead times of the sample come back element for element (../shared/fixtures may be absent)',
  async () => {
    const lead = {
      operationLeadTimeId: 41,
      name: '出荷リードタイム01',
      numberOfDays: 1,
      inStockDefault: true,
      outOfStockDefault: true,
    };
    await info({ operationLeadTimes: [lead] });
    const reply = await shop('operationLeadTime?operationLeadTimeId=41');
    const flat = (xml: string) => xml.replaceAll(/>\s+</g, '><').trim();
    expect(flat(reply.text)).toBe(flat(readFileSync(fixture, 'utf8')));
    expect(reply.headers.get('content-type')).toBe('application/xml;charset=UTF-8');
  },
);

test('each list answers what the shop set up, one entry by its id, and C008 for an id that it does not have', async () => {
  await info({
    shipFroms: [
      { shipFromId: 1, name: '本社 & 倉庫', zipcodeFrom: '1580094', isDefault: true },
      { shipFromId: 2, name: '西', zipcodeFrom: '5300001', isDefault: false },
    ],
    delvdates: [{ delvdateNumber: 7, delvdateCaption: '翌日' }],
    deliverySets: [{ deliverySetId: 3, name: 'クール便', isDefault: true }],
  });
  const both = await shop('shipFrom');
  expect(texts(both.text, 'shipFromId')).toEqual(['1', '2']);
  expect(texts(both.text, 'name')[0]).toBe('本社 &amp; 倉庫');
  expect(texts((await shop('shipFrom?shipFromId=2')).text, 'zipcodeFrom')).toEqual(['5300001']);
  expect(texts((await shop('delvdateMaster')).text, 'delvdateCaption')).toEqual(['翌日']);
  expect(texts((await shop('deliverySetInfo')).text, 'deliverySetDefaultFlag')).toEqual(['1']);
  expect(texts((await shop('shopMaster')).text, 'shopId')).toEqual(['400100']);
  expect(await codeOf('shipFrom?shipFromId=9')).toEqual([404, 'C008']);
  expect(await codeOf('shipFrom?shipFromId=x')).toEqual([400, 'C001']);
  await info({ deliverySets: [] });
  expect(await codeOf('deliverySetInfo')).toEqual([404, 'C008']);
});

test('the calendar holds the event days of the asked period, 90 days when nothing is said and 180 at most', async () => {
  const days = { weekdays: [0, 6], eventDates: ['2026-11-30', '2026-12-31', '2027-03-01', '2027-06-01'] };
  const never = { weekdays: [], eventDates: [] };
  await info({ calendar: { businessHoliday: days, shippingHoliday: never, shippingOnly: never } });
  const events = async (query: string) => texts((await shop(`shopCalendar?${query}`)).text, 'eventDate');
  expect(await events('fromDate=2026-12-01')).toEqual(['2026-12-31']);
  expect(await events('fromDate=2026-12-01&period=91')).toEqual(['2026-12-31', '2027-03-01']);
  expect(texts((await shop('shopCalendar')).text, 'weekday')).toEqual(['0', '6']);
  const long = await shop('shopCalendar?period=181');
  expect([long.status, texts(long.text, 'resultCode'), texts(long.text, 'maxValue')]).toEqual([
    400,
    ['C001'],
    ['180'],
  ]);
  expect(await codeOf('shopCalendar?fromDate=2026-02-30')).toEqual([400, 'C001']);
});

test('the only status is the part in social gifts; other keys and resources are refused', async () => {
  await info({ socialGiftParticipation: 'IN_USE' });
  expect(texts((await shop('shopStatus/socialGiftParticipation')).text, 'statusValue')).toEqual(['IN_USE']);
  expect(await codeOf('shopStatus/skuMigration')).toEqual([400, 'C001']);
  expect(await codeOf('shopOwner')).toEqual([400, 'C003']);
});

test('a GET without the XML media type is C005', async () => {
  expect(await codeOf('shopMaster', { 'Content-Type': 'application/json' })).toEqual([400, 'C005']);
});

test('a wrong key is AuthError, one request too many for the whole family QPSLimit', async () => {
  const wrong = await shop('shopMaster', { ...XML, Authorization: esa('no', 'body') });
  expect([wrong.status, texts(wrong.text, 'message'), texts(wrong.text, 'systemStatus')]).toEqual([
    401,
    ['AuthError'],
    ['NG'],
  ]);
  const other = { shopCode: 'limited', rakutenShopId: '400102', serviceSecret: 's3', licenseKey: 'k3' };
  await rig.control('POST', '/shops', other);
  await rig.control('PUT', '/settings', { rateBurst: 1, shopRequestsPerSecond: 0.01 });
  const limited = { ...XML, Authorization: esa('s3', 'k3') };
  const replies = [await shop('shopMaster', limited), await shop('shipFrom', limited)];
  expect(replies.map((reply) => [reply.status, texts(reply.text, 'message')])).toEqual([
    [200, ['Succeeded.']],
    [403, ['QPSLimit']],
  ]);
  await rig.control('PUT', '/settings', { rateBurst: 1000, shopRequestsPerSecond: 1e4 });
});

test('maintenance is S900, read-only mode S901', async () => {
  await rig.control('POST', '/faults', { operation: '*', kind: 'maintenance' });
  expect(await codeOf('shopMaster')).toEqual([500, 'S900']);
  await rig.control('DELETE', '/faults');
  await rig.control('POST', '/faults', { operation: '*', kind: 'read_only' });
  expect(await codeOf('shopMaster')).toEqual([500, 'S901']);
});
