import { startStore, type TestStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

/** Nobody asks these for an order: emptied as fast as it fills; read by shop and by what is due; read by the former number. */
const NOT_ASKED = ['outbox', 'alerts', 'order_aliases'];

it('whatever is kept of an order is found by it without looking at what is kept of others', async () => {
  const { rows } = await store.pool.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind = 'r' and c.relname <> all($1)
       and (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attname in ('shop_id', 'order_number')) = 2
       and not exists (
         select 1 from pg_index i where i.indrelid = c.oid and i.indpred is null and (
           select array_agg(a.attname::text order by a.attname) from pg_attribute a
           where a.attrelid = c.oid and a.attnum in (i.indkey[0], i.indkey[1])) = '{order_number,shop_id}')`,
    [NOT_ASKED],
  );
  expect(rows.map(({ name }) => name)).toEqual([]);
});
