import { createGateway, type GatewayOptions, type RmsGateway } from '../../src/rms/gateway';
import type { ObservedCall } from '../../src/rms/ports';
import { type Arrived, type FakeRms, json, type Script, startFakeRms } from './support/fake-rms';
import { createGate, freeLimiter, type Gate, USUAL } from './support/limiters';
import { no, numbered } from './support/numbers';
import { confirmed, foundOrders, refusal } from './support/payloads';

/** Batches gather as ever, but not for seconds. */
const BRIEF = { quietMs: () => 50, longestMs: 200 };

let rms: FakeRms;
let gate: Gate;
let calls: ObservedCall[];
let opened: RmsGateway[];

beforeEach(async () => {
  rms = await startFakeRms();
  gate = createGate();
  calls = [];
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((gateway) => gateway.close()));
  await rms.close();
});

function open(changes: Partial<GatewayOptions> = {}): RmsGateway {
  const gateway = createGateway({
    shopId: 'shop',
    connection: async () => rms.connection,
    limiter: gate,
    observer: { call: (call) => calls.push(call) },
    linger: BRIEF,
    ...changes,
  });
  opened.push(gateway);
  return gateway;
}

const numbersOf = ({ body }: Arrived): string[] => body.orderNumberList as string[];
const operationOf = ({ path }: Arrived): string => path.split('/').filter(Boolean).at(-1) ?? '';
const thirtySeventh = numbered(38).at(-1) ?? '';
const search = {
  dateType: 'ordered',
  start: new Date(Date.now() - 60_000),
  end: new Date(),
  page: 1,
  pageSize: 10,
  sort: 'asc',
} as const;

/** Answers every call of the order API with success. */
const obliging: Script = (request, response) => {
  const answers: Record<string, () => unknown> = {
    getOrder: () => foundOrders(numbersOf(request)),
    confirmOrder: () => confirmed(numbersOf(request)),
    searchOrder: () => ({ orderNumberList: [], MessageModelList: [] }),
    updateOrderShipping: () => ({
      MessageModelList: [
        { messageType: 'INFO', messageCode: 'X_INFO_101', message: '', shippingDetailId: 1 },
      ],
    }),
    'bulk-get': () => ({ inventories: [] }),
  };
  return json(200, answers[operationOf(request)]?.())(request, response);
};

/** Like `obliging`, but refuses every request as a whole in which one of these numbers is. */
const refusing =
  (...bad: string[]): Script =>
  (request, response) => {
    const refused = numbersOf(request).some((number) => bad.includes(number));
    const MessageModelList = [refusal('GET_ORDER_ERROR_011')];
    return refused ? json(400, { MessageModelList })(request, response) : obliging(request, response);
  };

const kinds = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.kind));

