import { z } from 'zod';
import { FIRST_PAIR } from '../store/link-suggestions';
import { listListings } from '../store/listings-list';
import type { Deps } from './deps';
import { flag, instant, line, PairPosition, shopId } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import type { Route } from './route';
import { route } from './route';
import { existingShop } from './shops';

const ListingView = z
  .strictObject({
    shopId: z.string(),
    manageNumber: z.string().meta({ description: '商品管理番号, in lower case' }),
    variantId: z.string().meta({ description: 'SKU管理番号' }),
    itemNumber: z.string().nullable().meta({ description: '商品番号' }),
    merchantDefinedSkuId: z.string().nullable().meta({ description: 'システム連携用SKU番号' }),
    title: z.string(),
    optionText: z.string().meta({ description: 'The choices that make this SKU one of its item' }),
    single: z.boolean().meta({ description: 'The item has no other SKU' }),
    hidden: z.boolean(),
    seenAt: instant,
    goneAt: instant.nullable().meta({ description: 'When it was found to be listed no longer' }),
    skuCode: z.string().nullable().meta({ description: 'The own SKU that it is linked to' }),
  })
  .meta({ id: 'Listing' });

const ListingQuery = z.strictObject({
  ...PAGE,
  shopId,
  linked: flag.optional(),
  gone: flag.optional(),
  q: line(255).optional().meta({
    description:
      'The beginning of a 商品管理番号; a 商品番号 or システム連携用SKU番号, exactly; or a part of a title',
  }),
});

/** What Rakuten lists, as it was read last. */
export const listingRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/listings',
    tag: 'SKUs',
    summary: 'What Rakuten lists in a shop, a line per SKU, with what it is linked to',
    access: 'viewer',
    reach: 'named',
    query: ListingQuery,
    answer: { status: 200, says: 'A page of listings', schema: pageOf(ListingView) },
    problems: ['shop_not_found'],
    handle: async ({ query: { shopId: shop, cursor, limit, ...filter } }) => {
      await existingShop(deps, shop);
      const after = positionOf(PairPosition, cursor) ?? FIRST_PAIR;
      const rows = await listListings(deps.db, shop, filter, after, limit + 1);
      return toPage(
        rows,
        limit,
        ({ manageNumber, variantId }) => ({ manageNumber, variantId }),
        (row) => ({
          ...row,
          shopId: shop,
          seenAt: row.seenAt.toISOString(),
          goneAt: row.goneAt?.toISOString() ?? null,
        }),
      );
    },
  }),
];
