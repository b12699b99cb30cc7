import { RMS_FUNCTIONS } from '../../src/domain/rms-functions';
import { createGateway, type RmsGateway } from '../../src/rms/gateway';
import type { ObservedCall } from '../../src/rms/ports';
import { type FakeRms, json, startFakeRms } from './support/fake-rms';
import { createCircuit, freeLimiter, parkedBy, USUAL } from './support/limiters';

let rms: FakeRms;
let gateway: RmsGateway | undefined;
let calls: ObservedCall[];
beforeEach(async () => {
  rms = await startFakeRms();
  calls = [];
});
afterEach(async () => {
  await gateway?.close();
  await rms.close();
});

const open = (limiter = freeLimiter) => {
  const circuit = createCircuit();
  gateway = createGateway({
    shopId: 'shop',
    connection: async () => rms.connection,
    limiter: parkedBy(circuit, limiter),
    circuit,
    observer: { call: (call) => calls.push(call) },
  });
  return gateway;
};
const functionOf = (path: string): string => path.split('/').filter(Boolean).at(-1) ?? '';

/** Everything in a body that is no name of a field. */
const values = (body: unknown): unknown[] =>
  typeof body === 'object' && body !== null ? Object.values(body).flatMap(values) : [body];

test('a write is sent once, with a body that names no order, no item and no value', async () => {
  await open().testFunctions();
  const writes = RMS_FUNCTIONS.filter(({ effect }) => effect === 'write').map(({ operation }) =>
    operation === 'inventories.bulk.upsert' ? 'bulk-upsert' : operation,
  );
  expect(writes.length).toBe(6);
  for (const name of writes) {
    const sent = rms.requests.filter(({ path }) => functionOf(path) === name);
    expect([name, sent.length]).toEqual([name, 1]);
    expect([name, sent.flatMap(({ body }) => values(body)).filter((value) => value !== '')]).toEqual([
      name,
      [],
    ]);
  }
  const methods = rms.requests.map(({ method }) => method);
  expect([...new Set(methods)].sort()).toEqual(['GET', 'POST']);
});

test('every request waits for its turn at the limit of its family', async () => {
  const turns: string[] = [];
  let waiting = 0;
  let most = 0;
  await open({
    ...freeLimiter,
    take: async (_shopId, family) => {
      turns.push(family);
      if (family === 'order') {
        waiting += 1;
        most = Math.max(most, waiting);
      }
      return {
        ...USUAL,
        begin: async () => {
          if (family === 'order') waiting -= 1;
        },
      };
    },
  }).testFunctions();
  expect(turns.sort()).toEqual(calls.map(({ family }) => family).sort());
  expect(turns).toHaveLength(rms.requests.length);
  expect(most).toBe(1);
});

test('a limit that cannot be told keeps its functions from being called', async () => {
  const answers = await open({
    ...freeLimiter,
    take: async () => {
      throw new Error('PostgreSQL is away');
    },
  }).testFunctions();
  expect(rms.requests).toEqual([]);
  expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['no_turn']));
});

test.each([[404], [405], [415]])(
  'a call that Rakuten does not know (%i) says nothing of the key',
  async (status) => {
    rms.script = json(status, { errors: [{ code: 'GE0007', message: '' }] });
    const answers = await open().testFunctions();
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['not_understood']));
  },
);

test.each(['GK0001', 'GK0005'])('misshapen credentials (%s) are a refusal', async (code) => {
  rms.script = json(400, { errors: [{ code, message: '' }] });
  const answers = await open().testFunctions();
  expect(answers.every((answer) => answer.outcome === 'refused' && answer.code === code)).toBe(true);
});

describe('what an answer tells of Rakuten’s clock', () => {
  const hour = 3_600_000;
  const at = (headers: Record<string, string>) => {
    rms.script = (request, response) => {
      // Node's own Date must not stand for Rakuten's.
      response.sendDate = false;
      return json(200, { expiryDate: '2026-11-28T23:59:59' }, headers)(request, response);
    };
  };
  const ahead = async (): Promise<number | undefined> => {
    await open().getLicenseExpiry();
    return calls.at(-1)?.clock?.aheadSeconds;
  };

  it('is read from Date', async () => {
    at({ date: new Date(Date.now() - hour).toUTCString(), timestamp: '2000-01-01T00:00:00' });
    expect(Math.round(((await ahead()) ?? 0) / 60)).toBe(60);
  });

  it('or else from Timestamp, which is in UTC without saying so', async () => {
    at({ timestamp: new Date(Date.now() + hour).toISOString().slice(0, 19) });
    expect(Math.round(((await ahead()) ?? 0) / 60)).toBe(-60);
  });

  it.each([[{}], [{ date: 'yesterday', timestamp: 'soon' }]])(
    'is nothing where it tells no time: %j',
    async (headers) => {
      at(headers);
      expect(await ahead()).toBeUndefined();
    },
  );
});