describe('a batch closes when its token is granted', () => {
  it('a lone call leaves at once', async () => {
    rms.script = obliging;
    await expect(open({ limiter: freeLimiter }).getOrder(no('a'))).resolves.toMatchObject({ kind: 'found' });
  });

  it('250 calls that wait leave in three requests, and everybody gets its own order', async () => {
    rms.script = obliging;
    const gateway = open();
    const waiting = Promise.all(numbered(250).map((number) => gateway.getOrder(number)));
    for (let token = 0; token < 3; token += 1) await gate.grant();
    const answers = await waiting;
    expect(answers.map((answer) => (answer.kind === 'found' ? answer.order.orderNumber : ''))).toEqual(
      numbered(250),
    );
    expect(rms.requests.map((request) => numbersOf(request).length)).toEqual([100, 100, 50]);
  });

  it('what comes while the token is waited for goes along', async () => {
    rms.script = obliging;
    const gateway = open();
    const first = gateway.confirmOrder(no('a'));
    await new Promise((resolve) => setImmediate(resolve));
    const second = gateway.confirmOrder(no('b'));
    await gate.grant();
    await expect(Promise.all([first, second])).resolves.toEqual([
      { kind: 'confirmed' },
      { kind: 'confirmed' },
    ]);
    expect(rms.requests).toHaveLength(1);
  });

  it('the same order asked twice is asked once', async () => {
    rms.script = obliging;
    const gateway = open();
    const waiting = Promise.all([
      gateway.getOrder(no('a')),
      gateway.getOrder(no('a')),
      gateway.getOrder(no('b')),
    ]);
    await gate.grant();
    expect((await waiting).map(({ kind }) => kind)).toEqual(['found', 'found', 'found']);
    expect(rms.requests.map(numbersOf)).toEqual([[no('a'), no('b')]]);
  });

  it('a flow is waited for until it ends, but not by calls that come with their company', async () => {
    rms.script = obliging;
    const gateway = open({ limiter: freeLimiter, linger: { quietMs: () => 60_000, longestMs: 60_000 } });
    const gathering = numbered(3).map((number) => gateway.confirmOrder(number));
    const sweep = await gateway.getOrders(numbered(50));
    expect(sweep.size).toBe(50);
    expect(rms.requests.map((request) => [operationOf(request), numbersOf(request).length])).toEqual([
      ['getOrder', 50],
    ]);
    await gateway.close();
    await expect(Promise.allSettled(gathering)).resolves.toHaveLength(3);
  });

  it('a flow is waited for only as long as the token is worth that it saves', async () => {
    rms.script = obliging;
    const tookMs = async (intervalMs: number): Promise<number> => {
      const limiter = { ...freeLimiter, take: async () => ({ ...USUAL, intervalMs }) };
      const gateway = createGateway({ shopId: 'shop', connection: async () => rms.connection, limiter });
      opened.push(gateway);
      await gateway.confirmOrder(no('first'));
      const began = Date.now();
      await Promise.all(numbered(3).map((number) => gateway.confirmOrder(number)));
      return Date.now() - began;
    };
    expect(await tookMs(1_000)).toBeGreaterThan(1_700);
    expect(await tookMs(10)).toBeLessThan(1_000);
    expect(rms.requests.map((request) => numbersOf(request).length)).toEqual([1, 3, 1, 3]);
  });

  it('after a large batch the flow counts as large for a while: its last callers gather, too', async () => {
    rms.script = obliging;
    const quietMs = (waiting: number) => (waiting >= 50 ? 1_000 : 1);
    const gateway = open({ limiter: freeLimiter, linger: { quietMs, longestMs: 5_000 } });
    await Promise.all(numbered(100).map((number) => gateway.getOrder(number)));
    const stragglers = ['a', 'b', 'c'].map(async (tag, index) => {
      await new Promise((resolve) => setTimeout(resolve, 50 * index));
      return gateway.getOrder(no(tag));
    });
    await Promise.all(stragglers);
    expect(rms.requests.map((request) => numbersOf(request).length)).toEqual([100, 3]);
  });

  it('keys are asked for at every request, so they can change', async () => {
    rms.script = obliging;
    let key = 0;
    const credentials = () => ({ serviceSecret: 's', licenseKey: `key${++key}` });
    const gateway = open({
      limiter: freeLimiter,
      connection: async () => ({ ...rms.connection, credentials: credentials() }),
    });
    await gateway.getOrder(no('a'));
    await gateway.getOrder(no('a'));
    const sent = rms.requests.map(({ headers }) => headers.authorization);
    expect(sent).toEqual(['s:key1', 's:key2'].map((pair) => `ESA ${Buffer.from(pair).toString('base64')}`));
  });
});

