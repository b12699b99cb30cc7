import { sql } from 'drizzle-orm';
import {
  type Candidate,
  codesOf,
  fullName,
  type OwnSku,
  type Rival,
  type Surroundings,
  suggest,
  type UnlinkedPair,
} from '../domain/link-suggestions';
import type { Queryable } from './database';
import type { Shop } from './shops';

/** A pair without a link, and the SKUs it may stand for. */
export interface Suggestion {
  readonly pair: UnlinkedPair;
  readonly candidates: readonly Candidate[];
}

/** The pair after which a page begins. */
export interface PairPosition {
  readonly manageNumber: string;
  readonly variantId: string;
}

export const FIRST_PAIR: PairPosition = { manageNumber: '', variantId: '' };

/** So many bearers of one code are looked at: more make it no less certain that there are several. */
const BEARERS = 12;

/**
 * Unlinked pairs of a shop in their order with what they may be linked to, `limit` of them whether anything fits or not.
 */
export const suggestLinks = async (
  db: Queryable,
  { shopId, settings }: Shop,
  after: PairPosition,
  limit: number,
): Promise<Suggestion[]> => {
  const migrated = settings.skuProjectMigrated;
  const pairs = await unlinkedPairs(db, shopId, after, limit);
  const codes = [...new Set(pairs.flatMap((pair) => codesOf(pair, migrated)))];
  const names = pairs.map(fullName);
  const skus = await fittingSkus(db, codes, names, [...new Set(pairs.map(({ nameKey }) => nameKey))]);
  const known = new Set(skus.flatMap(({ skuCode, cartCode }) => [skuCode, cartCode]));
  const ofCode = await bearersOfCodes(
    db,
    shopId,
    codes.filter((code) => known.has(code)),
    migrated,
  );
  const named = new Map(skus.map(({ name, nameKey }) => [name, nameKey]));
  const ofName = await bearersOfNames(db, shopId, named, names);
  const around = surroundings(skus, ofCode, ofName);
  return pairs.map((pair) => ({ pair, candidates: suggest(pair, migrated, around(pair)) }));
};

/**
 * Listings that are not linked, and pairs of open orders that are not among the listings. Orders from before the SKU
 * project name a plain item without a variantId; its 商品番号 stands with the listing `normal-inventory`.
 */
const unlinkedPairs = async (
  db: Queryable,
  shopId: string,
  { manageNumber, variantId }: PairPosition,
  limit: number,
): Promise<UnlinkedPair[]> => {
  const unlinked = (pair: 'l' | 'o') => sql`not exists (select 1 from sku_links k where k.shop_id = ${shopId}
    and k.manage_number = ${sql.raw(pair)}.manage_number and k.variant_id = ${sql.raw(pair)}.variant_id)`;
  const { rows } = await db.execute<{ [Field in keyof UnlinkedPair]: UnlinkedPair[Field] }>(sql`
    with listed as (
      select manage_number, variant_id, item_number, merchant_defined_sku_id, title, option_text, name_key, single,
        true as listed
      from listings l
      where shop_id = ${shopId} and gone_at is null
        and (manage_number, variant_id) > (${manageNumber}, ${variantId}) and ${unlinked('l')}
      order by manage_number, variant_id limit ${limit}),
    ordered as (
      select distinct on (o.manage_number, o.variant_id) o.manage_number, o.variant_id, n.item_number,
        n.merchant_defined_sku_id, o.name as title, '' as option_text,
        lower(regexp_replace(normalize(o.name, NFKC), '\\s+', '', 'g')) as name_key,
        coalesce(n.single, false) as single, false as listed
      from orders join order_lines o using (shop_id, order_number)
      left join listings n on n.shop_id = ${shopId} and n.manage_number = o.manage_number
        and n.variant_id = case o.variant_id when '' then 'normal-inventory' else o.variant_id end
      where orders.shop_id = ${shopId} and orders.finished_at is null
        and (o.manage_number, o.variant_id) > (${manageNumber}, ${variantId})
        and (n.manage_number is null or n.gone_at is not null or o.variant_id = '') and ${unlinked('o')}
      order by o.manage_number, o.variant_id, o.order_number desc limit ${limit})
    select manage_number as "manageNumber", variant_id as "variantId", item_number as "itemNumber",
      merchant_defined_sku_id as "merchantDefinedSkuId", title, option_text as "optionText", name_key as "nameKey",
      single, listed
    from (select * from listed union all select * from ordered) pairs
    order by manage_number, variant_id limit ${limit}`);
  return rows;
};

