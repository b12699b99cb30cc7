import fc from 'fast-check';
import { assess } from '../../src/activities/assess';
import { syncActivities } from '../../src/activities/sync';
import type { OrderRef } from '../../src/domain/order';
import type { RmsGateway } from '../../src/rms/gateway';
import { findImbalances, MAIN_LOCATION } from '../../src/store/ledger';
import { findOrder } from '../../src/store/orders';
import { dirtyStock } from '../../src/store/publications';
import { addShipments, listShipments } from '../../src/store/shipments';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { balancesOf, enterMovement } from '../../src/store/stock';
import { type House, openHouse, SHOP } from '../support/house';

/** What each pair is made of: two plain SKUs, a second pair of one of them, and a set. */
const PAIRS = { a: { A: 1 }, a2: { A: 1 }, b: { B: 1 }, set: { A: 2, B: 1 } } as const;
const NAMES = ['a', 'a2', 'b', 'set'] as const;
type Name = (typeof NAMES)[number];
type Sku = 'A' | 'B';
const SKUS = ['A', 'B'] as const;
const OPENING = 12;

const unitsOf = (name: Name, sku: Sku): number => {
  const parts: Readonly<Partial<Record<Sku, number>>> = PAIRS[name];
  return parts[sku] ?? 0;
};

/** What the shop's own hands did, from which follows what can be sold, whatever our books say. */
class Shop {
  readonly onHand: Record<Sku, number> = { A: OPENING, B: OPENING };
  readonly orders: { ref: OrderRef; name: Name; units: number; state: 'open' | 'shipped' | 'cancelled' }[] =
    [];
  readonly open = () => this.orders.filter(({ state }) => state === 'open');
  needs = (sku: Sku): number =>
    this.open().reduce((sum, { name, units }) => sum + units * unitsOf(name, sku), 0);
  sellable = (name: Name): number =>
    Math.max(
      0,
      Math.min(
        ...SKUS.filter((sku) => unitsOf(name, sku) > 0).map((sku) =>
          Math.floor((this.onHand[sku] - this.needs(sku)) / unitsOf(name, sku)),
        ),
      ),
    );
}

let house: House;
let run = 0;
beforeAll(async () => {
  house = await openHouse({
    ...{ automaticOrderIntegration: true, stockSync: 'reservation', stockCoalesceSeconds: 0 },
  });
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 36_000 });
});
afterAll(() => house?.close());

const shopPath = `/control/shops/${SHOP.shopId}`;
const own = (name: string): string => `${name.toLowerCase()}-${run}`;
const sku = (name: string): string => `${name}-${run}`;

const open = async (): Promise<Shop> => {
  run += 1;
  const { db } = house.database;
  await house.control('PUT', `${shopPath}/inventory`, {
    inventories: NAMES.map((name) => ({ manageNumber: own(name), variantId: 'v', quantity: 5 })),
  });
  await putSkus(db, [
    ...SKUS.map((name) => ({ skuCode: sku(name), name })),
    {
      skuCode: sku('SET'),
      name: 'set',
      components: SKUS.map((name) => ({ skuCode: sku(name), quantity: unitsOf('set', name) })),
    },
  ]);
  const links = { a: 'A', a2: 'A', b: 'B', set: 'SET' };
  await putLinks(
    db,
    SHOP.shopId,
    NAMES.map((name) => ({ manageNumber: own(name), variantId: 'v', skuCode: sku(links[name]) })),
  );
  for (const name of SKUS) await move(name, OPENING);
  return new Shop();
};

const move = (name: Sku, quantity: number) =>
  enterMovement(house.database.db, {
    ...{ skuCode: sku(name), location: MAIN_LOCATION, kind: 'adjust', quantity },
    ...{ reason: 'count', actor: 'test' },
  });

const shown = async (): Promise<Map<string, number>> => {
  type Shown = { inventories: { manageNumber: string; quantity: number }[] };
  const { inventories } = await house.control<Shown>('GET', `${shopPath}/inventory`);
  return new Map(inventories.map(({ manageNumber, quantity }) => [manageNumber, quantity]));
};

/** What happens to a call of Rakuten: our process dies before it leaves, or after Rakuten has done it. */
type Death = { readonly call: number; readonly when: 'before' | 'after' } | undefined;

const mortal = (gateway: RmsGateway, death: Death, meanwhile: () => Promise<void>): RmsGateway => {
  let calls = 0;
  const wrap =
    <Args extends unknown[], Answer>(send: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      calls += 1;
      const dies = death !== undefined && calls === death.call;
      if (dies && death.when === 'before') throw new Error('killed');
      const answer = await send(...args);
      await meanwhile();
      if (dies) throw new Error('killed');
      return answer;
    };
  return {
    ...gateway,
    getInventory: wrap(gateway.getInventory),
    upsertInventory: wrap(gateway.upsertInventory),
    searchOrder: wrap(gateway.searchOrder),
    getOrders: wrap(gateway.getOrders),
  };
};

