import { sql } from 'drizzle-orm';
import { choose } from '../domain/link-suggestions';
import type { Database, Transaction } from './database';
import { FIRST_PAIR, type PairPosition, suggestLinks } from './link-suggestions';
import type { Shop } from './shops';
import type { SkuLink } from './sku-links';
import { putLinks } from './sku-links';

/** Pairs that are looked at together. */
const BATCH = 1_000;
/** Links that are told one by one; the others are counted. */
const TOLD = 200;

/** What was linked, or would be. */
export interface Applied {
  readonly count: number;
  /** The first of them. */
  readonly links: readonly SkuLink[];
}

/**
 * Makes the links that are at least so sure, a batch at a time. A pair that somebody linked meanwhile stays as it is.
 * @param signal ends it between two batches
 */
export const applySuggestions = async (
  db: Database,
  shop: Shop,
  wanted: { readonly atLeast: 'certain' | 'likely'; readonly linkedBy: string; readonly dryRun: boolean },
  signal?: AbortSignal,
): Promise<Applied> => {
  let after: PairPosition | undefined = FIRST_PAIR;
  let count = 0;
  const told: SkuLink[] = [];
  while (after !== undefined && signal?.aborted !== true) {
    const batch = await suggestLinks(db, shop, after, BATCH);
    const links = batch.flatMap(({ pair: { manageNumber, variantId }, candidates }) => {
      const chosen = choose(candidates, wanted.atLeast);
      return chosen === undefined ? [] : [{ manageNumber, variantId, skuCode: chosen.skuCode }];
    });
    const made = wanted.dryRun ? links : await linkFree(db, shop.shopId, links, wanted.linkedBy);
    count += made.length;
    told.push(...made.slice(0, TOLD - told.length));
    after = batch.length < BATCH ? undefined : batch.at(-1)?.pair;
  }
  return { count, links: told };
};

/** Links those pairs that still have no link. Nobody else links meanwhile, so that no link of a person is overwritten. */
const linkFree = (
  db: Database,
  shopId: string,
  links: readonly SkuLink[],
  linkedBy: string,
): Promise<readonly SkuLink[]> => {
  if (links.length === 0) return Promise.resolve(links);
  return db.transaction(async (tx) => {
    await tx.execute(sql`lock table sku_links in share row exclusive mode`);
    const free = await withoutLink(tx, shopId, links);
    if (free.length > 0) await putLinks(tx, shopId, free, linkedBy);
    return free;
  });
};

const withoutLink = async (
  tx: Transaction,
  shopId: string,
  links: readonly SkuLink[],
): Promise<readonly SkuLink[]> => {
  const { rows } = await tx.execute<{ manageNumber: string; variantId: string }>(sql`
    select p."manageNumber", p."variantId"
    from jsonb_to_recordset(${JSON.stringify(links)}::jsonb) as p("manageNumber" text, "variantId" text)
    join sku_links k on k.shop_id = ${shopId} and k.manage_number = p."manageNumber" and k.variant_id = p."variantId"`);
  const taken = new Set(rows.map((row) => JSON.stringify([row.manageNumber, row.variantId])));
  return links.filter((link) => !taken.has(JSON.stringify([link.manageNumber, link.variantId])));
};
