import { eventually } from '../support/eventually';
import type { Scene } from './scene';

const DAY_MS = 86_400_000;
const PAIR = { manageNumber: 'tea', variantId: 'tea' };

/** An order of many, as the API lists it. */
interface Listed {
  readonly orderNumber: string;
  readonly stage: string;
  readonly parked: string | null;
  readonly rakutenStatus: number;
}

/** What scenes of many orders do with a shop. `count` orders take their time until all have gone on. */
export const manyOrders = (scene: Scene, count: number) => {
  const patienceS = 60 + count / 5;
  /** All orders of the shop, as the API lists them. */
  const listed = async (): Promise<Listed[]> => {
    const all: Listed[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: { items: Listed[]; nextCursor: string | null } = await scene.api(
        'GET',
        `/v1/orders?shopId=${scene.shopId}&limit=200${next}`,
      );
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    return all;
  };
  /** Order numbers in the order in which Rakuten was asked to confirm them and did. */
  const confirmed = async (): Promise<string[]> => {
    const path = `/control/calls?shop=${scene.shopId}&operation=confirmOrder&orders=true`;
    const { calls } = await scene.control<{ calls: { httpStatus: number; orderNumbers: string[] }[] }>(
      'GET',
      path,
    );
    return calls.filter(({ httpStatus }) => httpStatus === 200).flatMap(({ orderNumbers }) => orderNumbers);
  };
  /** Puts a SKU on sale of which everybody may have one. */
  const sell = async (): Promise<void> => {
    const quantity = count * 2 + 1_000;
    const skuCode = `${scene.shopId}-TEA`.toUpperCase();
    const inventories = [{ ...PAIR, quantity }];
    await scene.control('PUT', `/control/shops/${scene.shopId}/inventory`, { inventories });
    await scene.api('PUT', '/v1/skus', { skus: [{ skuCode, name: 'tea' }] });
    await scene.api('POST', '/v1/stock/movements', {
      ...{ skuCode, kind: 'receive', quantity, reason: 'opening' },
    });
    await scene.api('PUT', '/v1/sku-links', { shopId: scene.shopId, links: [{ ...PAIR, skuCode }] });
  };
  /** Buyers ordered one unit each, so many days ago. @returns the order numbers */
  const buy = async (orders: number, daysAgo: number): Promise<string[]> => {
    const overrides = {
      ...{ settlementMethod: 1, destinations: 1, wishedDate: false },
      lines: [{ ...PAIR, units: 1 }],
      orderDatetime: new Date(Date.now() - daysAgo * DAY_MS).toISOString(),
    };
    const path = `/control/shops/${scene.shopId}/orders`;
    return (await scene.control<{ orderNumbers: string[] }>('POST', path, { count: orders, overrides }))
      .orderNumbers;
  };
  /** Waits until so many orders are there, and all of them look so. */
  const all = (orders: number, looks: (order: Listed) => boolean): Promise<Listed[]> =>
    eventually(listed, (seen) => seen.length === orders && seen.every(looks), patienceS);
  return {
    /** Half of the orders are due sooner than the others; all are taken in, and wait because nobody confirms. */
    waitForConfirmation: async (): Promise<{ urgent: string[]; others: string[] }> => {
      await sell();
      const others = await buy(count / 2, 0);
      const urgent = await buy(count / 2, 3);
      const settings = { automaticOrderIntegration: true, automaticShippingInstructions: false };
      await scene.api('PATCH', `/v1/shops/${scene.shopId}`, { settings });
      await all(count, ({ rakutenStatus, stage }) => rakutenStatus === 100 && stage === 'awaiting_rakuten');
      return { urgent, others };
    },
    buy,
    all,
    /** Waits until Rakuten was asked to confirm all of these and did. */
    areConfirmed: (numbers: readonly string[]): Promise<Set<string>> =>
      eventually(
        async () => new Set(await confirmed()),
        (told) => numbers.every((number) => told.has(number)),
        patienceS,
      ),
    /** Each was confirmed once, and the urgent ones before the others on the whole. */
    expectUrgentFirst: async (urgent: readonly string[], others: readonly string[]): Promise<void> => {
      const sequence = await confirmed();
      expect(new Set(sequence).size).toBe(sequence.length);
      const meanRank = (numbers: readonly string[]) =>
        numbers.reduce((sum, number) => sum + sequence.indexOf(number), 0) / numbers.length;
      expect(meanRank(urgent)).toBeLessThan(meanRank(others));
    },
  };
};
