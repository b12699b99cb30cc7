import { z } from 'zod';
import { listDailyCounts } from '../store/daily-counts';
import type { Deps } from './deps';
import { day, instant, ShopPath } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import type { Route } from './route';
import { route } from './route';
import { existingShop } from './shops';

const DailyCountView = z
  .strictObject({
    day: day.meta({ description: 'The day in Japan on which it was counted' }),
    theirs: z.int().meta({ description: 'Orders of the past two years that Rakuten shows' }),
    ours: z.int().meta({ description: 'Of those: known here when it was counted' }),
    missing: z.array(z.string()).meta({ description: 'The others; they were taken in at once' }),
    countedAt: instant,
  })
  .meta({ id: 'DailyCount' });
const Position = z.strictObject({ day });

/** The daily proof that no order is missing. */
export const dailyCountRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/daily-counts',
    tag: 'Imports',
    summary: 'What Rakuten shows against what is known here, counted once a day, newest first',
    access: 'viewer',
    params: ShopPath,
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of counts', schema: pageOf(DailyCountView) },
    problems: ['shop_not_found'],
    handle: async ({ params: { shopId }, query: { cursor, limit } }) => {
      await existingShop(deps, shopId);
      const rows = await listDailyCounts(deps.db, shopId, positionOf(Position, cursor)?.day, limit + 1);
      return toPage(
        rows,
        limit,
        (row) => ({ day: row.day }),
        ({ shopId: _, countedAt, ...count }) => ({ ...count, countedAt: countedAt.toISOString() }),
      );
    },
  }),
];
