import fc from 'fast-check';
import { RmsError } from '../../src/rms/errors';
import { createGateway, type RmsGateway } from '../../src/rms/gateway';
import type { RateLimiter } from '../../src/rms/ports';
import { type Arrived, type FakeRms, json, raw, type Script, startFakeRms } from './support/fake-rms';
import { USUAL } from './support/limiters';
import { bareOrder, info, refusal } from './support/payloads';

/** What the server makes of an order. `spoils`: it refuses every request in which the order is. */
const FATES = ['found', 'not_found', 'malformed', 'unmentioned', 'spoils'] as const;
type Fate = (typeof FATES)[number];

/** How a whole request goes wrong, and what its callers may then hear; `none`: it does not. */
const FAULTS = {
  none: [],
  overloaded: ['unavailable', 'parked'],
  throttled: ['throttled'],
  broken: ['unavailable', 'unknown_outcome', 'parked'],
  cut: ['unavailable', 'unknown_outcome', 'parked'],
  hung_up: ['unavailable', 'unknown_outcome', 'parked'],
  html: ['unavailable', 'unknown_outcome', 'parked'],
} as const satisfies Record<string, readonly string[]>;
type Fault = keyof typeof FAULTS;

const answerOf: Readonly<Record<Exclude<Fault, 'none'>, Script>> = {
  overloaded: raw(503, 'text/html', '<html>503</html>'),
  throttled: json(429, undefined),
  broken: json(500, { errors: [{ code: 'X0000', message: '' }] }),
  cut: raw(200, 'application/json', '{"MessageModelList":[{"mess'),
  hung_up: (_request, response) => void response.destroy(),
  html: raw(200, 'text/html', '<html>login</html>'),
};

/** What becomes of an order is written in its number. */
const numberOf = (fate: Fate, n: number): string =>
  `100000-20260101-${FATES.indexOf(fate)}${String(n).padStart(7, '0')}`;
const fateOf = (number: string): Fate => FATES[Number(number.at(16))] ?? 'found';
const asked = ({ body }: Arrived): string[] => body.orderNumberList as string[];

/** Serves getOrder and confirmOrder by the fates of the orders, and by the faults that are due. */
const serving =
  (faults: Fault[]): Script =>
  (request, response) => {
    const fault = faults.shift() ?? 'none';
    if (fault !== 'none') return answerOf[fault](request, response);
    const numbers = asked(request);
    if (numbers.some((number) => fateOf(number) === 'spoils'))
      return json(400, { MessageModelList: [refusal('GET_ORDER_ERROR_011')] })(request, response);
    return json(200, (request.path.includes('getOrder') ? orders : confirmations)(numbers))(
      request,
      response,
    );
  };

const orders = (numbers: readonly string[]) => ({
  MessageModelList: [
    info('GET_ORDER_INFO_101'),
    ...numbers
      .filter((number) => fateOf(number) === 'not_found')
      .map((number) => info('GET_ORDER_INFO_102', number)),
  ],
  // Rakuten promises no order of its answers.
  OrderModelList: numbers
    .filter((number) => ['found', 'malformed'].includes(fateOf(number)))
    .map((number) => bareOrder(number, fateOf(number) === 'malformed' ? { orderProgress: 'new' } : {}))
    .reverse(),
});

const CONFIRM_CODE: Readonly<Record<Fate, string | undefined>> = {
  found: 'INFO_101',
  not_found: 'ERROR_102',
  malformed: 'ERROR_103',
  unmentioned: undefined,
  spoils: undefined,
};
const confirmations = (numbers: readonly string[]) => ({
  MessageModelList: numbers
    .flatMap((number) => {
      const code = CONFIRM_CODE[fateOf(number)];
      if (code === undefined) return [];
      const made = code.startsWith('INFO') ? info : refusal;
      return [made(`CONFIRM_ORDER_${code}`, number)];
    })
    .reverse(),
});

/** What a caller hears of its own order when nothing goes wrong. */
const EXPECTED = {
  getOrder: {
    found: 'found',
    not_found: 'not_found',
    malformed: 'malformed',
    unmentioned: 'malformed',
    spoils: 'refused',
  },
  confirmOrder: {
    found: 'confirmed',
    not_found: 'cancelled',
    malformed: 'already_moved_on',
    unmentioned: 'no_answer',
    spoils: 'refused',
  },
} as const;
type Function = keyof typeof EXPECTED;

interface Caller {
  readonly call: Function;
  readonly number: string;
  /** After so many turns of the event loop. */
  readonly turn: number;
  /** Gives up after so many more; Infinity for one who does not. */
  readonly patience: number;
}

