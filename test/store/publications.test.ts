import {
  dirtyStock,
  forgetRefusals,
  listPublications,
  requestPublication,
  savePublications,
} from '../../src/store/publications';
import { putLinks } from '../../src/store/sku-links';
import { stockDesk } from './stock-lines';
import { startStore, type TestStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

test('what people ask for, all SKUs at once, keeps no stock waiting that moved after it', async () => {
  const desk = stockDesk(store);
  await desk.skus('A', 'B', 'MOVED');
  await putLinks(store.db, 'tea', [{ manageNumber: 'moved', variantId: 'moved', skuCode: 'MOVED' }]);
  await store.db.transaction(async (tx) => {
    await requestPublication(tx, 'tea', ['A'], { adoptFor: 'tanaka' });
    await requestPublication(tx, 'tea', ['B'], { register: true });
  });
  await desk.receive('MOVED', 5);
  const codes = (await dirtyStock(store.db, 'tea', 3)).map(({ skuCode }) => skuCode);
  expect(codes).toEqual(['MOVED', 'A', 'B']);
});

test('a refusal is forgotten of the pairs that are named, however many, and of no other of their item', async () => {
  const pair = (variantId: string) => ({ manageNumber: 'cup', variantId });
  const rows = ['red', 'blue'].map((name) => ({
    ...pair(name),
    ...{ state: 'refused' as const, theirs: 1, ours: 2, code: 'IE0500' },
  }));
  await savePublications(store.db, 'tea', rows);
  const many = Array.from({ length: 70_000 }, (_, n) => ({ manageNumber: `m${n}`, variantId: '' }));
  await store.db.transaction((tx) => forgetRefusals(tx, 'tea', [...many, pair('red')]));
  const left = await listPublications(store.db, 'tea', {}, { manageNumber: '', variantId: '' }, 5);
  expect(left.map(({ variantId }) => variantId)).toEqual(['blue']);
});
