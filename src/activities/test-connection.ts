import { type FunctionAnswer, judgeConnection, summariseConnection } from '../domain/connection-test';
import { RMS_FUNCTIONS } from '../domain/rms-functions';
import { keyInUse, saveConnectionTest } from '../store/connection-tests';
import { findShop } from '../store/shops';
import type { ActivityContext } from './context';

/** What a test of a shop's connection is started with. */
export interface ConnectionTestInput {
  readonly shopId: string;
}

/** How a test ended; what it found stands in PostgreSQL. */
export interface ConnectionTestResult {
  readonly state: 'done' | 'failed';
}

/** The activities of a test of a shop's connection. */
export const connectionActivities = (context: ActivityContext) => ({
  /**
   * Asks every function of Rakuten's that Okuri calls whether the shop's key may call it, and stores what that means.
   * Nothing is changed at Rakuten, and the shop is neither parked nor let go on; asking again does no harm.
   */
  testConnection: async ({ shopId }: ConnectionTestInput): Promise<ConnectionTestResult> => {
    const { db, now, gateway } = context;
    const [shop, key] = await Promise.all([findShop(db, shopId), keyInUse(db, shopId)]);
    if (shop === undefined || shop.retiredAt !== null || key === undefined) return { state: 'failed' };
    const answers = await gateway(shopId).testFunctions();
    // The licence function may just have told when the key ends.
    const facts = (await keyInUse(db, shopId)) ?? key;
    const testedAt = now();
    const rows = judgeConnection(byBox(answers), facts, testedAt);
    await saveConnectionTest(db, { shopId, testedAt, rows }, summariseConnection(rows, shop.settings));
    return { state: 'done' };
  },
});

/** What the test of a shop's connection can call. */
export type ConnectionActivities = ReturnType<typeof connectionActivities>;

const byBox = (answers: readonly FunctionAnswer[]): ReadonlyMap<string, FunctionAnswer> =>
  new Map(
    RMS_FUNCTIONS.flatMap(({ box, operation }) => {
      const answer = answers.find((one) => one.operation === operation);
      return answer === undefined ? [] : [[box, answer] as const];
    }),
  );