describe('the most urgent call goes first', () => {
  const at = (ms: number) => ({ deadline: new Date(ms) });
  const rows = [{ basketId: 1, rows: [{ shippingNumber: '1' }] }];

  it('orders by deadline, searches after all order work', async () => {
    rms.script = obliging;
    const gateway = open();
    const done = Promise.all([
      gateway.searchOrder(search, at(1)),
      gateway.reportShipping({ orderNumber: no('late'), baskets: rows }, at(3000)),
      gateway.confirmOrder(no('a'), at(2000)),
      gateway.reportShipping({ orderNumber: no('soon'), baskets: rows }, at(1000)),
    ]);
    for (let token = 1; token <= 4; token += 1) {
      await gate.grant();
      while (calls.length < token) await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    expect(rms.requests.map((request) => request.body.orderNumber ?? operationOf(request))).toEqual([
      no('soon'),
      'confirmOrder',
      no('late'),
      'searchOrder',
    ]);
  });

  it('a full batch leaves the least urgent behind', async () => {
    rms.script = obliging;
    const gateway = open();
    const background = gateway.getOrders([no('later')]);
    const urgent = numbered(100).map((number) => gateway.getOrder(number, at(1000)));
    await gate.grant();
    await Promise.all(urgent);
    expect(numbersOf(rms.requests[0] as Arrived)).not.toContain(no('later'));
    await gate.grant();
    await expect(background).resolves.toHaveProperty('size', 1);
  });

  it('a search that has waited ten seconds gets the next turn', async () => {
    rms.script = obliging;
    let now = 0;
    const gateway = open({ now: () => now });
    const first = gateway.searchOrder(search);
    now = 10_000;
    const second = gateway.confirmOrder(no('a'), at(1));
    await gate.grant();
    await first;
    expect(rms.requests.map(operationOf)).toEqual(['searchOrder']);
    await gate.grant();
    await second;
  });
});

describe('one caller does not spoil the call of another', () => {
  it('one bad number among a hundred fails alone, in bounded requests', async () => {
    rms.script = refusing(thirtySeventh);
    const gateway = open({ limiter: freeLimiter });
    const results = await Promise.allSettled(numbered(100).map((number) => gateway.getOrder(number)));
    expect(kinds(results).flatMap((kind, index) => (kind === 'ok' ? [] : [[index, kind]]))).toEqual([
      [37, 'refused'],
    ]);
    expect(rms.requests.length).toBeLessThanOrEqual(15);
  });

  it('a refusal of everything ends after a bounded number of requests', async () => {
    rms.script = refusing(...numbered(100));
    const gateway = open({ limiter: freeLimiter });
    const results = await Promise.allSettled(numbered(100).map((number) => gateway.getOrder(number)));
    expect(new Set(kinds(results))).toEqual(new Set(['refused']));
    expect(rms.requests.length).toBeLessThanOrEqual(21);
  });

  it('RELATIVE stock is never sent again in halves; ABSOLUTE is', async () => {
    rms.script = json(400, { errors: [{ code: 'IE0117', message: 'x' }] });
    const gateway = open({ limiter: freeLimiter });
    const entries = (mode: 'ABSOLUTE' | 'RELATIVE') =>
      ['a', 'b', 'c', 'd'].map((variantId) => ({ manageNumber: 'm', variantId, mode, quantity: 1 }));
    const relative = await gateway.upsertInventory(entries('RELATIVE'));
    expect(rms.requests).toHaveLength(1);
    expect(relative.map((outcome) => outcome.kind === 'failed' && outcome.error.kind)).toEqual(
      Array(4).fill('refused'),
    );
    await gateway.upsertInventory(entries('ABSOLUTE'));
    expect(rms.requests).toHaveLength(1 + 7);
  });

  it('the same pair twice in one write takes effect twice, in two requests', async () => {
    rms.script = json(204, undefined);
    const entry = { manageNumber: 'm', variantId: 'v', mode: 'RELATIVE', quantity: -1 } as const;
    const outcomes = await open({ limiter: freeLimiter }).upsertInventory([
      entry,
      { ...entry, manageNumber: 'M' },
    ]);
    expect(outcomes).toEqual([{ kind: 'written' }, { kind: 'written' }]);
    expect(rms.requests.map(({ body }) => (body.inventories as unknown[]).length)).toEqual([1, 1]);
  });

  it('writes of two callers never share a request', async () => {
    rms.script = json(204, undefined);
    const gateway = open();
    const entry = { manageNumber: 'm', mode: 'ABSOLUTE', quantity: 1 } as const;
    const both = Promise.all([
      gateway.upsertInventory([{ ...entry, variantId: 'a' }]),
      gateway.upsertInventory([{ ...entry, variantId: 'b' }]),
    ]);
    await gate.grant();
    await gate.grant();
    await both;
    expect(rms.requests).toHaveLength(2);
  });
});

describe('failure and its limits', () => {
  it('a write without an answer is unknown to each of its callers, and slows the shop down', async () => {
    rms.script = (_request, response) => {
      response.destroy();
    };
    const gateway = open();
    const waiting = Promise.allSettled([gateway.confirmOrder(no('a')), gateway.confirmOrder(no('b'))]);
    await gate.grant();
    expect(kinds(await waiting)).toEqual(['unknown_outcome', 'unknown_outcome']);
    expect(rms.requests).toHaveLength(1);
    expect(gate.slowDowns).toEqual([{ family: 'order', ms: 1000 }]);
  });

  it('steps grow while Rakuten is overloaded, follow its wish, and start anew after a success', async () => {
    const gateway = open();
    const scripts = [
      json(503, undefined),
      json(429, undefined),
      json(429, undefined, { 'retry-after': '30' }),
    ];
    for (const script of [...scripts, obliging, json(503, undefined)]) {
      rms.script = script;
      const call = Promise.allSettled([gateway.getOrder(no('a'))]);
      await gate.grant();
      await call;
    }
    expect(gate.slowDowns.map(({ ms }) => ms)).toEqual([1000, 2000, 30_000, 1000]);
    expect(calls.map(({ outcome }) => outcome)).toEqual([
      'unavailable',
      'throttled',
      'throttled',
      'ok',
      'unavailable',
    ]);
  });

  it('a call that gets no turn in time is busy and is not sent later', async () => {
    rms.script = obliging;
    const gateway = open();
    const late = gateway.confirmOrder(no('late'), { maxWaitMs: 20 });
    await expect(late).rejects.toMatchObject({ kind: 'busy', operation: 'confirmOrder' });
    const patient = gateway.confirmOrder(no('patient'));
    await gate.grant();
    await patient;
    expect(rms.requests.map(numbersOf)).toEqual([[no('patient')]]);
  });

  it('a call that has been sent is not busy, however long its answer takes', async () => {
    rms.script = async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return obliging(request, response);
    };
    const call = open().confirmOrder(no('a'), { maxWaitMs: 30 });
    await gate.grant();
    await expect(call).resolves.toEqual({ kind: 'confirmed' });
  });

  it('a call that is taken back while it waits is not sent', async () => {
    rms.script = obliging;
    const gateway = open();
    const { signal, abort } = (() => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: () => controller.abort() };
    })();
    const withdrawn = gateway.confirmOrder(no('withdrawn'), { signal });
    const other = gateway.confirmOrder(no('other'));
    abort();
    await expect(withdrawn).rejects.toMatchObject({ kind: 'withdrawn' });
    await gate.grant();
    await other;
    expect(rms.requests.map(numbersOf)).toEqual([[no('other')]]);
  });

  it('without its limiter a shop is not called, and the reason is told', async () => {
    const cause = new Error('database away');
    const limiter = { ...freeLimiter, take: () => Promise.reject(cause) };
    await expect(open({ limiter }).getOrder(no('a'))).rejects.toMatchObject({ kind: 'busy', cause });
    expect(rms.requests).toHaveLength(0);
  });

  it('without its limiter a request does not leave even at the last moment, and nothing is unknown about it', async () => {
    const cause = new Error('database away');
    const turn = { ...USUAL, begin: () => Promise.reject(cause) };
    const limiter = { ...freeLimiter, take: async () => turn };
    await expect(open({ limiter }).confirmOrder(no('a'))).rejects.toMatchObject({ kind: 'busy', cause });
    expect(rms.requests).toHaveLength(0);
  });

  it('a shop without keys gives the reason as it is', async () => {
    const reason = new Error('no key');
    const gateway = open({ limiter: freeLimiter, connection: () => Promise.reject(reason) });
    await expect(gateway.getOrder(no('a'))).rejects.toBe(reason);
    expect(calls).toMatchObject([{ outcome: 'no_connection' }]);
  });

  it('close takes back what waits, lets what is in flight finish, and admits nobody', async () => {
    const held: (() => void)[] = [];
    rms.script = async (request, response) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return obliging(request, response);
    };
    const gateway = open();
    const inFlight = gateway.confirmOrder(no('in flight'));
    await gate.grant();
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const waiting = gateway.confirmOrder(no('waiting'));
    const closing = gateway.close();
    await expect(waiting).rejects.toMatchObject({ kind: 'withdrawn' });
    await expect(gateway.getOrder(no('late'))).rejects.toMatchObject({ kind: 'withdrawn' });
    let closed = false;
    const settled = closing.then(() => {
      closed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    held.forEach((release) => {
      release();
    });
    await settled;
    await expect(inFlight).resolves.toEqual({ kind: 'confirmed' });
    expect(rms.requests).toHaveLength(1);
  });
});

