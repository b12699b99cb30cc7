import { eq } from 'drizzle-orm';
import type { OrderRef } from '../../src/domain/order';
import {
  addManualHold,
  openHolds,
  openHoldsOf,
  release,
  settleHolds,
  wasWaived,
} from '../../src/store/holds';
import { holds } from '../../src/store/schema';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
let ref: OrderRef;
let orders = 0;
beforeAll(async () => {
  store = await startStore();
});
beforeEach(async () => {
  orders += 1;
  ref = await store.order(`order-${orders}`);
});
afterAll(() => store.close());

const SHORT = { code: 'stock_short', cause: 'TEA-1' } as const;
const UNLINKED = { code: 'sku_unlinked', cause: 'tea/G1' } as const;
const open = async () =>
  (await openHolds(store.db, ref)).map(({ code, cause, blocks }) => ({ code, cause, blocks }));
const releaseByPerson = async (): Promise<void> => {
  for (const { holdId } of await openHolds(store.db, ref)) await release(store.db, holdId, 'tanaka');
};

test('a hold opens once, however often it is due', async () => {
  expect(await settleHolds(store.db, ref, [SHORT, UNLINKED])).toMatchObject({
    opened: [SHORT, UNLINKED],
    released: [],
  });
  expect(await settleHolds(store.db, ref, [SHORT, UNLINKED])).toMatchObject({ opened: [], released: [] });
  expect(await open()).toEqual([
    { ...SHORT, blocks: 'confirm' },
    { ...UNLINKED, blocks: 'ship' },
  ]);
});

test('it is released when its cause is gone, the others stay, and it may open again', async () => {
  await settleHolds(store.db, ref, [SHORT, UNLINKED]);
  expect(await settleHolds(store.db, ref, [UNLINKED])).toMatchObject({
    opened: [],
    released: ['stock_short'],
  });
  expect(await open()).toEqual([{ ...UNLINKED, blocks: 'ship' }]);
  expect(await settleHolds(store.db, ref, [SHORT, UNLINKED])).toMatchObject({
    opened: [SHORT],
    released: [],
  });
});

test('an open hold follows its cause without opening twice', async () => {
  await settleHolds(store.db, ref, [SHORT]);
  const more = { ...SHORT, cause: 'TEA-1, TEA-2' };
  expect(await settleHolds(store.db, ref, [more])).toMatchObject({ opened: [], released: [] });
  expect(await open()).toEqual([{ ...more, blocks: 'confirm' }]);
});

const everHeld = () => store.db.select().from(holds).where(eq(holds.orderNumber, ref.orderNumber));

test('what a person released stays released for the same cause, and opens for another', async () => {
  await settleHolds(store.db, ref, [SHORT]);
  expect(wasWaived(await everHeld(), 'stock_short')).toBe(false);
  await releaseByPerson();
  expect(wasWaived(await everHeld(), 'stock_short')).toBe(true);
  expect(await settleHolds(store.db, ref, [SHORT])).toMatchObject({ opened: [], released: [] });
  const other = { ...SHORT, cause: 'TEA-2' };
  expect(await settleHolds(store.db, ref, [other])).toMatchObject({ opened: [other], released: [] });
});

test.each(['outside_change', 'confirm_refused', 'shipping_refused'] as const)(
  '%s opens again when the same happens after a person accepted it',
  async (code) => {
    const due = { code, cause: 'address' };
    await settleHolds(store.db, ref, [due]);
    await releaseByPerson();
    expect(await settleHolds(store.db, ref, [due])).toMatchObject({ opened: [due], released: [] });
  },
);

test('a person’s own hold stays until a person releases it, and two of the same code stand beside each other', async () => {
  const own = { code: 'call_buyer', text: 'Ask for the colour', blocks: 'ship', actor: 'tanaka' } as const;
  await addManualHold(store.db, ref, own);
  await addManualHold(store.db, ref, own);
  expect(await settleHolds(store.db, ref, [])).toMatchObject({ opened: [], released: [] });
  expect(await open()).toHaveLength(2);
  await releaseByPerson();
  expect(await open()).toEqual([]);
});

test('a page of orders gets each its own holds', async () => {
  const other = { shopId: 'tea', orderNumber: 'order-1' };
  await settleHolds(store.db, ref, [SHORT]);
  const holdsOf = await openHoldsOf(store.db, [ref, other]);
  expect(holdsOf(ref).map(({ code }) => code)).toEqual(['stock_short']);
  expect(holdsOf({ ...ref, shopId: 'other' })).toEqual([]);
});