const sync = async (death: Death = undefined, meanwhile = async () => {}): Promise<void> => {
  const gateway = mortal(house.context.gateway(SHOP.shopId), death, meanwhile);
  const { syncShop } = syncActivities({ ...house.context, gateway: () => gateway });
  await syncShop({ shopId: SHOP.shopId }).catch((error: unknown) => {
    if (!(error instanceof Error) || error.message !== 'killed') throw error;
  });
};

const buy = async (shop: Shop, name: Name, units: number): Promise<void> => {
  // Rakuten sells what it shows, and nothing beyond.
  if (((await shown()).get(own(name)) ?? 0) < units) return;
  const lines = [{ manageNumber: own(name), variantId: 'v', units }];
  const { orderNumbers } = await house.control<{ orderNumbers: string[] }>('POST', `${shopPath}/orders`, {
    overrides: { settlementMethod: 1, destinations: 1, lines },
  });
  for (const orderNumber of orderNumbers)
    shop.orders.push({ ref: { shopId: SHOP.shopId, orderNumber }, name, units, state: 'open' });
};

const cancel = async (shop: Shop, which: number, restore: number): Promise<void> => {
  const order = shop.open()[which];
  if (order === undefined) return;
  await house.control('POST', `/control/orders/${order.ref.orderNumber}/cancel`, { restore });
  order.state = 'cancelled';
};

const ship = async (shop: Shop, which: number): Promise<void> => {
  const order = shop.open()[which];
  if (order === undefined) return;
  const { db } = house.database;
  const known = await findOrder(db, order.ref);
  const [basket] = known?.facts?.baskets ?? [];
  if (basket === undefined) return;
  const parcel = { basketId: basket.basketId, carrier: '1001', trackingNumber: '400000000001' };
  await addShipments(db, order.ref, [
    { ...parcel, shippedOn: '2026-11-20', source: 'api', reportedAt: new Date() },
  ]);
  expect(await listShipments(db, order.ref)).toHaveLength(1);
  await assess(house.context, order.ref);
  order.state = 'shipped';
  for (const name of SKUS) shop.onHand[name] -= order.units * unitsOf(order.name, name);
};

const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ buy: fc.constantFrom(...NAMES), units: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ cancel: fc.nat(3), restore: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ ship: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ count: fc.constantFrom(...SKUS), by: fc.constantFrom(-3, -1, 2, 5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      fault: fc.constantFrom(
        'lost_answer_after_commit',
        'lost_before_commit',
        'http_500',
        'conflict_409',
        'cut_json',
      ),
    }),
  },
);
const step = fc.oneof(
  { weight: 2, arbitrary: act },
  {
    weight: 3,
    arbitrary: fc.record({
      sync: fc.option(
        fc.record({ call: fc.integer({ min: 1, max: 8 }), when: fc.constantFrom('before', 'after') }),
        {
          nil: undefined,
        },
      ),
      meanwhile: fc.array(act, { maxLength: 3 }),
    }),
  },
);

const perform = async (
  shop: Shop,
  deed: typeof act extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> => {
  if ('buy' in deed) await buy(shop, deed.buy, deed.units);
  else if ('cancel' in deed) await cancel(shop, deed.cancel, deed.restore);
  else if ('ship' in deed) await ship(shop, deed.ship);
  else if ('count' in deed) {
    await move(deed.count, deed.by);
    shop.onHand[deed.count] += deed.by;
  } else
    await house.control('POST', '/control/faults', {
      operation: 'inventories.bulk.upsert',
      kind: deed.fault,
      times: 1,
    });
};

test('whatever sells, ships, is cancelled, dies or stays unanswered: once it is quiet Rakuten shows what can be sold, and the books add up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async (steps) => {
      const shop = await open();
      for (const one of steps) {
        if (!('sync' in one)) {
          await perform(shop, one);
          continue;
        }
        const pending = [...one.meanwhile];
        await sync(one.sync, async () => {
          const deed = pending.shift();
          if (deed !== undefined) await perform(shop, deed);
        });
      }
      await house.control('DELETE', '/control/faults');
      for (let quiet = 0; quiet < 12; quiet += 1) {
        await sync();
        if ((await dirtyStock(house.database.db, SHOP.shopId, 1)).length === 0) break;
      }
      const theirs = await shown();
      expect(Object.fromEntries(NAMES.map((name) => [name, theirs.get(own(name))]))).toEqual(
        Object.fromEntries(NAMES.map((name) => [name, shop.sellable(name)])),
      );
      const balances = await balancesOf(house.database.db, SKUS.map(sku), MAIN_LOCATION);
      for (const name of SKUS) {
        const { onHand = 0, reserved = 0 } = balances.get(sku(name)) ?? {};
        expect(onHand).toBe(shop.onHand[name]);
        expect(reserved).toBeLessThanOrEqual(shop.needs(name));
      }
      expect(await findImbalances(house.database.db)).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 20), endOnFailure: false },
  );
}, 580_000);
