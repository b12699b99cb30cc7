import { z } from 'zod';
import { isTextCode, type Language, say } from '../domain/texts';
import { openKey, type ShopKey } from '../store/credentials';
import { beginRenewal, endRenewal, findRenewal, listRenewals, type RenewalOfKey } from '../store/renewals';
import type { Shop } from '../store/shops';
import { credentialWorkflowId, WORKFLOW, workflowUrl } from '../temporal/ids';
import { credentialStartOptions } from '../temporal/start';
import { credentialChanged } from '../workflows/messages';
import { refusal } from './check';
import type { Deps } from './deps';
import type { Effect } from './effect';
import { instant, ShopPath } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { fieldProblem, Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { keysDiffer, rakutenKey } from './shop-fields';
import { activeShop, existingShop } from './shops';
import { USUAL_UI } from './show-order';
import { withinBound } from './temporal';

const PATH = '/v1/shops/{shopId}/credentials/renewals';
const RenewalPath = ShopPath.extend({ renewalId: z.uuid() });
const Position = z.strictObject({ createdAt: instant, renewalId: z.uuid() });
const MINUTE_MS = 60_000;

/** A key that was copied wrongly is understood, and refused at once: Rakuten could only say in two hours that it is wrong. */
const wellFormed = (prefix: 'SP' | 'SL') =>
  z
    .string()
    .trim()
    .refine(
      (key) => rakutenKey(prefix).safeParse(key).success,
      refusal('refused', `must look like ${prefix}123456_…, copied whole from RMS`),
    );

const RenewalBody = z
  .strictObject({
    licenseKey: wellFormed('SL'),
    serviceSecret: wellFormed('SP').optional().meta({ description: 'Absent: that of the key in use' }),
  })
  .meta({ id: 'NewRenewal' });

const RenewalView = z
  .strictObject({
    renewalId: z.uuid(),
    shopId: z.string(),
    state: z.enum(['pending', 'live', 'failed', 'cancelled']),
    licenseKeyLast4: z.string().nullable().meta({ description: '`null` once the key is not kept any more' }),
    probes: z.int().meta({ description: 'How often Rakuten was asked about the key' }),
    probedAt: instant.nullable(),
    said: z
      .strictObject({ code: z.string(), text: z.string() })
      .meta({ description: 'What Rakuten said last, what it can be, and what to do' }),
    triedUntil: instant.meta({ description: 'When it is given up, unless the key is live by then' }),
    requestedBy: z.string(),
    createdAt: instant,
    finishedAt: instant.nullable(),
    workflow: z.strictObject({ workflowId: z.string(), url: z.string() }),
  })
  .meta({ id: 'Renewal' });

const viewOf = ({ config }: Deps, renewal: RenewalOfKey, language: Language): z.input<typeof RenewalView> => {
  const { renewalId, shopId, state, licenseKeyLast4, probes, requestedBy } = renewal;
  const workflowId = credentialWorkflowId(shopId);
  return {
    ...{ renewalId, shopId, state, licenseKeyLast4, probes, requestedBy },
    probedAt: renewal.probedAt?.toISOString() ?? null,
    said: saidOf(renewal.reason ?? 'not_asked', language),
    triedUntil: renewal.limitAt.toISOString(),
    createdAt: renewal.createdAt.toISOString(),
    finishedAt: renewal.finishedAt?.toISOString() ?? null,
    workflow: {
      workflowId,
      url: workflowUrl(config.temporalUiUrl ?? USUAL_UI, config.temporal.namespace, workflowId),
    },
  };
};

const saidOf = (code: string, language: Language): { code: string; text: string } => {
  const text = `renewal.${code}`;
  return { code, text: isTextCode(text) ? say(language, text) : code };
};

/**
 * The new key with its secret; Rakuten keeps the secret when it issues a key anew. Both have to be of the shop that the
 * key in use is of. Raises `keys_differ`, `refused`.
 */
const completeKey = async (
  { db, vault }: Deps,
  shopId: string,
  { licenseKey, serviceSecret }: z.output<typeof RenewalBody>,
): Promise<ShopKey> => {
  const inUse = await openKey(db, vault, shopId);
  const secret = serviceSecret ?? inUse?.serviceSecret;
  if (secret === undefined)
    throw fieldProblem(
      'refused',
      'serviceSecret',
      'is needed: the shop has no key whose secret could be kept',
    );
  const differ = keysDiffer({ serviceSecret: secret, licenseKey });
  if (differ !== undefined) throw fieldProblem('keys_differ', 'licenseKey', differ);
  const foreign = inUse && keysDiffer({ serviceSecret: inUse.serviceSecret, licenseKey });
  if (foreign !== undefined)
    throw fieldProblem('keys_differ', 'licenseKey', `${foreign}, as the key in use is`);
  return { licenseKey, serviceSecret: secret };
};

const begin = async (
  deps: Deps,
  shop: Shop,
  body: z.output<typeof RenewalBody>,
  { actor, effectId }: Effect,
): Promise<{ renewalId: string; workflowId: string; runId: string | null }> => {
  const { shopId, settings } = shop;
  const key = await completeKey(deps, shopId, body);
  const limitAt = new Date(Date.now() + settings.keyRenewalLimitMinutes * MINUTE_MS);
  const asked = { shopId, key, requestedBy: actor, limitAt, renewalId: effectId };
  const outcome = await beginRenewal(deps.db, deps.vault, asked);
  if ('running' in outcome)
    throw new Problem(
      'renewal_running',
      `The renewal ${outcome.running.renewalId} of this shop is under way: wait until it has ended, or cancel it.`,
      { errors: [{ path: 'renewalId', code: 'renewal_running', message: outcome.running.renewalId }] },
    );
  if ('inUse' in outcome) throw new Problem('key_in_use', inUseText(outcome.inUse.state));
  return { renewalId: outcome.begun.renewalId, ...(await tellWorkflow(deps, shopId)) };
};

const inUseText = (state: 'pending' | 'live' | 'refused'): string =>
  state === 'refused'
    ? 'This is the key in use, and Rakuten refuses it. If it was issued within the last 90 minutes it is taken by itself once it is live; otherwise issue a new one in RMS > 5/6 WEB APIサービス > ライセンスキーの確認・変更 > 新しいライセンスキーを発行.'
    : 'This is the key in use, and Rakuten takes it: there is nothing to do. For a later end, issue a new one in RMS > 5/6 WEB APIサービス > ライセンスキーの確認・変更 > 新しいライセンスキーを発行.';

/** The outbox tells it too: without Temporal the renewal begins when Temporal is back, and its run is not known yet. */
const tellWorkflow = async (
  { temporal, log }: Deps,
  shopId: string,
): Promise<{ workflowId: string; runId: string | null }> => {
  const options = credentialStartOptions(shopId);
  try {
    const handle = await withinBound(temporal, () =>
      temporal.workflow.signalWithStart(WORKFLOW.credential, { ...options, signal: credentialChanged }),
    );
    return { workflowId: options.workflowId, runId: handle.signaledRunId };
  } catch (error) {
    log.warn({ err: error, shopId }, 'a renewal waits for Temporal; it begins by itself');
    return { workflowId: options.workflowId, runId: null };
  }
};

const existingRenewal = async (
  deps: Deps,
  { shopId, renewalId }: z.output<typeof RenewalPath>,
): Promise<RenewalOfKey> => {
  await existingShop(deps, shopId);
  const renewal = await findRenewal(deps.db, shopId, renewalId);
  if (renewal === undefined) throw new Problem('renewal_not_found');
  return renewal;
};

const cancel = async (
  deps: Deps,
  path: z.output<typeof RenewalPath>,
  actor: string,
): Promise<RenewalOfKey> => {
  const renewal = await existingRenewal(deps, path);
  if (!(await endRenewal(deps.db, renewal, 'cancelled', actor))) {
    const { state } = await existingRenewal(deps, path);
    throw new Problem('renewal_finished', `The renewal is ${state}: there is nothing to cancel.`);
  }
  return existingRenewal(deps, path);
};

/** Renewals of a shop's key: begin, list, show, cancel. */
export const renewalRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: PATH,
    tag: 'Credentials',
    summary:
      'Register a new key: it is tried until Rakuten takes it, and used from then on; the present one works meanwhile',
    access: 'administrator',
    params: ShopPath,
    body: RenewalBody,
    answer: {
      status: 202,
      says: 'The renewal and its workflow; `runId` is `null` while Temporal is away',
      schema: z.strictObject({
        renewalId: z.uuid(),
        workflowId: z.string(),
        runId: z.string().nullable(),
      }),
    },
    problems: ['shop_not_found', 'shop_retired', 'refused', 'keys_differ', 'renewal_running', 'key_in_use'],
    handle: async ({ params, body, ...call }) =>
      begin(deps, await activeShop(deps, params.shopId), body, call),
  }),
  route({
    method: 'get',
    path: PATH,
    tag: 'Credentials',
    summary: 'Renewals of the shop’s key, newest first',
    access: 'administrator',
    spoken: true,
    params: ShopPath,
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of renewals', schema: pageOf(RenewalView) },
    problems: ['shop_not_found', 'invalid_cursor'],
    handle: async ({ params: { shopId }, query: { cursor, limit }, language }) => {
      await existingShop(deps, shopId);
      const rows = await listRenewals(deps.db, shopId, positionOf(Position, cursor), limit + 1);
      return toPage(
        rows,
        limit,
        ({ createdAt, renewalId }) => ({ createdAt: createdAt.toISOString(), renewalId }),
        (renewal) => viewOf(deps, renewal, language),
      );
    },
  }),
  route({
    method: 'get',
    path: `${PATH}/{renewalId}`,
    tag: 'Credentials',
    summary: 'How far a renewal is, and what Rakuten said last',
    access: 'administrator',
    spoken: true,
    params: RenewalPath,
    answer: { status: 200, says: 'The renewal', schema: RenewalView },
    problems: ['shop_not_found', 'renewal_not_found'],
    handle: async ({ params, language }) => viewOf(deps, await existingRenewal(deps, params), language),
  }),
  route({
    method: 'delete',
    path: `${PATH}/{renewalId}`,
    tag: 'Credentials',
    summary: 'Cancel a renewal that is under way; the new key is not kept',
    access: 'administrator',
    spoken: true,
    params: RenewalPath,
    answer: { status: 200, says: 'The renewal', schema: RenewalView },
    problems: ['shop_not_found', 'renewal_not_found', 'renewal_finished'],
    handle: async ({ params, actor, language }) => viewOf(deps, await cancel(deps, params, actor), language),
  }),
];
