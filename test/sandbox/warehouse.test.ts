import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Rig, startRig } from './rig';

const SECRET = 'a secret of both sides';

interface ShippedEvent {
  readonly packages: readonly {
    readonly trackingNumber: string;
    readonly lines: readonly { readonly units: number }[];
  }[];
}

interface Received {
  readonly body: string;
  readonly signature: string;
}

let desk: Server;
let answerWith = 204;
const received: Received[] = [];
let rig: Rig;

beforeAll(async () => {
  desk = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      received.push({
        body: Buffer.concat(chunks).toString(),
        signature: String(req.headers['x-okuri-signature']),
      });
      res.writeHead(answerWith).end();
    });
  });
  await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve));
  const callbackUrl = `http://127.0.0.1:${(desk.address() as AddressInfo).port}/events`;
  rig = await startRig({ warehouse: { callbackUrl, signingSecret: () => SECRET } });
});
afterAll(async () => {
  await rig.stop();
  await new Promise((resolve) => desk.close(resolve));
});
beforeEach(() => {
  received.length = 0;
  answerWith = 204;
});

const signed = (body: string, at = Date.now(), secret = SECRET) => {
  const t = Math.floor(at / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
};
const call = async (method: string, path: string, body = '', signature = signed(body)) => {
  const answer = await fetch(`${rig.sandbox.url}/warehouse/fulfilment-orders${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', 'X-Okuri-Signature': signature },
    ...(body === '' ? {} : { body }),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, json: await answer.json() };
};
const instruction = (
  fulfilmentOrderId: string,
  lines: object[] = [{ itemDetailId: '11', skuCode: 'S', units: 3 }],
) =>
  JSON.stringify({
    fulfilmentOrderId,
    shopId: 'shop',
    orderNumber: '400100-20260101-0000000001',
    baskets: [{ basketId: '11', carrier: '1002', lines, shipTo: { name: '見本' } }],
  });

test('an instruction is taken once, ships, and is reported once, signed', async () => {
  const body = instruction('fo-1');
  expect(await call('POST', '', body)).toEqual({
    status: 201,
    json: { fulfilmentOrderId: 'fo-1', state: 'accepted' },
  });
  expect((await call('POST', '', body)).status).toBe(200);
  await rig.tick();
  await rig.tick();
  expect(received).toHaveLength(1);
  const [event] = received.map(({ body: text }) => JSON.parse(text));
  expect(event).toMatchObject({ type: 'shipped', shopId: 'shop', fulfilmentOrderId: 'fo-1' });
  expect(event.packages).toHaveLength(1);
  const [parcel] = event.packages;
  expect(parcel).toMatchObject({
    basketId: '11',
    carrier: '1002',
    lines: [{ itemDetailId: '11', units: 3 }],
  });
  expect(parcel.shippedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(parcel.trackingNumber).toMatch(/^\d{12}$/);
  expect(Number(parcel.trackingNumber.slice(0, 11)) % 7).toBe(Number(parcel.trackingNumber[11]));
  const t = /^t=(\d+),/.exec(received[0]?.signature ?? '')?.[1];
  expect(received[0]?.signature).toBe(signed(received[0]?.body ?? '', Number(t) * 1000));
  expect((await call('GET', '/fo-1')).json).toMatchObject({ state: 'shipped' });
});

test('a wrong signature and one older than five minutes are refused', async () => {
  const body = instruction('fo-2');
  expect((await call('POST', '', body, signed(body, Date.now(), 'another'))).status).toBe(401);
  expect((await call('POST', '', body, signed(body, Date.now() - 301_000))).status).toBe(401);
  expect((await call('POST', '', body, '')).status).toBe(401);
  expect((await call('GET', '/fo-2')).status).toBe(404);
});

test('an instruction can be recalled until it has shipped', async () => {
  await call('POST', '', instruction('fo-3'));
  expect(await call('DELETE', '/fo-3')).toMatchObject({ status: 200, json: { state: 'recalled' } });
  await call('POST', '', instruction('fo-4'));
  await rig.tick();
  expect(await call('DELETE', '/fo-4')).toMatchObject({ status: 409, json: { state: 'shipped' } });
  expect(received.map(({ body }) => JSON.parse(body).fulfilmentOrderId)).toEqual(['fo-4']);
});

test('an event that is not taken is sent again after a restart, with the same id', async () => {
  answerWith = 500;
  await call('POST', '', instruction('fo-5'));
  await rig.tick();
  expect((await rig.control('GET', '/warehouse')).json.undelivered).toMatchObject([
    { attempts: 1, lastError: 'HTTP 500' },
  ]);
  await rig.restart();
  answerWith = 204;
  const deadline = Date.now() + 10_000;
  while (received.length < 2 && Date.now() < deadline) await rig.tick();
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  expect((await rig.control('GET', '/warehouse')).json.undelivered).toEqual([]);
});

test('two parcels of one basket share its units out', async () => {
  await rig.control('PUT', '/settings', { splitShare: 1 });
  await call('POST', '', instruction('fo-6'));
  await rig.tick();
  const { packages }: ShippedEvent = JSON.parse(received[0]?.body ?? '{}');
  expect(packages.map((p) => p.lines.map((l) => l.units))).toEqual([[1], [2]]);
  expect(new Set(packages.map((p) => p.trackingNumber)).size).toBe(2);
});

test('an event that is refused for good is not sent again', async () => {
  answerWith = 409;
  await call('POST', '', instruction('fo-7'));
  await rig.tick();
  expect((await rig.control('GET', '/warehouse')).json.undelivered).toEqual([]);
  expect(received).toHaveLength(1);
});