/** Texts as one parameter, however many there are. */
const among = (texts: readonly string[]) =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(texts)}::jsonb))`;

const fittingSkus = async (
  db: Queryable,
  codes: readonly string[],
  names: readonly string[],
  nameKeys: readonly string[],
): Promise<OwnSku[]> => {
  const { rows } = await db.execute<{ [Field in keyof OwnSku]: OwnSku[Field] }>(sql`
    select sku_code as "skuCode", name, cart_code as "cartCode", name_key as "nameKey" from skus
    where sku_code in ${among(codes)}
    union select sku_code, name, cart_code, name_key from skus where cart_code in ${among(codes)}
    union select sku_code, name, cart_code, name_key from skus where name in ${among(names)}
    union select sku_code, name, cart_code, name_key from skus where name_key in ${among(nameKeys)}`);
  return rows;
};

/** Who bears which code or name. */
type Bearers = ReadonlyMap<string, readonly Rival[]>;
type Bearer = { readonly key: string } & { readonly [Field in keyof Rival]: Rival[Field] };

const group = (rows: readonly Bearer[]): Bearers => {
  const bearers = new Map<string, Rival[]>();
  for (const { key, ...rival } of rows) {
    const own = bearers.get(key) ?? [];
    own.push(rival);
    bearers.set(key, own);
  }
  return bearers;
};

/**
 * Pairs that bear one of these codes: as システム連携用SKU番号, as 商品番号, and before the SKU project as what their
 * orders call them.
 */
const bearersOfCodes = async (
  db: Queryable,
  shopId: string,
  codes: readonly string[],
  migrated: boolean,
): Promise<Bearers> => {
  if (codes.length === 0) return new Map();
  const { rows } = await db.execute<Bearer>(sql`
    with wanted as (select code from jsonb_array_elements_text(${JSON.stringify(codes)}::jsonb) as code)
    select w.code as key, b.manage_number as "manageNumber", b.variant_id as "variantId", b.whole_item as "wholeItem"
    from wanted w
    cross join lateral (
      select manage_number, variant_id, false as whole_item from listings
      where ${migrated} and shop_id = ${shopId} and merchant_defined_sku_id = w.code and gone_at is null
      union select manage_number, variant_id, not single from listings
      where shop_id = ${shopId} and item_number = w.code and gone_at is null
      union select manage_number, variant_id, false from sku_links
      where not ${migrated} and shop_id = ${shopId} and variant_id = w.code
      union select o.manage_number, o.variant_id, false from orders join order_lines o using (shop_id, order_number)
      where not ${migrated} and orders.shop_id = ${shopId} and orders.finished_at is null and o.variant_id = w.code
      order by whole_item limit ${BEARERS}) b`);
  return group(rows);
};

/** Listings with exactly one of these names, found by the folded form that is indexed. */
const bearersOfNames = async (
  db: Queryable,
  shopId: string,
  keyOfName: ReadonlyMap<string, string>,
  names: readonly string[],
): Promise<Bearers> => {
  const wanted = [...new Set(names)].flatMap((name) => {
    const key = keyOfName.get(name);
    return key === undefined ? [] : [{ name, key }];
  });
  if (wanted.length === 0) return new Map();
  const { rows } = await db.execute<Bearer>(sql`
    select w.name as key, b.manage_number as "manageNumber", b.variant_id as "variantId"
    from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w(name text, key text)
    cross join lateral (
      select manage_number, variant_id from listings
      where shop_id = ${shopId} and name_key = w.key and gone_at is null
        and title || case option_text when '' then '' else ' ' || option_text end = w.name
      limit ${BEARERS}) b`);
  return group(rows);
};

/** What is known around each pair, each SKU being found by its codes and names rather than among all. */
const surroundings = (skus: readonly OwnSku[], ofCode: Bearers, ofName: Bearers) => {
  const bySign = new Map<string, OwnSku[]>();
  const sign = (text: string, sku: OwnSku): void => {
    const own = bySign.get(text) ?? [];
    own.push(sku);
    bySign.set(text, own);
  };
  for (const sku of skus)
    for (const text of new Set([sku.skuCode, sku.cartCode, sku.name, sku.nameKey]))
      if (text !== null) sign(text, sku);
  const signsOf = (pair: UnlinkedPair) => [
    ...codesOf(pair, true),
    ...codesOf(pair, false),
    fullName(pair),
    pair.nameKey,
  ];
  return (pair: UnlinkedPair): Surroundings => ({
    skus: [...new Set(signsOf(pair).flatMap((text) => bySign.get(text) ?? []))],
    bearersOfCode: (code) => ofCode.get(code) ?? [],
    bearersOfName: (name) => ofName.get(name) ?? [],
  });
};
