import { z } from 'zod';
import { DEADLINE_CODES } from '../domain/deadlines';
import type { DeadlineRow } from '../store/deadlines';
import { DEADLINE_STATES, listDeadlines } from '../store/deadlines';
import type { Hold } from '../store/holds';
import { openHoldsOf } from '../store/holds';
import { ownShops } from './caller';
import type { Deps } from './deps';
import { instant, shopId } from './fields';
import { StageField } from './order-view';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import type { Route } from './route';
import { route } from './route';

const StateField = z.enum(DEADLINE_STATES).meta({
  description: '`ahead`; `at_risk`: ahead, and announced as endangered; `missed`: past',
});

const DeadlineQuery = z.strictObject({
  ...PAGE,
  shopId: shopId.optional(),
  code: z.enum(DEADLINE_CODES).optional(),
  before: instant.optional().meta({ description: 'Deadlines before this moment' }),
  state: StateField.optional(),
});
const DeadlinePosition = z.strictObject({ at: instant, shopId: z.string(), orderNumber: z.string() });

const DeadlineItem = z
  .strictObject({
    shopId,
    orderNumber: z.string(),
    code: z.enum(DEADLINE_CODES),
    at: instant,
    state: StateField,
    stage: StageField,
    holds: z.array(z.string()).meta({ description: 'Codes of the holds that are open' }),
    parked: z.string().nullable(),
    atRiskSince: instant.nullable().meta({ description: 'When it was announced as endangered' }),
    missedSince: instant.nullable().meta({ description: 'When it was announced as missed' }),
  })
  .meta({ id: 'DeadlineItem' });

const viewOf = (row: DeadlineRow, holds: readonly Hold[]): z.input<typeof DeadlineItem> => ({
  ...row,
  at: row.at.toISOString(),
  holds: holds.map(({ code }) => code),
  atRiskSince: row.atRiskSince?.toISOString() ?? null,
  missedSince: row.missedSince?.toISOString() ?? null,
});

/** What will be missed: the nearest deadline of each open order. */
export const deadlineRoutes = ({ db }: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/deadlines',
    tag: 'Deadlines',
    summary: 'The nearest deadline of each open order, the most urgent first',
    access: 'viewer',
    reach: 'filtered',
    query: DeadlineQuery,
    answer: { status: 200, says: 'A page of deadlines', schema: pageOf(DeadlineItem) },
    handle: async ({ query: { cursor, limit, before, ...filter }, caller }) => {
      const narrowed = {
        ...filter,
        ...ownShops(caller),
        before: before === undefined ? undefined : new Date(before),
      };
      const rows = await listDeadlines(db, narrowed, positionOf(DeadlinePosition, cursor), limit + 1);
      const holdsOf = await openHoldsOf(db, rows);
      return toPage(
        rows,
        limit,
        ({ at, shopId: shop, orderNumber }) => ({ at: at.toISOString(), shopId: shop, orderNumber }),
        (row) => viewOf(row, holdsOf(row)),
      );
    },
  }),
];
