import { z } from 'zod';
import { isTextCode, type Language, say } from '../domain/texts';
import type { Alert } from '../store/alerts';
import { addAlert, listAlerts } from '../store/alerts';
import type { Deps } from './deps';
import { instant, NoBody, ShopPath, shopId } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { existingShop } from './shops';

const AlertView = z
  .strictObject({
    alertId: z.uuid(),
    shopId,
    orderNumber: z.string().nullable(),
    code: z.string(),
    text: z.string(),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    at: instant,
    state: z.enum(['waiting', 'delivered', 'given_up']),
    attempts: z.int(),
    nextAttemptAt: instant.nullable(),
    deliveredAt: instant.nullable(),
    failure: z.string().nullable().meta({ description: 'Why the webhook did not take it the last time' }),
  })
  .meta({ id: 'Alert' });
const AlertPosition = z.strictObject({ createdAt: instant, alertId: z.uuid() });

const stateOf = ({ deliveredAt, dueAt }: Alert): z.input<typeof AlertView>['state'] => {
  if (deliveredAt !== null) return 'delivered';
  return dueAt === null ? 'given_up' : 'waiting';
};

const viewOf = (alert: Alert, language: Language): z.input<typeof AlertView> => {
  const { alertId, shopId: shop, orderNumber, code, params, attempts, failure } = alert;
  return {
    ...{ alertId, shopId: shop, orderNumber, code, params, attempts, failure },
    text: isTextCode(code) ? say(language, code, params) : code,
    at: alert.createdAt.toISOString(),
    state: stateOf(alert),
    nextAttemptAt: alert.dueAt?.toISOString() ?? null,
    deliveredAt: alert.deliveredAt?.toISOString() ?? null,
  };
};

/** What shops' alert webhooks are told of. */
export const alertRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/alerts',
    tag: 'Alerts',
    summary: 'Alerts of a shop, newest first, with what became of each',
    access: 'viewer',
    spoken: true,
    params: ShopPath,
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of alerts', schema: pageOf(AlertView) },
    problems: ['shop_not_found'],
    handle: async ({ params, query: { cursor, limit }, language }) => {
      await existingShop(deps, params.shopId);
      const rows = await listAlerts(deps.db, params.shopId, positionOf(AlertPosition, cursor), limit + 1);
      return toPage(
        rows,
        limit,
        ({ createdAt, alertId }) => ({ createdAt: createdAt.toISOString(), alertId }),
        (alert) => viewOf(alert, language),
      );
    },
  }),
  route({
    method: 'post',
    path: '/v1/shops/{shopId}/alerts/test',
    tag: 'Alerts',
    summary: 'Send a test to the shop’s alert webhook; the list of alerts tells what became of it',
    access: 'operator',
    params: ShopPath,
    body: NoBody,
    answer: { status: 202, says: 'The alert', schema: z.strictObject({ alertId: z.uuid() }) },
    problems: ['shop_not_found', 'alert_webhook_missing'],
    handle: async ({ params }) => {
      await existingShop(deps, params.shopId);
      const alertId = await addAlert(deps.db, { shopId: params.shopId, code: 'alert.test' });
      if (alertId === undefined)
        throw new Problem(
          'alert_webhook_missing',
          'The shop has no alert webhook: set alertWebhookUrl and alertWebhookSecret in its settings.',
        );
      return { alertId };
    },
  }),
];
