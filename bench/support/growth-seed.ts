import type { Pool } from 'pg';

/** Tables of what is on its way, and of what stands for a shop and not for an order. */
const NOT_COPIED = ['orders', 'outbox', 'shipping_submissions', 'order_aliases'];
/** Columns by which rows must not be alike. */
const TOLD_APART = ['hash', 'tracking_number', 'idempotency_key'];
/** Younger than what is erased by itself, so that nothing is at work on them. */
const DAYS = 300;
/** A request to Rakuten is kept for a tenth of that, and stands for many orders. */
const ORDERS_PER_CALL = 10;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly ownDefault: boolean;
}

/**
 * Fills a shop up to so many finished orders, each the copy of one that really went all its way: its lines, look-ups,
 * holds, timeline, movements of stock, fulfilment order, parcels and calls. They are spread over ten months before now.
 * @param pool of a superuser: neither foreign keys nor triggers are run for each row
 * @param templates numbers of finished orders of the shop
 */
export async function seedCopies(
  pool: Pool,
  shopId: string,
  templates: readonly string[],
  upTo: number,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`set statement_timeout = 0; set session_replication_role = replica`);
    const { rows } = await client.query<{ stored: number }>(
      'select count(*)::int as stored from orders where shop_id = $1',
      [shopId],
    );
    const from = rows[0]?.stored ?? 0;
    await client.query(COPIES, [templates, from + 1, upTo]);
    for (const table of ['orders', ...(await tablesOfOrders(client))])
      await client.query(copyOf(table, await columnsOf(client, table)), [shopId]);
    for (const statement of [CALLS, CANCELLATIONS]) await client.query(statement, [shopId]);
    await client.query('drop table copies');
    // As autovacuum leaves tables that are in use.
    await client.query('vacuum (analyze)');
    await client.query('reset statement_timeout; reset session_replication_role');
  } finally {
    client.release();
  }
}

type Queries = Pick<Pool, 'query'>;

const COPIES = `create temp table copies as
  select i, ($1::text[])[1 + i % cardinality($1::text[])] as template,
    '393333-' || to_char(now() - age, 'YYYYMMDD') || '-' || lpad(i::text, 10, '0') as number, age
  from generate_series($2::int, $3::int) i,
    lateral (select interval '${DAYS} days' * (1 - i / 100000.0 % 1) as age) spread`;

const CALLS = `insert into rms_calls (shop_id, at, operation, outcome, http_status, codes, order_numbers, batch_size, batch_limit,
    waited_ms, duration_ms, request, response)
  select c.shop_id, now() - lot.age / 10, c.operation, c.outcome, c.http_status, c.codes, lot.numbers, c.batch_size, c.batch_limit,
    c.waited_ms, c.duration_ms, c.request, c.response
  from (select i / ${ORDERS_PER_CALL} as batch, min(age) as age, array_agg(number) as numbers from copies group by 1) lot
  join (select *, row_number() over (order by call_id) as place, count(*) over () as kept from rms_calls
    where shop_id = $1 and cardinality(order_numbers) > 0 limit 100) c on c.place = 1 + lot.batch % least(c.kept, 100)`;

/** People cancel a few, and ask for it here. */
const CANCELLATIONS = `insert into cancellations (shop_id, order_number, reason, restore_inventory, state, requested_by, requested_at, settled_at)
  select $1, number, 1, true, 'done', 'bench', now() - age, now() - age from copies where i % 50 = 0`;

const tablesOfOrders = async (client: Queries): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = 'public' and table_type = 'BASE TABLE' and column_name in ('shop_id', 'order_number')
       and table_name <> all($1) group by 1 having count(*) = 2 order by 1`,
    [NOT_COPIED],
  );
  return rows.map(({ name }) => name);
};

const columnsOf = async (client: Queries, table: string): Promise<Column[]> => {
  const { rows } = await client.query<Column>(
    `select column_name as name, data_type as type,
       coalesce(column_default ~ 'nextval|gen_random_uuid', false) as "ownDefault"
     from information_schema.columns where table_schema = 'public' and table_name = $1 order by ordinal_position`,
    [table],
  );
  return rows;
};

const copyOf = (table: string, columns: readonly Column[]): string => {
  const copied = columns.filter(({ ownDefault }) => !ownDefault);
  const names = copied.map(({ name }) => `"${name}"`).join(', ');
  const values = copied.map(copiedValue).join(', ');
  return `insert into "${table}" (${names}) select ${values}
    from copies c join "${table}" t on t.shop_id = $1 and t.order_number = c.template order by c.i`;
};

const copiedValue = ({ name, type }: Column): string => {
  if (name === 'order_number') return 'c.number';
  if (TOLD_APART.includes(name)) return `t."${name}" || '/' || c.i`;
  return type === 'timestamp with time zone' ? `t."${name}" - c.age` : `t."${name}"`;
};
