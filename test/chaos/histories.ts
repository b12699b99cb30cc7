import type { Books } from './books';
import type { Finding } from './checks';
import { historyOf } from './workflows';
import { SHOP, type World } from './world';

const SHOWN_ORDERS = 4;

const JOURNAL = `
  select to_char(at, 'HH24:MI:SS.MS') || ' ' || operation || ' ' || http_status || ' ' || outcome
    || coalesce(' ' || fault, '') || ' ' || coalesce((select string_agg(c ->> 'kind', ', ')
      from json_array_elements(changes) c where c ->> 'orderNumber' = $2), '') as text
  from sandbox.journal where shop_code = $1 and order_numbers @> array[$2] order by id`;
const LINES = `
  select to_char(at, 'HH24:MI:SS.MS') || ' ' || code || ' ' || params::text as text
  from timeline where shop_id = $1 and order_number = $2 order by line_id`;

/** Both sides' histories of one order for each thing that is wrong. */
export const historiesOf = async (
  world: World,
  findings: readonly Finding[],
  books: Books,
): Promise<string[]> => {
  const numbers = new Set(books.theirs.map(({ orderNumber }) => orderNumber));
  // One order for each thing that is wrong.
  const broken = new Set(
    findings.flatMap(({ violations }) => violations.find(({ about }) => numbers.has(about))?.about ?? []),
  );
  const all = [...broken].slice(0, SHOWN_ORDERS).map(async (orderNumber) => {
    const of = [SHOP.shopId, orderNumber];
    const texts = async (sql: string) =>
      (await world.query<{ text: string }>(sql, of)).map(({ text }) => text);
    const history = await historyOf(world, orderNumber).catch((error: unknown) => [String(error)]);
    return [
      `── ${orderNumber}, in Rakuten’s journal`,
      ...(await texts(JOURNAL)),
      `── ${orderNumber}, in our timeline`,
      ...(await texts(LINES)),
      `── ${orderNumber}, in Temporal’s history`,
      ...history,
    ].join('\n');
  });
  return Promise.all(all);
};
