import { createGateway, type GatewayOptions, type RmsGateway } from '../../src/rms/gateway';
import type { ObservedCall } from '../../src/rms/ports';
import { type Arrived, type FakeRms, json, type Script, startFakeRms } from './support/fake-rms';
import { createCircuit, createGate, freeLimiter, parkedBy, USUAL } from './support/limiters';
import { no, numbered } from './support/numbers';
import { confirmed, foundOrders } from './support/payloads';

let rms: FakeRms;
let circuit: ReturnType<typeof createCircuit>;
let calls: ObservedCall[];
let opened: RmsGateway[];

beforeEach(async () => {
  rms = await startFakeRms();
  circuit = createCircuit();
  calls = [];
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((gateway) => gateway.close()));
  await rms.close();
});

const open = ({ limiter = freeLimiter, ...changes }: Partial<GatewayOptions> = {}): RmsGateway => {
  const gateway = createGateway({
    shopId: 'shop',
    connection: async () => rms.connection,
    circuit,
    observer: { call: (call) => calls.push(call) },
    linger: { quietMs: () => 50, longestMs: 200 },
    ...changes,
    limiter: parkedBy(changes.circuit ?? circuit, limiter),
  });
  opened.push(gateway);
  return gateway;
};

const numbersOf = ({ body }: Arrived): string[] => body.orderNumberList as string[];
const functionOf = ({ path }: Arrived): string => path.split('/').filter(Boolean).at(-1) ?? '';
const unauthorised = json(401, { Results: { errorCode: 'ES01-01', message: 'Un-Authorised' } });
const badRequest = json(400, { Results: { errorCode: 'ES04-01', message: 'Bad Request' } });
const noHits = {
  orderNumberList: [],
  MessageModelList: [{ messageType: 'INFO', messageCode: 'X', message: '' }],
};

/** A Rakuten whose functions answer as named, and well where they are not. */
const rakuten =
  (answers: Readonly<Record<string, Script>> = {}): Script =>
  (request, response) => {
    const own = answers[functionOf(request)];
    if (own !== undefined) return own(request, response);
    const well: Record<string, () => unknown> = {
      getOrder: () => foundOrders(numbersOf(request)),
      confirmOrder: () => confirmed(numbersOf(request)),
      searchOrder: () => noHits,
      'expiry-date': () => ({ expiryDate: '2026-11-28T23:59:59' }),
    };
    return json(200, well[functionOf(request)]?.())(request, response);
  };
const made = () => rms.requests.map(functionOf);

