import { z } from 'zod';
import type { ShopSettings } from '../domain/settings';
import { DEFAULT_SETTINGS } from '../domain/settings';
import { type Language, say } from '../domain/texts';
import { findCircuit } from '../store/circuits';
import { keyInUseLast4 } from '../store/credentials';
import type { ShopWarning } from '../store/shop-warnings';
import { listWarnings } from '../store/shop-warnings';
import type { Shop } from '../store/shops';
import {
  AlertSecretRequiredError,
  alertSecretOf,
  changeSettings,
  createShop,
  findShop,
  listShops,
} from '../store/shops';
import { findStop } from '../store/stops';
import { manualSyncId, TASK_QUEUE, WORKFLOW } from '../temporal/ids';
import type { SyncInput } from '../workflows/messages';
import type { Deps } from './deps';
import { NoBody, ShopPath } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { fieldProblem, Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { isAllowedRms, NewShopBody, ShopChange, ShopView, shopIdentity, splitSettings } from './shop-fields';
import { stopView } from './stop-view';
import { withinBound } from './temporal';

/** The shop with this id. Raises `shop_not_found`. */
export const existingShop = async ({ db }: Deps, shopId: string): Promise<Shop> => {
  const shop = await findShop(db, shopId);
  if (shop === undefined) throw new Problem('shop_not_found', `No shop has the id ${shopId}.`);
  return shop;
};

/** A shop that takes part. Raises `shop_not_found`, `shop_retired`. */
export const activeShop = async (deps: Deps, shopId: string): Promise<Shop> => {
  const shop = await existingShop(deps, shopId);
  if (shop.retiredAt !== null) throw new Problem('shop_retired', `The shop ${shopId} is out of service.`);
  return shop;
};

const viewOf = async (
  { db, vault }: Deps,
  shop: Shop,
  language: Language,
): Promise<z.input<typeof ShopView>> => {
  const { createdAt: _, sealedAlertSecret: __, retiredAt, ...shown } = shop;
  const [last4, circuit, stopped, warnings] = await Promise.all([
    keyInUseLast4(db, shop.shopId),
    findCircuit(db, shop.shopId),
    findStop(db, shop.shopId),
    listWarnings(db, [shop.shopId]),
  ]);
  return {
    ...shown,
    licenseKeyLast4: last4 ?? null,
    alertWebhookSecretLast4: alertSecretOf(vault, shop)?.slice(-4) ?? null,
    retiredAt: retiredAt?.toISOString() ?? null,
    parked: circuit === undefined ? null : { cause: circuit.cause, since: circuit.openedAt.toISOString() },
    stopped: stopped === undefined ? null : stopView(stopped),
    warnings: warnings.map((warning) => warningView(warning, language)),
  };
};

const warningView = ({ code, params, since }: ShopWarning, language: Language) => ({
  code,
  text: say(language, `warning.${code}`, params),
  since: since.toISOString(),
});

/** Runs what may find that a webhook would have no secret, and says so. */
const withSecretChecked = async <T>(run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (cause) {
    if (!(cause instanceof AlertSecretRequiredError)) throw cause;
    throw fieldProblem('alert_secret_required', 'settings.alertWebhookSecret', cause.message);
  }
};

/** The sandbox's warehouse ships nothing real, so it may not be chosen where there is no sandbox. */
const refuseSandboxWarehouse = ({ config }: Deps, settings: Partial<ShopSettings> | undefined): void => {
  if (settings?.fulfilmentProvider === 'sandbox' && !config.sandbox.enabled)
    throw fieldProblem('sandbox_off', 'settings.fulfilmentProvider', 'sandbox needs OKURI_SANDBOX=true');
};

const register = async (deps: Deps, body: z.output<typeof NewShopBody>): Promise<Shop> => {
  const { rmsBaseUrl } = body;
  const { settings, alertSecret } = splitSettings(body.settings);
  if (rmsBaseUrl !== undefined && !isAllowedRms(rmsBaseUrl, deps.config))
    throw fieldProblem(
      'rms_host_not_allowed',
      'rmsBaseUrl',
      'must be https on Rakuten’s API host, or on a host that OKURI_ALLOWED_RMS_HOSTS names',
    );
  refuseSandboxWarehouse(deps, settings);
  const shop = {
    ...body,
    ...shopIdentity(body.shopUrl),
    rmsBaseUrl: rmsBaseUrl?.replace(/\/+$/, ''),
    settings: { ...DEFAULT_SETTINGS, ...settings },
    alertSecret,
  };
  const created = await withSecretChecked(() => createShop(deps.db, deps.vault, shop));
  if (created === undefined)
    throw new Problem('shop_exists', `The shop ${shop.shopId} is registered already.`);
  return created;
};

const syncNow = async (deps: Deps, shopId: string): Promise<{ workflowId: string; runId: string }> => {
  await activeShop(deps, shopId);
  const workflowId = manualSyncId(shopId);
  const args: [SyncInput] = [{ shopId }];
  const { firstExecutionRunId } = await withinBound(deps.temporal, () =>
    deps.temporal.workflow.start(WORKFLOW.sync, {
      taskQueue: TASK_QUEUE,
      workflowId,
      args,
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  );
  return { workflowId, runId: firstExecutionRunId };
};

/** Shops: register, list, show, change settings, synchronise now. */
export const shopRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/shops',
    tag: 'Shops',
    summary: 'Register a shop with its keys; settings that are not named start switched off',
    access: 'administrator',
    spoken: true,
    body: NewShopBody,
    answer: { status: 201, says: 'The shop', schema: ShopView },
    problems: [
      'shop_exists',
      'refused',
      'keys_differ',
      'rms_host_not_allowed',
      'sandbox_off',
      'alert_secret_required',
    ],
    handle: async ({ body, language }) => viewOf(deps, await register(deps, body), language),
  }),
  route({
    method: 'get',
    path: '/v1/shops',
    tag: 'Shops',
    summary: 'All shops',
    access: 'viewer',
    spoken: true,
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of shops by id', schema: pageOf(ShopView) },
    handle: async ({ query: { cursor, limit }, language }) => {
      const after = positionOf(ShopPath, cursor)?.shopId ?? '';
      const rows = (await listShops(deps.db))
        .filter((shop) => shop.shopId > after)
        .sort((a, b) => (a.shopId < b.shopId ? -1 : 1));
      const page = toPage(
        rows,
        limit,
        ({ shopId }) => ({ shopId }),
        (shop) => shop,
      );
      return { ...page, items: await Promise.all(page.items.map((shop) => viewOf(deps, shop, language))) };
    },
  }),
  route({
    method: 'get',
    path: '/v1/shops/{shopId}',
    tag: 'Shops',
    summary: 'One shop',
    access: 'viewer',
    spoken: true,
    params: ShopPath,
    answer: { status: 200, says: 'The shop', schema: ShopView },
    problems: ['shop_not_found'],
    handle: async ({ params, language }) => viewOf(deps, await existingShop(deps, params.shopId), language),
  }),
  route({
    method: 'patch',
    path: '/v1/shops/{shopId}',
    tag: 'Shops',
    summary: 'Change the named settings of a shop; its synchronisation follows',
    access: 'administrator',
    spoken: true,
    params: ShopPath,
    body: ShopChange,
    answer: { status: 200, says: 'The shop', schema: ShopView },
    problems: ['shop_not_found', 'refused', 'sandbox_off', 'alert_secret_required'],
    handle: async ({ params: { shopId }, body, language }) => {
      await existingShop(deps, shopId);
      const { settings, alertSecret } = splitSettings(body.settings);
      refuseSandboxWarehouse(deps, settings);
      const secret = alertSecret === undefined ? undefined : { vault: deps.vault, secret: alertSecret };
      const changed = await withSecretChecked(() => changeSettings(deps.db, shopId, settings, secret));
      return viewOf(deps, changed ?? (await existingShop(deps, shopId)), language);
    },
  }),
  route({
    method: 'post',
    path: '/v1/shops/{shopId}/sync',
    tag: 'Shops',
    summary: 'Look for new and moved orders now; one such run at a time',
    access: 'operator',
    params: ShopPath,
    body: NoBody,
    answer: {
      status: 202,
      says: 'The workflow that does it, new or already running',
      schema: z.strictObject({ workflowId: z.string(), runId: z.string() }),
    },
    problems: ['shop_not_found', 'shop_retired', 'temporal_unavailable'],
    handle: ({ params }) => syncNow(deps, params.shopId),
  }),
];
