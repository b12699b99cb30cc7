import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { DEFAULT_SETTINGS, ShopSettings } from '../domain/settings';
import { type Language, say } from '../domain/texts';
import { findCircuit } from '../store/circuits';
import { keyInUseLast4, openKey } from '../store/credentials';
import { UnknownShipFromError } from '../store/ship-froms';
import type { ShopWarning } from '../store/shop-warnings';
import { currentWarnings } from '../store/shop-warnings';
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
import { originOf } from './audited';
import { type Caller, mayReach } from './caller';
import type { Deps } from './deps';
import { NoBody, ShopPath } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { fieldProblem, Problem } from './problems';
import type { AuditedChange, RawCall, Route } from './route';
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

/** The address of a webhook may itself be the secret that lets messages in: for administrators alone. */
const settingsFor = ({ role }: Caller, settings: ShopSettings): ShopSettings => {
  const { alertWebhookUrl } = settings;
  if (role === 'administrator' || alertWebhookUrl === null) return settings;
  return { ...settings, alertWebhookUrl: originOf(alertWebhookUrl) };
};

const viewOf = async (
  { db, vault }: Deps,
  shop: Shop,
  { language, caller }: Pick<RawCall, 'language' | 'caller'>,
): Promise<z.input<typeof ShopView>> => {
  const { createdAt: _, sealedAlertSecret: __, retiredAt, ...shown } = shop;
  const [last4, circuit, stopped, warnings] = await Promise.all([
    keyInUseLast4(db, shop.shopId),
    findCircuit(db, shop.shopId),
    findStop(db, shop.shopId),
    currentWarnings(db, new Date(), [shop.shopId]),
  ]);
  return {
    ...shown,
    settings: settingsFor(caller, shown.settings),
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

/** The settings that were changed, as they were and as they are. */
const changeOf = (before: ShopSettings, after: ShopSettings): AuditedChange => {
  const names = SETTING_NAMES.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  const those = (settings: ShopSettings) => Object.fromEntries(names.map((name) => [name, settings[name]]));
  return { before: those(before), after: those(after) };
};

const SETTING_NAMES = ShopSettings.keyof().options;

/** Runs what may find that settings lack what they need, a webhook's secret or a ship-from, and says so. */
const withSettingsChecked = async <T>(run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof AlertSecretRequiredError)
      throw fieldProblem('alert_secret_required', 'settings.alertWebhookSecret', cause.message);
    if (cause instanceof UnknownShipFromError)
      throw fieldProblem('ship_from_unknown', 'settings.defaultShipFromId', cause.message);
    throw cause;
  }
};

/** The sandbox's warehouse ships nothing real, so it may not be chosen where there is no sandbox. */
const refuseSandboxWarehouse = ({ config }: Deps, settings: Partial<ShopSettings> | undefined): void => {
  if (settings?.fulfilmentProvider === 'sandbox' && !config.sandbox.enabled)
    throw fieldProblem('sandbox_off', 'settings.fulfilmentProvider', 'sandbox needs OKURI_SANDBOX=true');
};

/** A repeat whose first answer was lost finds its own shop there: the same address, name and keys. */
const isSame = async (
  { db, vault }: Deps,
  body: z.output<typeof NewShopBody>,
  shopId: string,
): Promise<Shop | undefined> => {
  const [shop, key] = await Promise.all([findShop(db, shopId), openKey(db, vault, shopId)]);
  const same = key?.licenseKey === body.licenseKey && key.serviceSecret === body.serviceSecret;
  return same && shop?.name === body.name ? shop : undefined;
};

const register = async (deps: Deps, body: z.output<typeof NewShopBody>, repeated: boolean): Promise<Shop> => {
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
  const created = await withSettingsChecked(() => createShop(deps.db, deps.vault, shop));
  const kept = created ?? (repeated ? await isSame(deps, body, shop.shopId) : undefined);
  if (kept === undefined) throw new Problem('shop_exists', `The shop ${shop.shopId} is registered already.`);
  return kept;
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
      'ship_from_unknown',
    ],
    handle: async ({ body, effectId, note, ...call }) => {
      const view = await viewOf(deps, await register(deps, body, effectId !== undefined), call);
      note({ before: null, after: view });
      return view;
    },
  }),
  route({
    method: 'get',
    path: '/v1/shops',
    tag: 'Shops',
    summary: 'All shops that you have access to',
    access: 'viewer',
    reach: 'filtered',
    spoken: true,
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of shops by id', schema: pageOf(ShopView) },
    handle: async ({ query: { cursor, limit }, ...call }) => {
      const after = positionOf(ShopPath, cursor)?.shopId ?? '';
      const rows = (await listShops(deps.db))
        .filter((shop) => shop.shopId > after && mayReach(call.caller, shop.shopId))
        .sort((a, b) => (a.shopId < b.shopId ? -1 : 1));
      const page = toPage(
        rows,
        limit,
        ({ shopId }) => ({ shopId }),
        (shop) => shop,
      );
      return { ...page, items: await Promise.all(page.items.map((shop) => viewOf(deps, shop, call))) };
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
    handle: async ({ params, ...call }) => viewOf(deps, await existingShop(deps, params.shopId), call),
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
    problems: ['shop_not_found', 'refused', 'sandbox_off', 'alert_secret_required', 'ship_from_unknown'],
    handle: async ({ params: { shopId }, body, note, ...call }) => {
      const before = await existingShop(deps, shopId);
      const { settings, alertSecret } = splitSettings(body.settings);
      refuseSandboxWarehouse(deps, settings);
      const secret = alertSecret === undefined ? undefined : { vault: deps.vault, secret: alertSecret };
      const changed = await withSettingsChecked(() => changeSettings(deps.db, shopId, settings, secret));
      const after = changed ?? (await existingShop(deps, shopId));
      note(changeOf(before.settings, after.settings));
      return viewOf(deps, after, call);
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