describe('a refused key', () => {
  it.each([
    ['401 ES01-01', unauthorised],
    ['400 ES04-01', badRequest],
    ['401 GA0001', json(401, { errors: [{ code: 'GA0001', message: 'Un-Authorised' }] })],
  ])(
    'that every function refuses (%s) parks the shop, and the callers hear that it is dead',
    async (_, refuse) => {
      rms.script = (request, response) => refuse(request, response);
      await expect(open().confirmOrder(no('a'))).rejects.toMatchObject({
        kind: 'unauthorised',
        keyCause: 'wrong_or_not_live',
        advice: 'wait_for_key',
      });
      expect(circuit.state?.cause).toBe('key_refused');
      expect(made()).toEqual(['confirmOrder', 'expiry-date', 'searchOrder']);
    },
  );

  it('that was known to expire before now is said to have expired', async () => {
    rms.script = unauthorised;
    const connection = async () => ({ ...rms.connection, keyExpiresAt: new Date(Date.now() - 1000) });
    await expect(open({ connection }).getOrder(no('a'))).rejects.toMatchObject({ keyCause: 'expired' });
  });

  it('of one function, while the licence function takes it, is a function that is not ticked, and parks nobody', async () => {
    rms.script = rakuten({ confirmOrder: unauthorised });
    const gateway = open();
    await expect(gateway.confirmOrder(no('a'))).rejects.toMatchObject({
      kind: 'forbidden_function',
      keyCause: 'function_not_ticked',
    });
    expect(circuit.state).toBeUndefined();
    await expect(gateway.getOrder(no('a'))).resolves.toMatchObject({ kind: 'found' });
    await expect(gateway.confirmOrder(no('b'))).rejects.toMatchObject({ keyCause: 'function_not_ticked' });
    expect(made()).toEqual(['confirmOrder', 'expiry-date', 'getOrder', 'confirmOrder']);
  });

  it('is alive as well when only the search takes it, because the licence function is not ticked either', async () => {
    rms.script = rakuten({ confirmOrder: badRequest, 'expiry-date': unauthorised });
    await expect(open().confirmOrder(no('a'))).rejects.toMatchObject({ keyCause: 'function_not_ticked' });
    expect(circuit.state).toBeUndefined();
  });

  it('says nothing of its cause, and parks nobody, while Rakuten is away', async () => {
    rms.script = rakuten({ confirmOrder: unauthorised, 'expiry-date': json(503, undefined) });
    await expect(open().confirmOrder(no('a'))).rejects.toMatchObject({
      kind: 'unauthorised',
      keyCause: undefined,
    });
    expect(circuit.state).toBeUndefined();
  });

  it('is asked about once, however many calls were refused together', async () => {
    rms.script = unauthorised;
    const gateway = open();
    const results = await Promise.allSettled([
      gateway.confirmOrder(no('a')),
      gateway.getOrder(no('a')),
      gateway.getInventory([{ manageNumber: 'm', variantId: 'v' }]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(made().filter((name) => name === 'expiry-date')).toHaveLength(1);
  });

  it('that was changed while the request was under way is no failure: the request is made again with the new one', async () => {
    let licenseKey = 'SL100000_old';
    rms.script = (request, response) => {
      const used = Buffer.from(String(request.headers.authorization).slice(4), 'base64').toString();
      if (!used.endsWith('old')) return rakuten()(request, response);
      licenseKey = 'SL100000_new';
      return unauthorised(request, response);
    };
    const connection = async () => ({ ...rms.connection, credentials: { serviceSecret: 's', licenseKey } });
    await expect(open({ connection }).confirmOrder(no('a'))).resolves.toEqual({ kind: 'confirmed' });
    expect(made()).toEqual(['confirmOrder', 'confirmOrder']);
    expect(circuit.state).toBeUndefined();
  });
});

describe('a refused key of a shop that has others', () => {
  /** A Rakuten that takes the keys that are named, and a shop that goes by the first of its keys. */
  const shopOf = (keyIds: readonly string[], alive: readonly string[]) => {
    let inUse = keyIds[0] ?? '';
    rms.script = (request, response) => {
      const used = Buffer.from(String(request.headers.authorization).slice(4), 'base64').toString();
      const taken = alive.some((keyId) => used.endsWith(keyId));
      return (taken ? rakuten() : unauthorised)(request, response);
    };
    const gateway = open({
      connection: async (keyId = inUse) => ({
        ...rms.connection,
        credentials: { serviceSecret: 's', licenseKey: `SL1_${keyId}` },
        keyId,
      }),
      keys: {
        others: async () => keyIds.filter((keyId) => keyId !== inUse),
        fallBack: async (_shop, refused, keyId) => {
          if (inUse === refused) inUse = keyId;
        },
      },
    });
    return { gateway, inUse: () => inUse };
  };

  it('is replaced by one that Rakuten takes, and every call is made again with that', async () => {
    const { gateway, inUse } = shopOf(['dead', 'dying', 'good'], ['good']);
    const answers = await Promise.all([
      gateway.confirmOrder(no('a')),
      gateway.getOrder(no('b')),
      gateway.getLicenseExpiry(),
    ]);
    expect(answers).toMatchObject([{ kind: 'confirmed' }, { kind: 'found' }, expect.any(Date)]);
    expect(inUse()).toBe('good');
    expect(circuit.state).toBeUndefined();
  });

  it('parks the shop when none of them is taken', async () => {
    const { gateway, inUse } = shopOf(['dead', 'dying'], []);
    await expect(gateway.getOrder(no('a'))).rejects.toMatchObject({ keyCause: 'wrong_or_not_live' });
    expect(circuit.state).toMatchObject({ cause: 'key_refused' });
    expect(inUse()).toBe('dead');
  });

  it('is asked about by its own name, parked or not', async () => {
    const { gateway } = shopOf(['dead', 'good'], ['good']);
    circuit.state = { cause: 'key_refused', since: new Date() };
    expect(await gateway.examine('good')).toEqual({ order: 'taken', inventory: 'taken' });
    expect(await gateway.examine('dead')).toEqual({ order: 'refused', licence: 'refused' });
    expect(await gateway.askAbout('good', 'licence')).toBe('taken');
    expect(await gateway.fallBack()).toBe(true);
  });
});

describe('a parked shop', () => {
  it('is not called: who calls is told at once, with the reason', async () => {
    circuit.state = { cause: 'key_refused', since: new Date() };
    const gateway = open();
    const results = await Promise.allSettled([
      ...numbered(300).map((number) => gateway.getOrder(number)),
      gateway.getLicenseExpiry(),
    ]);
    const errors = results.map((result) => (result.status === 'rejected' ? result.reason : undefined));
    for (const error of errors)
      expect(error).toMatchObject({ kind: 'parked', parkedBecause: 'key_refused', advice: 'wait_for_key' });
    expect(rms.requests).toHaveLength(0);
  });

  it('that was parked by another process while a call waited for its turn is not called either', async () => {
    const gate = createGate();
    rms.script = rakuten();
    const waiting = open({ limiter: gate }).getOrder(no('a'));
    while (gate.pending() === 0) await new Promise((resolve) => setImmediate(resolve));
    circuit.state = { cause: 'rakuten_down', since: new Date() };
    await gate.grant();
    await expect(waiting).rejects.toMatchObject({ kind: 'parked', parkedBecause: 'rakuten_down' });
    expect(rms.requests).toHaveLength(0);
    expect(calls).toEqual([]);
  });

  it('whose circuit cannot be read is not called, and the reason is told', async () => {
    const cause = new Error('database away');
    const broken = { ...circuit, read: () => Promise.reject(cause) };
    await expect(open({ circuit: broken }).getOrder(no('a'))).rejects.toMatchObject({ kind: 'busy', cause });
    expect(rms.requests).toHaveLength(0);
  });
});

describe('a Rakuten that is away', () => {
  const failOnce = (gateway: RmsGateway) =>
    gateway.getOrder(no('a')).catch(({ kind }: { kind: string }) => kind);

  it('parks the shop after four failures in a row, and not before', async () => {
    rms.script = json(503, undefined);
    const gateway = open();
    for (let failure = 1; failure <= 3; failure += 1) expect(await failOnce(gateway)).toBe('unavailable');
    expect(circuit.state).toBeUndefined();
    expect(await failOnce(gateway)).toBe('unavailable');
    expect(circuit.state?.cause).toBe('rakuten_down');
    expect(await failOnce(gateway)).toBe('parked');
    expect(rms.requests).toHaveLength(4);
  });

  it('once it is back, one more failure is a hiccup again', async () => {
    rms.script = json(503, undefined);
    const gateway = open();
    for (let failure = 1; failure <= 4; failure += 1) await failOnce(gateway);
    expect(await failOnce(gateway)).toBe('parked');
    circuit.state = undefined;
    expect(await failOnce(gateway)).toBe('unavailable');
    expect(circuit.state).toBeUndefined();
  });

  it('one success in between starts the count anew', async () => {
    const gateway = open();
    for (const script of [503, 503, 503, 200, 503, 503, 503]) {
      rms.script = script === 200 ? rakuten() : json(script, undefined);
      await failOnce(gateway);
    }
    expect(circuit.state).toBeUndefined();
  });

  it('asking for less is not being away', async () => {
    rms.script = json(429, undefined);
    const gateway = open();
    for (let failure = 1; failure <= 6; failure += 1) expect(await failOnce(gateway)).toBe('throttled');
    expect(circuit.state).toBeUndefined();
  });

  it('an inventory API that is away keeps nobody from orders', async () => {
    rms.script = rakuten({ 'bulk-get': json(503, undefined) });
    const gateway = open();
    for (let failure = 1; failure <= 5; failure += 1)
      await gateway.getInventory([{ manageNumber: 'm', variantId: 'v' }]).catch(() => undefined);
    expect(circuit.state).toBeUndefined();
    expect(await failOnce(gateway)).toMatchObject({ kind: 'found' });
  });
});

describe('a probe', () => {
  it.each([
    ['live', 'everything answers', rakuten()],
    [
      'live',
      'the search refuses and the licence function takes the key',
      rakuten({ searchOrder: unauthorised }),
    ],
    ['key_refused', 'both refuse the key', rakuten({ searchOrder: badRequest, 'expiry-date': unauthorised })],
    ['rakuten_down', 'the order API is away', rakuten({ searchOrder: json(503, undefined) })],
  ] as const)('says %s when %s, also while the shop is parked', async (verdict, _, script) => {
    circuit.state = { cause: 'rakuten_down', since: new Date() };
    rms.script = script;
    await expect(open().probe()).resolves.toBe(verdict);
    expect(calls.map(({ operation }) => operation)).toContain('searchOrder');
  });

  it('passes on when the key expires', async () => {
    rms.script = rakuten({ searchOrder: unauthorised });
    const told: Date[] = [];
    await open({ onKeyExpiry: async (at) => void told.push(at) }).probe();
    expect(told).toEqual([new Date('2026-11-28T23:59:59+09:00')]);
  });

  it('takes its turn at the limit, and ends when the gateway does', async () => {
    const gate = createGate();
    const gateway = open({ limiter: gate });
    const probing = gateway.probe();
    while (gate.pending() === 0) await new Promise((resolve) => setImmediate(resolve));
    await gateway.close();
    await expect(probing).rejects.toMatchObject({ kind: 'withdrawn' });
    expect(rms.requests).toHaveLength(0);
  });
});

describe('the pace', () => {
  it('is taken up again by steps once Rakuten serves, and only while it is slowed', async () => {
    const gate = createGate();
    rms.script = rakuten();
    const gateway = open({ limiter: gate });
    for (const slowness of [4, 1]) {
      const call = gateway.getOrder(no('a'));
      await gate.grant({ ...USUAL, slowness });
      await call;
    }
    expect(gate.speedUps).toEqual(['order']);
  });
});
