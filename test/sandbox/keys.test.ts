import { first } from './answers';
import { AUTHORIZATION, esa, type Rig, SKU, startRig } from './rig';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const SECRET = 'SP400100_testSecret';
const NEW_KEY = 'SL400100_nextKey';
const STOCK = `/es/2.1/inventories/manage-numbers/${SKU.manageNumber}/variants/${SKU.variantId}`;
const stock = (authorization = AUTHORIZATION) =>
  rig.rms('GET', STOCK, undefined, { Authorization: authorization });
const ask = () => rig.order('getOrder', { version: 9, orderNumberList: ['400100-20260101-0000000001'] });

test('a key that expires between two calls is refused in the words that the settings choose', async () => {
  expect((await ask()).status).toBe(200);
  const expired = await rig.control('POST', '/shops/test-shop/keys/expire');
  expect(first(expired.json.keys)).toMatchObject({ endsWith: 'tKey', state: 'expired' });
  expect(await ask()).toMatchObject({ status: 401, json: { Results: { errorCode: 'ES01-01' } } });
  await rig.control('PUT', '/settings', { orderRefusalBody: 'GA0001' });
  expect(await ask()).toMatchObject({ status: 401, json: { errors: [{ code: 'GA0001' }] } });
  expect((await stock()).status).toBe(401);
  expect((await rig.control('POST', '/shops/test-shop/keys/expire')).status).toBe(404);
});

test('a call that was let in before its key died is answered', async () => {
  await rig.control('POST', '/faults', { operation: 'getOrder', kind: 'slow', delayMs: 500 });
  const slow = ask();
  await untilUsed();
  await rig.control('POST', '/shops/test-shop/keys/expire');
  expect((await ask()).status).toBe(401);
  expect((await slow).status).toBe(200);
});

test('a new key works after the announced time with the old secret, and the old one lives on beside it', async () => {
  const issued = await rig.control('POST', '/shops/test-shop/keys', {
    licenseKey: NEW_KEY,
    activeAfterSeconds: 900,
  });
  expect([issued.status, issued.json.keys.map((key) => key.state)]).toEqual([201, ['waiting', 'live']]);
  expect(issued.text).not.toMatch(/nextKey|testKey|testSecret/);
  const next = esa(SECRET, NEW_KEY);
  expect([(await stock(next)).status, (await stock()).status]).toEqual([401, 200]);
  await rig.control('PUT', '/clock', { offsetSeconds: 901 });
  expect([(await stock(next)).status, (await stock()).status]).toEqual([200, 200]);
  await rig.control('POST', '/shops/test-shop/keys/expire', { licenseKey: 'SL400100_testKey' });
  expect([(await stock(next)).status, (await stock()).status]).toEqual([200, 401]);
});

/** Waits until the armed fault has met its request. */
const untilUsed = async (): Promise<void> => {
  while ((await rig.control('GET', '/faults')).json.faults.length > 0);
};
