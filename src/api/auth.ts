import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { includes, type Role } from '../domain/roles';
import type { Caller } from './caller';
import type { Deps } from './deps';
import { Problem } from './problems';
import type { Access } from './route';

interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /** The body as it was sent: what a signature is made over. */
  readonly raw: Buffer;
  /** Reads the body; only a caller who is named in it needs that before being let in. */
  readonly body: () => unknown;
}

/** How old a signed message may be, and how far clocks may differ. */
const SIGNATURE_AGE_SECONDS = 300;

/** Finds out who asks, or raises a 401 Problem, or a 403 one for whom the route is not. */
export const authenticate = async (deps: Deps, access: Access, credentials: Credentials): Promise<Caller> => {
  if (access === 'open') return ANYBODY;
  if (access === 'warehouse') return warehouseOf(deps, credentials);
  const caller = bearerOf(deps, credentials);
  demandRole(caller, access);
  return caller;
};

const ANYBODY: Caller = { id: 'anybody', actor: 'anybody', role: null, shops: [] };

const demandRole = ({ role }: Caller, needed: Role): void => {
  if (role === null || !includes(role, needed))
    throw new Problem('forbidden', `This needs the role ${needed}; yours is ${role ?? 'none'}.`);
};

const bearerOf = ({ config }: Deps, { headers }: Credentials): Caller => {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) throw unauthorized('Send your token: `Authorization: Bearer …`.', 'Bearer');
  if (config.adminToken === undefined || !sameText(given, config.adminToken.reveal()))
    throw unauthorized('This token is not valid (any more).', 'Bearer error="invalid_token"');
  return { id: sha256(given), actor: 'administrator', role: 'administrator', shops: null };
};

const warehouseOf = ({ vault }: Deps, { headers, raw, body }: Credentials): Caller => {
  const { t, v1 } = signatureOf(headers['x-okuri-signature']);
  const shop = z.object({ shopId: z.string() }).safeParse(body());
  if (!shop.success) throw badSignature('The body must name the shop whose secret signed it.');
  const { shopId } = shop.data;
  const expected = createHmac('sha256', vault.signingSecret(shopId))
    .update(`${t}.`)
    .update(raw)
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
