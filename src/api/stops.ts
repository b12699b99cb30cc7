import { z } from 'zod';
import type { Database } from '../store/database';
import { ALL_SHOPS, findStop, listStops, parkedByStop, resume, stop } from '../store/stops';
import { mayReach } from './caller';
import type { Deps } from './deps';
import { instant, line, ShopPath, shopId } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import type { RawCall, Route } from './route';
import { route } from './route';
import { existingShop } from './shops';
import { StopView, stopView } from './stop-view';

const StopBody = z
  .strictObject({
    reason: line(500).meta({ description: 'For whoever wonders why nothing moves. No personal data.' }),
  })
  .meta({ id: 'NewStop' });

/** No faster than orders are woken without it. */
const FASTEST_PER_MINUTE = 12_000;

const ResumeQuery = z.strictObject({
  ordersPerMinute: z.coerce.number().int().min(1).max(FASTEST_PER_MINUTE).optional().meta({
    description: 'How many orders go on in a minute, the most urgent first; without it 200 a second',
  }),
});

const ResumeView = z
  .strictObject({
    woken: z.int().meta({ description: 'How many orders go on, now or by and by' }),
    stillStopped: z.array(StopView).meta({
      description: 'Switches that stop the shop, or some of all shops, as before: their orders stay',
    }),
  })
  .meta({ id: 'Resumed' });

const RestartView = z
  .strictObject({
    shopId,
    orders: z.int().meta({ description: 'Orders that a stop parked and that do not go on yet' }),
    lastWakeAt: instant
      .nullable()
      .meta({ description: 'When the last of those that are to go on does; `null` while none is' }),
  })
  .meta({ id: 'ParkedByStop' });

/** The switch of this very scope, as the audit log keeps it. */
const switchOf = async (db: Database, scope: string) => {
  const own = (await listStops(db)).find((one) => one.scope === scope);
  return own === undefined ? null : stopView(own);
};

const halt = async (
  { db }: Deps,
  scope: string,
  reason: string,
  { actor, note }: Pick<RawCall, 'actor' | 'note'>,
): Promise<z.input<typeof StopView>> => {
  note({ before: await switchOf(db, scope) });
  const after = stopView(await stop(db, scope, { reason, stoppedBy: actor }));
  note({ after });
  return after;
};

const lift = async (
  { db }: Deps,
  scope: string,
  query: z.output<typeof ResumeQuery>,
  note: RawCall['note'],
): Promise<z.input<typeof ResumeView>> => {
  note({ before: await switchOf(db, scope), after: null });
  const woken = await resume(db, scope, query);
  if (woken === undefined)
    throw new Problem(
      'stop_not_found',
      scope === ALL_SHOPS
        ? 'The switch of all shops is not on. GET /v1/stops shows what is stopped.'
        : `The switch of ${scope} alone is not on. GET /v1/stops shows what is stopped.`,
    );
  const own = await findStop(db, scope);
  const left = scope === ALL_SHOPS ? await listStops(db) : own === undefined ? [] : [own];
  return { woken, stillStopped: left.map(stopView) };
};

/** The stop switch, of one shop and of all: nothing leaves for Rakuten or a warehouse while it is on. */
export const stopRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/stops',
    tag: 'Stop switch',
    summary: 'What is stopped, since when, by whom and why; and how far restarts are',
    access: 'viewer',
    reach: 'filtered',
    query: z.strictObject(PAGE),
    answer: {
      status: 200,
      says: 'A page of switches that are on, that of all shops first',
      schema: pageOf(StopView).extend({
        parked: z.array(RestartView).meta({ description: 'By shop; shops without such orders are absent' }),
      }),
    },
    handle: async ({ query: { cursor, limit }, caller }) => {
      const after = positionOf(StopView.pick({ scope: true }), cursor)?.scope ?? '';
      const [all, parked] = await Promise.all([listStops(deps.db), parkedByStop(deps.db)]);
      const rows = all.filter(
        ({ scope }) => scope > after && (scope === ALL_SHOPS || mayReach(caller, scope)),
      );
      return {
        ...toPage(rows, limit, ({ scope }) => ({ scope }), stopView),
        parked: parked
          .filter((row) => mayReach(caller, row.shopId))
          .map((row) => ({ ...row, lastWakeAt: row.lastWakeAt?.toISOString() ?? null })),
      };
    },
  }),
  route({
    method: 'put',
    path: '/v1/stop',
    tag: 'Stop switch',
    summary: 'Stop all shops; a switch that is on stays as it is',
    access: 'operator',
    body: StopBody,
    answer: { status: 200, says: 'The switch', schema: StopView },
    handle: ({ body, ...call }) => halt(deps, ALL_SHOPS, body.reason, call),
  }),
  route({
    method: 'delete',
    path: '/v1/stop',
    tag: 'Stop switch',
    summary: 'Let all shops go on that have not been stopped on their own',
    access: 'operator',
    query: ResumeQuery,
    answer: { status: 200, says: 'What goes on', schema: ResumeView },
    problems: ['stop_not_found'],
    handle: ({ query, note }) => lift(deps, ALL_SHOPS, query, note),
  }),
  route({
    method: 'put',
    path: '/v1/shops/{shopId}/stop',
    tag: 'Stop switch',
    summary: 'Stop one shop; a switch that is on stays as it is',
    access: 'operator',
    params: ShopPath,
    body: StopBody,
    answer: { status: 200, says: 'The switch', schema: StopView },
    problems: ['shop_not_found'],
    handle: async ({ params, body, ...call }) => {
      await existingShop(deps, params.shopId);
      return halt(deps, params.shopId, body.reason, call);
    },
  }),
  route({
    method: 'delete',
    path: '/v1/shops/{shopId}/stop',
    tag: 'Stop switch',
    summary: 'Let one shop go on',
    access: 'operator',
    params: ShopPath,
    query: ResumeQuery,
    answer: { status: 200, says: 'What goes on', schema: ResumeView },
    problems: ['shop_not_found', 'stop_not_found'],
    handle: async ({ params, query, note }) => {
      await existingShop(deps, params.shopId);
      return lift(deps, params.shopId, query, note);
    },
  }),
];
