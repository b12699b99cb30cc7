import { z } from 'zod';
import { type Language, say } from '../domain/texts';
import type { Publication } from '../store/publications';
import { listPublications } from '../store/publications';
import { existing } from '../store/skus';
import { requestAdoption, requestOpeningBalances } from '../store/stock-fixes';
import type { Deps } from './deps';
import { instant, ShopPath, skuCode } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import { PairPosition, Told, When } from './reconciliation-fields';
import type { Route } from './route';
import { route } from './route';
import { activeShop, existingShop } from './shops';
import { demandMigrated, demandSync, whenOf } from './stock-shop';

const STATES = ['settled', 'written', 'unlisted', 'refused'] as const satisfies Publication['state'][];

const PublicationView = z
  .strictObject({
    manageNumber: z.string(),
    variantId: z.string(),
    theirs: z.int().nullable().meta({ description: 'What Rakuten was last found to show; null: no record' }),
    ours: z.int().nullable().meta({ description: 'What it should show' }),
    state: z.enum(STATES),
    text: z.string(),
    code: z.string().nullable().meta({ description: 'Rakuten’s code where it refused' }),
    at: instant,
  })
  .meta({ id: 'StockPublication' });

const viewOf = (
  { shopId: _, at, ...row }: Publication,
  language: Language,
): z.input<typeof PublicationView> => ({
  ...row,
  text: say(language, `publication.${row.state}`, row.code === null ? {} : { rakutenCode: row.code }),
  at: at.toISOString(),
});

const Adoption = z
  .strictObject({
    skuCodes: z.array(skuCode).min(1).max(1000).optional().meta({
      description: 'Absent: every plain SKU that is linked in the shop and has no opening balance',
    }),
  })
  .default({})
  .meta({ id: 'StockAdoption' });

const AdoptionView = z
  .strictObject({
    asked: z.int().meta({ description: 'SKUs whose balance the next synchronisation takes over' }),
    left: z.array(Told.extend({ skuCode: z.string() })),
    when: When,
  })
  .meta({ id: 'StockAdoptionResult' });

/** Raises `sku_unknown`, naming each code that no SKU has. */
const demandKnown = async ({ db }: Deps, codes: readonly string[]): Promise<void> => {
  const known = await existing(db, codes);
  const errors = codes.flatMap((code, index) =>
    known.has(code)
      ? []
      : [{ path: `skuCodes.${index}`, code: 'sku_unknown', message: `SKU ${code} does not exist` }],
  );
  if (errors.length > 0)
    throw new Problem('sku_unknown', errors.map(({ message }) => message).join('; '), { errors });
};

const adopt = async (
  deps: Deps,
  shopId: string,
  { skuCodes, actor }: z.output<typeof Adoption> & { actor: string },
  language: Language,
): Promise<z.input<typeof AdoptionView>> => {
  const shop = await activeShop(deps, shopId);
  demandMigrated(shop);
  demandSync(shop);
  const when = whenOf(shop, language);
  const location = shop.settings.stockLocation;
  if (skuCodes === undefined)
    return { asked: await requestOpeningBalances(deps.db, { shopId, location, actor }), left: [], when };
  const named = [...new Set(skuCodes)];
  await demandKnown(deps, named);
  const { asked, left } = await requestAdoption(deps.db, { shopId, skuCodes: named, actor });
  return { asked, left: left.map((own) => ({ ...own, text: say(language, `left.${own.code}`) })), when };
};

/** What Rakuten was last found to show, and taking its numbers over. */
export const stockPublicationRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/stock/publications',
    tag: 'Stock',
    summary: 'What Rakuten was last found to show of each published link, and what became of the last write',
    access: 'viewer',
    spoken: true,
    params: ShopPath,
    query: z.strictObject({ ...PAGE, state: z.enum(STATES).optional() }),
    answer: { status: 200, says: 'A page of publications', schema: pageOf(PublicationView) },
    problems: ['shop_not_found'],
    handle: async ({ params: { shopId }, query: { cursor, limit, state }, language }) => {
      await existingShop(deps, shopId);
      const after = positionOf(PairPosition, cursor) ?? { manageNumber: '', variantId: '' };
      const rows = await listPublications(deps.db, shopId, { state }, after, limit + 1);
      return toPage(
        rows,
        limit,
        ({ manageNumber, variantId }) => ({ manageNumber, variantId }),
        (row) => viewOf(row, language),
      );
    },
  }),
  route({
    method: 'post',
    path: '/v1/shops/{shopId}/stock/adopt',
    tag: 'Stock',
    summary:
      'Take Rakuten’s numbers over as balances with the next synchronisation: a new shop’s opening balances',
    access: 'operator',
    spoken: true,
    params: ShopPath,
    body: Adoption,
    answer: { status: 200, says: 'What was asked for and what is left, and why', schema: AdoptionView },
    problems: ['shop_not_found', 'shop_retired', 'sku_project_not_migrated', 'stock_sync_off', 'sku_unknown'],
    handle: ({ params, body, actor, language }) => adopt(deps, params.shopId, { ...body, actor }, language),
  }),
];
