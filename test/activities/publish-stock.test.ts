import { assess } from '../../src/activities/assess';
import { noCounts, readAll } from '../../src/activities/intake';
import { syncActivities } from '../../src/activities/sync';
import type { OrderRef } from '../../src/domain/order';
import type { RmsGateway } from '../../src/rms/gateway';
import { findImbalances, MAIN_LOCATION } from '../../src/store/ledger';
import { listPublications, requestPublication } from '../../src/store/publications';
import { changeSettings, findShop } from '../../src/store/shops';
import { deleteLink, putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { balancesOf, enterMovement, setSafetyStock } from '../../src/store/stock';
import { listings } from '../../src/store/stock-schema';
import { type House, openHouse, SHOP } from '../support/house';

let house: House;

beforeAll(async () => {
  house = await openHouse({
    automaticOrderIntegration: true,
    stockSync: 'reservation',
    stockCoalesceSeconds: 0,
  });
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
});
afterAll(() => house?.close());
afterEach(async () => expect(await findImbalances(house.database.db)).toEqual([]));

const code = (name: string): string => name.toUpperCase();
const shop = `/control/shops/${SHOP.shopId}`;

/** One synchronisation, by a gateway that may do something between its calls. */
const sync = (around: (gateway: RmsGateway) => Partial<RmsGateway> = () => ({})) => {
  const own = house.context.gateway(SHOP.shopId);
  const gateway = { ...own, ...around(own) };
  return syncActivities({ ...house.context, gateway: () => gateway }).syncShop({ shopId: SHOP.shopId });
};

const show = (name: string, quantity: number) =>
  house.control('PUT', `${shop}/inventory`, {
    inventories: [{ manageNumber: name, variantId: name, quantity }],
  });
const atRakuten = async (name: string): Promise<number | undefined> => {
  type Shown = { inventories: { manageNumber: string; quantity: number }[] };
  const { inventories } = await house.control<Shown>('GET', `${shop}/inventory`);
  return inventories.find((row) => row.manageNumber === name)?.quantity;
};
const receive = (name: string, quantity: number, location = MAIN_LOCATION) =>
  enterMovement(house.database.db, {
    ...{ skuCode: code(name), location, kind: 'receive', quantity },
    ...{ reason: 'delivery', actor: 'test' },
  });
const link = (...names: string[]) =>
  putLinks(
    house.database.db,
    SHOP.shopId,
    names.map((name) => ({ manageNumber: name, variantId: name, skuCode: code(name) })),
  );
const create = (...names: string[]) =>
  putSkus(
    house.database.db,
    names.map((name) => ({ skuCode: code(name), name })),
  );
const buy = async (name: string, units: number): Promise<OrderRef> => {
  const lines = [{ manageNumber: name, variantId: name, units }];
  const { orderNumbers } = await house.control<{ orderNumbers: string[] }>('POST', `${shop}/orders`, {
    overrides: { settlementMethod: 1, destinations: 1, lines },
  });
  const [orderNumber] = orderNumbers;
  if (orderNumber === undefined) throw new Error('The sandbox made no order');
  return { shopId: SHOP.shopId, orderNumber };
};
/** A SKU on sale with as many pieces here as Rakuten shows, settled. */
const sell = async (name: string, quantity: number): Promise<void> => {
  await show(name, quantity);
  await create(name);
  await link(name);
  await receive(name, quantity);
  await sync();
};
const balance = async (name: string, location = MAIN_LOCATION) =>
  (await balancesOf(house.database.db, [code(name)], location)).get(code(name));
const stateOf = async (name: string) => {
  const rows = await listPublications(
    house.database.db,
    SHOP.shopId,
    {},
    { manageNumber: '', variantId: '' },
    500,
  );
  return rows.find((row) => row.manageNumber === name);
};
const request = (name: string, how: Parameters<typeof requestPublication>[3]) =>
  house.database.db.transaction((tx) => requestPublication(tx, SHOP.shopId, [code(name)], how));
const inventoryCalls = async (): Promise<string[]> => {
  type Journal = { calls: { operation: string }[] };
  const { calls } = await house.control<Journal>('GET', '/control/journal?limit=100000');
  return calls.map((call) => call.operation).filter((name) => name.startsWith('inventories'));
};

it('raises Rakuten by what came in, and leaves what Rakuten sold itself alone', async () => {
  await sell('cup', 10);
  await buy('cup', 3);
  await receive('cup', 5);
  await sync();
  await sync();
  expect(await atRakuten('cup')).toBe(12);
  expect(await sync()).toMatchObject({ stockPublished: 0 });
  expect(await atRakuten('cup')).toBe(12);
  expect(await stateOf('cup')).toMatchObject({ state: 'settled', theirs: 12, ours: 12 });
});

it('counts a write that stayed without an answer once', async () => {
  await sell('fan', 10);
  await receive('fan', 7);
  const fault = { operation: 'inventories.bulk.upsert', kind: 'lost_answer_after_commit', times: 1 };
  await house.control('POST', '/control/faults', fault);
  await sync();
  await sync();
  expect(await atRakuten('fan')).toBe(17);
});

it('reads back what it wrote: a write that was answered and had no effect is made again', async () => {
  await sell('sash', 10);
  await receive('sash', 7);
  await sync(() => ({ upsertInventory: async (entries) => entries.map(() => ({ kind: 'written' })) }));
  expect(await atRakuten('sash')).toBe(10);
  await sync();
  expect(await atRakuten('sash')).toBe(17);
});

it('takes orders in while Rakuten refuses to show its stock, and publishes afterwards', async () => {
  await sell('bowl', 10);
  await receive('bowl', 5);
  const fault = { operation: 'inventories.bulk.get', kind: 'unauthorised', times: 1 };
  await house.control('POST', '/control/faults', fault);
  await buy('bowl', 1);
  expect(await sync()).toMatchObject({
    imported: 1,
    stockPublished: 0,
    stockSkipped: 'function_not_ticked',
  });
  await sync();
  expect(await atRakuten('bowl')).toBe(14);
});

it('leaves out a link whose names Rakuten cannot hold stock for, and publishes the others', async () => {
  await sell('vase', 10);
  const long = { manageNumber: 'vase', variantId: 'v'.repeat(40), skuCode: 'VASE' };
  await putLinks(house.database.db, SHOP.shopId, [long, { ...long, manageNumber: 'vase old' }]);
  await receive('vase', 5);
  await sync();
  expect(await atRakuten('vase')).toBe(15);
});

it('says nothing about a SKU that nobody has counted', async () => {
  await show('bag', 4);
  await create('bag');
  await link('bag');
  await buy('bag', 1);
  await sync();
  await sync();
  expect(await atRakuten('bag')).toBe(3);
  expect(await stateOf('bag')).toBeUndefined();
});

it('finds a SKU that Rakuten does not know by reading, and writes nothing for it', async () => {
  await create('ghost');
  await link('ghost');
  await receive('ghost', 5);
  await sync();
  expect(await stateOf('ghost')).toMatchObject({ state: 'unlisted', theirs: null, ours: 5 });
  await request('ghost', { register: true });
  await sync();
  expect(await atRakuten('ghost')).toBeUndefined();
});

it('sets the first quantity of a SKU that the shop lists where a person asks for it', async () => {
  await create('newcomer');
  await link('newcomer');
  await receive('newcomer', 5);
  await sync();
  const texts = { title: 'Newcomer', optionText: '', single: true, hidden: false };
  const pair = { manageNumber: 'newcomer', variantId: 'newcomer' };
  const seenIn = '00000000-0000-4000-8000-000000000000';
  await house.database.db.insert(listings).values({ shopId: SHOP.shopId, ...pair, ...texts, seenIn });
  await sync();
  expect(await atRakuten('newcomer')).toBeUndefined();
  await request('newcomer', { register: true });
  await sync();
  expect(await atRakuten('newcomer')).toBe(5);
});

it('says what keeps stock from being written, and writes it once it may', async () => {
  await sell('tile', 4);
  await receive('tile', 2);
  const fault = { operation: 'inventories.bulk.upsert', kind: 'unauthorised', times: 1 };
  await house.control('POST', '/control/faults', fault);
  expect(await sync()).toMatchObject({ stockPublished: 0, stockSkipped: 'function_not_ticked' });
  await sync();
  expect(await atRakuten('tile')).toBe(6);
});

it('does not forget a first quantity that Rakuten was too busy to take', async () => {
  await create('late');
  await link('late');
  await receive('late', 5);
  const texts = { title: 'Late', optionText: '', single: true, hidden: false };
  const pair = { manageNumber: 'late', variantId: 'late' };
  const seenIn = '00000000-0000-4000-8000-000000000000';
  await house.database.db.insert(listings).values({ shopId: SHOP.shopId, ...pair, ...texts, seenIn });
  await request('late', { register: true });
  const fault = { operation: 'inventories.bulk.upsert', kind: 'lost_before_commit', times: 1 };
  await house.control('POST', '/control/faults', fault);
  await sync();
  expect(await atRakuten('late')).toBeUndefined();
  await sync();
  expect(await atRakuten('late')).toBe(5);
});

it('does not offer again what was sold beyond our stock', async () => {
  await sell('kite', 1);
  await show('kite', 3);
  await buy('kite', 2);
  await sync();
  await request('kite', {});
  await sync();
  await sync();
  expect(await balance('kite')).toMatchObject({ onHand: 1, reserved: 0 });
  expect(await atRakuten('kite')).toBe(0);
});

it('does not offer again what orders bought that waited for their link', async () => {
  await show('bell', 10);
  await create('bell');
  await receive('bell', 10);
  const ref = await buy('bell', 3);
  await sync();
  await link('bell');
  await sync();
  expect(await atRakuten('bell')).toBe(7);
  await assess(house.context, ref);
  await sync();
  await sync();
  expect(await balance('bell')).toMatchObject({ onHand: 10, reserved: 3 });
  expect(await atRakuten('bell')).toBe(7);
});

it('finds the one entry that Rakuten refuses, and publishes its neighbours in the same cycle', async () => {
  const names = Array.from({ length: 9 }, (_, index) => `tray${index}`);
  for (const name of names) {
    await show(name, 1);
    await create(name);
    await link(name);
  }
  const stale = { operationLeadTime: { normalDeliveryTimeId: 42 } };
  const bad = { manageNumber: 'tray4', variantId: 'tray4' };
  await house.context
    .gateway(SHOP.shopId)
    .upsertInventory([{ ...bad, mode: 'ABSOLUTE', quantity: 1, ...stale }]);
  const leadTime = { operationLeadTimeId: 41, name: '当日出荷', numberOfDays: 0 };
  await house.control('PUT', `${shop}/info`, {
    operationLeadTimes: [{ ...leadTime, inStockDefault: true, outOfStockDefault: false }],
  });
  for (const name of names) await receive(name, 6);
  await sync();
  const shown = await Promise.all(names.map(atRakuten));
  expect(shown).toEqual(names.map((name) => (name === 'tray4' ? 1 : 6)));
  expect(await stateOf('tray4')).toMatchObject({ state: 'refused', code: 'IE0118' });
  for (const name of names) await receive(name, 1);
  const before = (await inventoryCalls()).length;
  await sync();
  expect((await inventoryCalls()).slice(0, -before)).toHaveLength(2);
});

it('keeps safety stock back from sale, and lets an order have it', async () => {
  await sell('clock', 10);
  const level = { skuCode: 'CLOCK', location: MAIN_LOCATION, safety: 2 };
  await setSafetyStock(house.database.db, [level]);
  await sync();
  await sync();
  expect(await atRakuten('clock')).toBe(8);
  await show('clock', 9);
  await buy('clock', 9);
  await sync();
  expect(await balance('clock')).toMatchObject({ onHand: 10, reserved: 9 });
});

it('takes Rakuten’s number over as opening balance: what it shows and what open orders need', async () => {
  await show('drum', 9);
  await create('drum');
  await link('drum');
  await buy('drum', 2);
  await sync();
  await request('drum', { adoptFor: 'desk' });
  await sync();
  await sync();
  expect(await balance('drum')).toMatchObject({ onHand: 9, reserved: 2, opened: true });
  expect(await atRakuten('drum')).toBe(7);
});

it('takes nothing over while it moves, and right after', async () => {
  await show('harp', 9);
  await create('harp');
  await link('harp');
  await request('harp', { adoptFor: 'desk' });
  let bought = false;
  await sync((gateway) => ({
    getInventory: async (pairs, options) => {
      const records = await gateway.getInventory(pairs, options);
      if (!bought) await buy('harp', 2);
      bought = true;
      return records;
    },
  }));
  expect(await balance('harp')).toMatchObject({ onHand: 0, reserved: 2, opened: false });
  await sync();
  expect(await balance('harp')).toMatchObject({ onHand: 9, reserved: 2, opened: true });
});

it('takes nothing over for which somebody else took an order in since Rakuten was read', async () => {
  await show('lute', 9);
  await create('lute');
  await link('lute');
  await request('lute', { adoptFor: 'desk' });
  let reads = 0;
  await sync((gateway) => ({
    getInventory: async (pairs, options) => {
      const records = await gateway.getInventory(pairs, options);
      reads += 1;
      if (reads !== 2) return records;
      const { orderNumber } = await buy('lute', 2);
      const shopRow = await findShop(house.database.db, SHOP.shopId);
      if (shopRow === undefined) throw new Error('no shop');
      await readAll(house.context, shopRow, [orderNumber], { urgency: {} }, noCounts());
      return records;
    },
  }));
  expect(reads).toBe(2);
  expect(await balance('lute')).toMatchObject({ onHand: 0, reserved: 2, opened: false });
  await sync();
  expect(await balance('lute')).toMatchObject({ onHand: 9, reserved: 2, opened: true });
});

it('tells of a SKU that is to be taken over and that Rakuten does not know', async () => {
  await create('shade');
  await link('shade');
  await request('shade', { adoptFor: 'desk' });
  await sync();
  expect(await stateOf('shade')).toMatchObject({ state: 'unlisted', theirs: null, ours: null });
  expect(await balance('shade')).toBeUndefined();
});

it('publishes a SKU that sells all the time, and never more than is left', async () => {
  await sell('bun', 50);
  await receive('bun', 50);
  for (let round = 0; round < 3; round += 1)
    await sync((gateway) => ({
      getInventory: async (pairs, options) => {
        const records = await gateway.getInventory(pairs, options);
        await buy('bun', 2);
        return records;
      },
    }));
  const shown = (await atRakuten('bun')) ?? 0;
  expect(shown).toBeGreaterThan(70);
  await sync();
  await sync();
  await sync();
  const held = await balance('bun');
  expect(await atRakuten('bun')).toBe((held?.onHand ?? 0) - (held?.reserved ?? 0));
});

it('lets what orders alone moved wait for more, and what Rakuten does not know of not', async () => {
  await sell('coat', 10);
  await sync();
  await changeSettings(house.database.db, SHOP.shopId, { stockCoalesceSeconds: 3600 });
  const before = (await inventoryCalls()).length;
  await buy('coat', 1);
  await sync();
  await sync();
  expect(await inventoryCalls()).toHaveLength(before);
  await receive('coat', 1);
  await sync();
  expect(await atRakuten('coat')).toBe(10);
  await changeSettings(house.database.db, SHOP.shopId, { stockCoalesceSeconds: 0 });
});

it('tells the other links of a SKU at once that one of them sold it', async () => {
  await sell('rack', 8);
  await putLinks(house.database.db, SHOP.shopId, [
    { manageNumber: 'rack-b', variantId: 'rack-b', skuCode: 'RACK' },
  ]);
  await show('rack-b', 8);
  await sync();
  await sync();
  await changeSettings(house.database.db, SHOP.shopId, { stockCoalesceSeconds: 3600 });
  await buy('rack', 3);
  await sync();
  await sync();
  expect(await atRakuten('rack-b')).toBe(5);
  await changeSettings(house.database.db, SHOP.shopId, { stockCoalesceSeconds: 0 });
});

it('offers and reserves what is kept where the shop’s stock is, and nothing of other places', async () => {
  await sell('lamp', 4);
  await receive('lamp', 90, 'osaka');
  await sync();
  expect(await atRakuten('lamp')).toBe(4);
  await changeSettings(house.database.db, SHOP.shopId, { stockLocation: 'osaka' });
  const ref = await buy('lamp', 2);
  await receive('lamp', 1, 'osaka');
  await sync();
  await sync();
  expect(await balance('lamp', 'osaka')).toMatchObject({ onHand: 91, reserved: 2 });
  expect(await atRakuten('lamp')).toBe(89);
  await changeSettings(house.database.db, SHOP.shopId, { stockLocation: MAIN_LOCATION });
  await assess(house.context, ref);
  expect(await balance('lamp', 'osaka')).toMatchObject({ reserved: 0 });
  expect(await balance('lamp')).toMatchObject({ reserved: 2 });
});

it('publishes everything that it sells once a shop begins to publish', async () => {
  await changeSettings(house.database.db, SHOP.shopId, { stockSync: 'off' });
  await sell('sock', 6);
  await show('sock', 2);
  await sync();
  expect(await atRakuten('sock')).toBe(2);
  await changeSettings(house.database.db, SHOP.shopId, { stockSync: 'reservation' });
  await sync();
  expect(await atRakuten('sock')).toBe(6);
});

it('looks again at what a removed link leaves behind', async () => {
  await sell('mask', 5);
  await putLinks(house.database.db, SHOP.shopId, [
    { manageNumber: 'mask-old', variantId: 'mask-old', skuCode: 'MASK' },
  ]);
  await show('mask-old', 5);
  const ref = await buy('mask-old', 2);
  await sync();
  await sync();
  expect(await atRakuten('mask')).toBe(3);
  await deleteLink(house.database.db, SHOP.shopId, { manageNumber: 'mask-old', variantId: 'mask-old' });
  await assess(house.context, ref);
  await sync();
  expect(await atRakuten('mask')).toBe(5);
});
