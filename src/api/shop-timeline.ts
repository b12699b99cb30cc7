import { z } from 'zod';
import { isTextCode, type Language, say } from '../domain/texts';
import { listShopLines, type ShopLine } from '../store/shop-timeline';
import type { Deps } from './deps';
import { instant, ShopPath } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import type { Route } from './route';
import { route } from './route';
import { existingShop } from './shops';

const LineView = z
  .strictObject({
    at: instant,
    code: z.string(),
    text: z.string(),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    actor: z.string(),
  })
  .meta({ id: 'ShopTimelineLine' });
const LinePosition = z.strictObject({ lineId: z.int() });

const viewOf = ({ at, code, params, actor }: ShopLine, language: Language): z.input<typeof LineView> => ({
  at: at.toISOString(),
  code,
  text: isTextCode(code) ? say(language, code, params) : code,
  ...{ params, actor },
});

/** What happened to a shop as a whole. */
export const shopTimelineRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/timeline',
    tag: 'Shops',
    summary: 'What happened to a shop as a whole: its keys, its connection, warnings; newest first',
    access: 'viewer',
    spoken: true,
    params: ShopPath,
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of lines', schema: pageOf(LineView) },
    problems: ['shop_not_found'],
    handle: async ({ params: { shopId }, query: { cursor, limit }, language }) => {
      await existingShop(deps, shopId);
      const before = positionOf(LinePosition, cursor)?.lineId;
      const rows = await listShopLines(deps.db, shopId, before, limit + 1);
      return toPage(
        rows,
        limit,
        ({ lineId }) => ({ lineId }),
        (line) => viewOf(line, language),
      );
    },
  }),
];
