import fc from 'fast-check';
import { createGateway } from '../../src/rms/gateway';
import type { RateLimiter } from '../../src/rms/ports';
import { type FakeRms, json, startFakeRms } from './support/fake-rms';
import { bareOrder, info } from './support/payloads';

/** What the server knows of an order is written in its number: `<what>-<n>`. */
const FATES = ['found', 'not_found', 'malformed', 'refused'] as const;
const fateOf = (number: string) => number.split('-')[0];

let rms: FakeRms;
beforeAll(async () => {
  rms = await startFakeRms((request, response) => {
    const numbers = request.body.orderNumberList as string[];
    if (numbers.some((number) => fateOf(number) === 'refused')) return json(400, { x: 1 })(request, response);
    const known = numbers.filter((number) => fateOf(number) !== 'not_found');
    return json(200, {
      MessageModelList: [
        info('GET_ORDER_INFO_101'),
        ...numbers
          .filter((number) => !known.includes(number))
          .map((number) => info('GET_ORDER_INFO_102', number)),
      ],
      // Rakuten promises no order of its answers.
      OrderModelList: known
        .map((number) => bareOrder(number, fateOf(number) === 'malformed' ? { orderProgress: 'new' } : {}))
        .reverse(),
    })(request, response);
  });
});
afterAll(() => rms.close());

/** Grants each token after as many turns of the event loop as the run says. */
const paced = (pauses: readonly number[]): RateLimiter => {
  let taken = 0;
  return {
    take: async () => {
      const pause = pauses[taken++ % pauses.length] ?? 0;
      for (let turn = 0; turn < pause; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    },
    slowDown: async () => undefined,
  };
};

const orderNumber = fc
  .tuple(fc.constantFrom(...FATES.slice(0, 3)), fc.nat({ max: 60 }))
  .map(([fate, n]) => `${fate}-${n}`);

describe('whatever is coalesced, every caller gets its own answer', () => {
  it('for any mixture of orders, arrivals and waits, with one number that spoils whole requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(orderNumber, fc.nat({ max: 3 })), { minLength: 1, maxLength: 130 }),
        fc.option(fc.nat({ max: 130 }), { nil: undefined }),
        fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
        async (arrivals, spoiler, pauses) => {
          const connection = async () => rms.connection;
          const gateway = createGateway({ shopId: 'shop', connection, limiter: paced(pauses) });
          const asked = arrivals.map(([number, turn], index) => ({
            number: index === spoiler ? 'refused-1' : number,
            turn,
          }));
          const answers = asked.map(async ({ number, turn }) => {
            for (let passed = 0; passed < turn; passed += 1)
              await new Promise((resolve) => setImmediate(resolve));
            const answer = await gateway.getOrder(number).catch((error: { kind: string }) => error);
            const own =
              'order' in answer
                ? answer.order.orderNumber
                : 'error' in answer
                  ? answer.error.orderNumber
                  : '';
            return `${answer.kind} ${own}`.trim();
          });
          const expected = asked.map(({ number }) => {
            const fate = fateOf(number) ?? '';
            return fate === 'found' || fate === 'malformed' ? `${fate} ${number}` : fate;
          });
          expect(await Promise.all(answers)).toEqual(expected);
          await gateway.close();
        },
      ),
      { numRuns: 40 },
    );
  });
});
