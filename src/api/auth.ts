import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { includes, type Role } from '../domain/roles';
import { findToken, noteTokenUse } from '../store/tokens';
import { userOfSession } from '../store/users';
import type { Caller } from './caller';
import { csrfTokenOf, refuseForeignSites, sessionOf } from './cookies';
import type { Deps } from './deps';
import { Problem } from './problems';
import type { Access } from './route';

/** What a request shows of who sent it. */
interface Credentials {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as it was sent: what a signature is made over. */
  readonly raw: () => Promise<Buffer>;
  /** Reads the body; only a caller who is named in it needs that before being let in. */
  readonly body: () => Promise<unknown>;
}

/** How old a signed message may be, and how far clocks may differ. */
const SIGNATURE_AGE_SECONDS = 300;

/** Finds out who asks, or raises a 401 Problem, or a 403 one for whom the route is not. */
export const authenticate = async (deps: Deps, access: Access, credentials: Credentials): Promise<Caller> => {
  if (access === 'open') return ANYBODY;
  if (access === 'warehouse') return warehouseOf(deps, credentials);
  const caller = await signedIn(deps, credentials);
  demandRole(caller, access);
  return caller;
};

const ANYBODY: Caller = { id: 'anybody', actor: 'anybody', role: null, shops: [] };

const demandRole = ({ role }: Caller, needed: Role): void => {
  if (role === null || !includes(role, needed))
    throw new Problem('forbidden', `This needs the role ${needed}; yours is ${role ?? 'none'}.`);
};

/** A token says more than a cookie that a browser sends along. */
const signedIn = (deps: Deps, credentials: Credentials): Promise<Caller> => {
  const token = /^Bearer +(\S+)$/i.exec(credentials.headers.authorization ?? '')?.[1];
  return token === undefined ? bySession(deps, credentials) : byToken(deps, token);
};

const byToken = async ({ config, db, log }: Deps, given: string): Promise<Caller> => {
  const id = sha256(given);
  if (config.adminToken !== undefined && sameText(given, config.adminToken.reveal()))
    return { id, actor: 'administrator', role: 'administrator', shops: null };
  const token = await findToken(db, id);
  if (token === undefined)
    throw unauthorized('This token is not valid (any more).', 'Bearer error="invalid_token"');
  // That it was used is worth no request's waiting or failing.
  noteTokenUse(db, token).catch((error: unknown) =>
    log.warn({ err: error }, 'the use of a token was not noted'),
  );
  return { id, actor: `token/${token.name}`, role: token.role, shops: token.shopIds };
};

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

const bySession = async ({ db }: Deps, { method, headers }: Credentials): Promise<Caller> => {
  const session = sessionOf(headers);
  if (session === undefined)
    throw unauthorized('Send your token as `Authorization: Bearer …`, or sign in.', 'Bearer');
  const hash = sha256(session);
  const user = await userOfSession(db, hash);
  if (user === undefined) throw unauthorized('You are signed out. Sign in again.', 'Bearer');
  if (!SAFE_METHODS.has(method)) demandOwnPage(headers, session);
  const { userId, name, role, shopIds } = user;
  return {
    id: sha256(`user/${userId}`),
    actor: `user/${name}`,
    role,
    shops: shopIds,
    session: { userId, hash },
  };
};

const demandOwnPage = (headers: IncomingHttpHeaders, session: string): void => {
  refuseForeignSites(headers);
  if (!sameText(String(headers['x-csrf-token'] ?? ''), csrfTokenOf(session)))
    throw new Problem('csrf_refused', 'Send `csrfToken` of GET /v1/session as `X-CSRF-Token`.');
};

const warehouseOf = async ({ vault }: Deps, { headers, raw, body }: Credentials): Promise<Caller> => {
  const { t, v1 } = signatureOf(headers['x-okuri-signature']);
  const shop = z.object({ shopId: z.string() }).safeParse(await body());
  if (!shop.success) throw badSignature('The body must name the shop whose secret signed it.');
  const { shopId } = shop.data;
  const expected = createHmac('sha256', vault.signingSecret(shopId))
    .update(`${t}.`)
    .update(await raw())
    .digest('hex');
  if (!sameText(v1, expected)) throw badSignature('The signature does not match the body.');
  if (Math.abs(Date.now() / 1000 - Number(t)) > SIGNATURE_AGE_SECONDS)
    throw badSignature('The signature is older than five minutes, or the clocks differ.');
  return { id: sha256(`warehouse/${shopId}`), actor: 'warehouse', role: null, shops: [shopId] };
};

const signatureOf = (header: string | string[] | undefined): { t: string; v1: string } => {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(String(header ?? ''));
  if (match?.[1] === undefined || match[2] === undefined)
    throw badSignature('Send `X-Okuri-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`.');
  return { t: match[1], v1: match[2] };
};

const unauthorized = (detail: string, challenge: string): Problem =>
  new Problem('unauthorized', detail, { headers: { 'WWW-Authenticate': challenge } });

const badSignature = (detail: string): Problem => new Problem('invalid_signature', detail);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Digests have one length, so neither length nor content shows in the time it takes. */
const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
