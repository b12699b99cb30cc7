import { z } from 'zod';
import { linksAsTheyAre } from '../store/before';
import { FIRST_PAIR } from '../store/link-suggestions';
import { listLinks } from '../store/links-list';
import { deleteLink, putLinks } from '../store/sku-links';
import type { Deps } from './deps';
import { flag, line, lineOrNothing, PairPosition, shopId, skuCode } from './fields';
import { withoutRepeats } from './list-checks';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { existingShop } from './shops';
import { namingSkus, Saved } from './skus';

/** Rakuten's pair. It turns manageNumber into lower case and keeps the case of variantId (inventory reference §3.1). */
const pair = {
  manageNumber: line(255).toLowerCase().meta({ description: '商品管理番号, in lower case' }),
  variantId: lineOrNothing(255).meta({
    description: 'SKU管理番号; empty for orders from before the SKU project',
  }),
};

const PutLinks = z.strictObject({
  shopId,
  links: z
    .array(z.strictObject({ ...pair, skuCode }))
    .min(1)
    .max(500)
    .superRefine(withoutRepeats((link) => `${link.manageNumber}/${link.variantId}`, 'variantId')),
});

const LinkView = z
  .strictObject({
    shopId,
    manageNumber: z.string(),
    variantId: z.string(),
    skuCode: z.string(),
    linkedBy: z.string().meta({ description: '`automatic`: by the shop’s setting automaticSkuLinks' }),
    listed: z.boolean().nullable().meta({
      description: 'Whether Rakuten lists the pair; `null`: the shop’s items were never read completely',
    }),
  })
  .meta({ id: 'SkuLink' });

const LinkQuery = z.strictObject({
  ...PAGE,
  shopId,
  skuCode: skuCode.optional(),
  manageNumber: pair.manageNumber.optional(),
  stale: flag.optional().meta({ description: '`true`: only links whose pair is listed no longer' }),
});

/** Links from Rakuten's pairs to own SKUs. */
export const skuLinkRoutes = (deps: Deps): Route[] => [
  route({
    method: 'put',
    path: '/v1/sku-links',
    tag: 'SKUs',
    summary: 'Link pairs to SKUs, all or none; orders that waited for a link go on by themselves',
    access: 'operator',
    reach: 'named',
    body: PutLinks,
    answer: { status: 200, says: 'Saved', schema: Saved },
    problems: ['shop_not_found', 'sku_unknown', 'duplicate'],
    handle: async ({ body, actor, note }) => {
      await existingShop(deps, body.shopId);
      note({ before: await linksAsTheyAre(deps.db, body.shopId, body.links) });
      await namingSkus(() => putLinks(deps.db, body.shopId, body.links, actor));
      return { saved: body.links.length };
    },
  }),
  route({
    method: 'get',
    path: '/v1/sku-links',
    tag: 'SKUs',
    summary: 'Links of a shop',
    access: 'viewer',
    reach: 'named',
    query: LinkQuery,
    answer: { status: 200, says: 'A page of links', schema: pageOf(LinkView) },
    problems: ['shop_not_found'],
    handle: async ({ query: { shopId: shop, cursor, limit, ...filter } }) => {
      await existingShop(deps, shop);
      const after = positionOf(PairPosition, cursor) ?? FIRST_PAIR;
      const rows = await listLinks(deps.db, shop, filter, after, limit + 1);
      return toPage(
        rows,
        limit,
        ({ manageNumber, variantId }) => ({ manageNumber, variantId }),
        (link) => ({ shopId: shop, ...link }),
      );
    },
  }),
  route({
    method: 'delete',
    path: '/v1/sku-links',
    tag: 'SKUs',
    summary: 'Remove one link',
    access: 'operator',
    reach: 'named',
    query: z.strictObject({ shopId, ...pair }),
    answer: { status: 204, says: 'Removed', schema: z.void() },
    problems: ['sku_link_not_found'],
    handle: async ({ query: { shopId: shop, ...link }, note }) => {
      note({ before: await linksAsTheyAre(deps.db, shop, [link]) });
      if (!(await deleteLink(deps.db, shop, link))) throw new Problem('sku_link_not_found');
    },
  }),
];
