import { moveCursor, readCursors } from '../../src/store/cursors';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

test('a cursor goes forward and never back', async () => {
  const [early, late] = [new Date('2026-07-01T00:00:00Z'), new Date('2026-07-02T00:00:00Z')];
  expect((await readCursors(store.db, 'tea')).get('new')).toBe(undefined);
  await moveCursor(store.db, 'tea', 'new', late);
  await moveCursor(store.db, 'tea', 'new', early);
  expect((await readCursors(store.db, 'tea')).get('new')).toEqual(late);
  expect((await readCursors(store.db, 'tea')).get('other')).toBe(undefined);
});