const caller: fc.Arbitrary<Caller> = fc.record({
  call: fc.constantFrom<Function>('getOrder', 'confirmOrder'),
  number: fc
    .tuple(
      fc.oneof(
        { weight: 40, arbitrary: fc.constantFrom<Fate>('found', 'not_found', 'malformed', 'unmentioned') },
        { weight: 1, arbitrary: fc.constant<Fate>('spoils') },
      ),
      fc.nat({ max: 60 }),
    )
    .map(([fate, n]) => numberOf(fate, n)),
  turn: fc.nat({ max: 4 }),
  patience: fc.oneof(
    { weight: 6, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
    { weight: 1, arbitrary: fc.nat({ max: 6 }) },
  ),
});

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Grants each token after as many turns of the event loop as the run says. */
const paced = (pauses: readonly number[]): RateLimiter => {
  let taken = 0;
  return {
    take: async () => {
      await turns(pauses[taken++ % pauses.length] ?? 0);
      return USUAL;
    },
    slowDown: async () => undefined,
    speedUp: async () => undefined,
  };
};

interface Heard {
  readonly kind: string;
  /** The order that the answer is about, where it names one. */
  readonly own: string | undefined;
}

/** Makes one call, and gives what its caller heard, and how often. */
async function hear(gateway: RmsGateway, { call, number, turn, patience }: Caller): Promise<Heard[]> {
  await turns(turn);
  const heard: Heard[] = [];
  const giveUp = new AbortController();
  const waiting = gateway[call](number, { signal: giveUp.signal }).then(
    (answer) => {
      const own = 'order' in answer ? answer.order.orderNumber : undefined;
      heard.push({ kind: answer.kind, own: 'error' in answer ? answer.error.orderNumber : own });
    },
    (error: unknown) => {
      if (!(error instanceof RmsError)) throw error;
      heard.push({ kind: error.kind, own: error.orderNumber });
    },
  );
  if (Number.isFinite(patience)) {
    await turns(patience);
    giveUp.abort();
  }
  await waiting;
  return heard;
}

/** Batches gather as ever, but not for seconds. */
const BRIEF = { quietMs: () => 5, longestMs: 40 };

let rms: FakeRms;
beforeAll(async () => {
  rms = await startFakeRms();
});
afterAll(() => rms.close());

const callers = fc.array(caller, { minLength: 1, maxLength: 130 });
const pauses = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 });

/** Plays one run against the real server; gives what each caller heard, and what the server took in. */
async function play(all: readonly Caller[], faults: readonly Fault[], waits: readonly number[]) {
  rms.requests.length = 0;
  rms.script = serving([...faults]);
  const connection = async () => rms.connection;
  const gateway = createGateway({ shopId: 'shop', connection, limiter: paced(waits), linger: BRIEF });
  const heard = await Promise.all(all.map((one) => hear(gateway, one)));
  await gateway.close();
  return heard;
}

describe('whatever is coalesced and whatever goes wrong', () => {
  it('every caller hears of its own order, and what the server said of it', async () => {
    await fc.assert(
      fc.asyncProperty(callers, pauses, async (all, waits) => {
        const heard = await play(all, [], waits);
        for (const [index, { call, number, patience }] of all.entries()) {
          const [answer] = heard[index] ?? [];
          const allowed: string[] = [EXPECTED[call][fateOf(number)]];
          if (Number.isFinite(patience)) allowed.push('withdrawn');
          expect(allowed).toContain(answer?.kind);
          if (answer?.own !== undefined) expect(answer.own).toBe(number);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('every accepted call ends, once, with an answer about its own order or with what went wrong', async () => {
    const faults = fc.array(fc.constantFrom(...(Object.keys(FAULTS) as Fault[])), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(callers, faults, pauses, async (all, due, waits) => {
        const heard = await play(all, due, waits);
        const possible = new Set<string>(due.flatMap((fault) => FAULTS[fault]));
        for (const [index, { call, number, patience }] of all.entries()) {
          expect(heard[index]).toHaveLength(1);
          const [answer] = heard[index] ?? [];
          const allowed: string[] = [EXPECTED[call][fateOf(number)], ...possible];
          if (Number.isFinite(patience)) allowed.push('withdrawn');
          expect(allowed).toContain(answer?.kind);
          if (answer?.own !== undefined) expect(answer.own).toBe(number);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('no order stands twice in a request, no request is over the limit, and nobody’s write goes out again unasked', async () => {
    await fc.assert(
      fc.asyncProperty(callers, pauses, async (all, waits) => {
        const innocent = all.filter(({ number }) => fateOf(number) !== 'spoils');
        await play(innocent, [], waits);
        const sent = rms.requests.map(asked);
        for (const numbers of sent) {
          expect(new Set(numbers).size).toBe(numbers.length);
          expect(numbers.length).toBeLessThanOrEqual(100);
        }
        const writes = rms.requests.filter(({ path }) => path.includes('confirmOrder')).flatMap(asked);
        for (const number of new Set(writes)) {
          const wanted = innocent.filter(
            (one) => one.call === 'confirmOrder' && one.number === number,
          ).length;
          expect(writes.filter((one) => one === number).length).toBeLessThanOrEqual(wanted);
        }
      }),
      { numRuns: 30 },
    );
  });
});
