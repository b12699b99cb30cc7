import { listLinks } from '../../src/store/links-list';
import { demandOf, linksSelling, putLinks } from '../../src/store/sku-links';
import { deleteSku, findSku, listSkus, putSkus } from '../../src/store/skus';
import { stockDesk } from './stock-lines';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  await putSkus(store.db, [
    { skuCode: 'LEAF', name: 'Leaf' },
    { skuCode: 'TIN', name: 'Tin' },
    { skuCode: 'PAIR', name: 'Pair', components: [{ skuCode: 'LEAF', quantity: 2 }] },
  ]);
});
afterAll(() => store.close());

const set = (skuCode: string, ...parts: string[]) => ({
  skuCode,
  name: skuCode,
  components: parts.map((part) => ({ skuCode: part, quantity: 1 })),
});

test('a change names what it changes: without components the old ones stay', async () => {
  await putSkus(store.db, [{ skuCode: 'PAIR', name: 'A pair' }]);
  expect(await findSku(store.db, 'PAIR')).toEqual({
    skuCode: 'PAIR',
    name: 'A pair',
    cartCode: null,
    components: [{ skuCode: 'LEAF', quantity: 2 }],
  });
});

test('a set of something that does not exist is refused, with all that came with it', async () => {
  const rows = [{ skuCode: 'NEW', name: 'New' }, set('BAD', 'NOWHERE')];
  await expect(putSkus(store.db, rows)).rejects.toMatchObject({ path: 'skus.1.components' });
  expect(await findSku(store.db, 'NEW')).toBe(undefined);
});

test('sets that would contain themselves are refused, over several steps too', async () => {
  await expect(putSkus(store.db, [set('SELF', 'SELF')])).rejects.toThrow('SELF > SELF');
  await expect(putSkus(store.db, [set('LEAF', 'PAIR')])).rejects.toThrow('LEAF > PAIR > LEAF');
  expect((await findSku(store.db, 'LEAF'))?.components).toEqual([]);
});

test('two who put two sets into each other at once: one is refused', async () => {
  await putSkus(store.db, [set('ONE'), set('TWO')]);
  const outcomes = await Promise.allSettled([
    putSkus(store.db, [set('ONE', 'TWO')]),
    putSkus(store.db, [set('TWO', 'ONE')]),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a pair stands for the plain SKUs of its SKU; the number of the product alone is no link', async () => {
  await putLinks(store.db, 'tea', [
    { manageNumber: 'tea', variantId: 'p', skuCode: 'PAIR' },
    { manageNumber: 'tea', variantId: 't', skuCode: 'TIN' },
  ]);
  const demand = await demandOf(store.db, 'tea', [{ manageNumber: 'tea', variantId: 'p' }]);
  expect(demand.get('tea/p')).toEqual({ skuCode: 'PAIR', parts: [{ skuCode: 'LEAF', units: 2 }] });
  expect(demand.has('tea/')).toBe(false);
  expect(await demandOf(store.db, 'cake', [{ manageNumber: 'tea', variantId: 'p' }])).toEqual(new Map());
});

test('a component is sold by the links of the sets that contain it', async () => {
  const selling = await linksSelling(store.db, 'tea', ['LEAF']);
  expect(selling.map(({ link }) => link.skuCode)).toEqual(['PAIR']);
});

test('a SKU is removed only when nothing names it', async () => {
  await stockDesk(store).skus('COUNTED', 'UNUSED');
  await stockDesk(store).receive('COUNTED', 1);
  expect(await deleteSku(store.db, 'PAIR')).toBe(false);
  expect(await deleteSku(store.db, 'LEAF')).toBe(false);
  expect(await deleteSku(store.db, 'COUNTED')).toBe(false);
  expect(await deleteSku(store.db, 'UNUSED')).toBe(true);
  expect(await findSku(store.db, 'UNUSED')).toBe(undefined);
});

test('pages of SKUs and links meet each once', async () => {
  const codes: string[] = [];
  for (let page = 0; page < 20; page += 1) {
    const rows = await listSkus(store.db, codes.at(-1) ?? '', 2);
    if (rows.length === 0) break;
    codes.push(...rows.map(({ skuCode }) => skuCode));
  }
  expect([...codes].sort()).toEqual(['COUNTED', 'LEAF', 'ONE', 'PAIR', 'TIN', 'TWO']);
  const [first] = await listLinks(store.db, 'tea', {}, { manageNumber: '', variantId: '' }, 1);
  const rest = await listLinks(store.db, 'tea', {}, first ?? { manageNumber: '', variantId: '' }, 5);
  expect([first, ...rest].map((link) => link?.variantId)).toEqual(['p', 't']);
});

test('no two SKUs share a cart code, and two can exchange theirs', async () => {
  const named = (skuCode: string, cartCode: string | null) => ({ skuCode, name: skuCode, cartCode });
  await putSkus(store.db, [named('CART-A', 'a'), named('CART-B', 'b')]);
  await expect(putSkus(store.db, [named('CART-C', null), named('CART-D', 'b')])).rejects.toMatchObject({
    code: 'cart_code_taken',
    path: 'skus.1.cartCode',
  });
  expect(await findSku(store.db, 'CART-C')).toBeUndefined();
  await putSkus(store.db, [named('CART-A', 'b'), named('CART-B', 'a')]);
  await putSkus(store.db, [{ skuCode: 'CART-A', name: 'renamed' }]);
  expect(await findSku(store.db, 'CART-A')).toMatchObject({ name: 'renamed', cartCode: 'b' });
  expect(await findSku(store.db, 'CART-B')).toMatchObject({ cartCode: 'a' });
});