describe('the rest of the gateway', () => {
  it('splits a sweep into full requests and gives an answer per number', async () => {
    rms.script = obliging;
    const answers = await open({ limiter: freeLimiter }).getOrders([...numbered(150), ...numbered(1)]);
    expect(answers.size).toBe(150);
    expect(rms.requests.map((request) => numbersOf(request).length)).toEqual([100, 50]);
  });

  it('a number that nobody can ask for fails alone in a sweep, and before a call is spent on it', async () => {
    rms.script = obliging;
    const answers = await open({ limiter: freeLimiter }).getOrders([...numbered(2), 'not a number']);
    expect([...answers.values()].map(({ kind }) => kind)).toEqual(['found', 'found', 'malformed']);
    expect(rms.requests.flatMap(numbersOf)).toEqual(numbered(2));
  });

  it('tells its observer what was sent, how much of it, and how long it waited', async () => {
    rms.script = obliging;
    let now = 0;
    const gateway = open({ now: () => now });
    const pair = { manageNumber: 'm', variantId: 'v' };
    const stock = gateway.getInventory([pair, { ...pair, variantId: 'w' }]);
    now = 250;
    await gate.grant();
    await expect(stock).resolves.toEqual(new Map());
    expect(calls).toEqual([
      {
        shopId: 'shop',
        operation: 'inventories.bulk.get',
        family: 'inventories.bulk.get',
        effect: 'read',
        outcome: 'ok',
        httpStatus: 200,
        codes: [],
        clock: { aheadSeconds: expect.any(Number), withinSeconds: expect.any(Number) },
        startedAt: new Date(250),
        durationMs: 0,
        batchSize: 2,
        batchLimit: 1000,
        orderNumbers: [],
        waitedMs: 250,
        request: {
          inventories: [
            { manageNumber: 'm', variantId: 'v' },
            { manageNumber: 'm', variantId: 'w' },
          ],
        },
        response: { inventories: [] },
      },
    ]);
  });
});
