import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Deps } from './deps';
import { Problem } from './problems';
import type { Access } from './route';

/** Who asks. */
export interface Caller {
  /** Stands for the caller's credential without giving it away: what an Idempotency-Key is scoped to. */
  readonly id: string;
  readonly actor: string;
}

interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /** The body as it was sent: what a signature is made over. */
  readonly raw: Buffer;
  /** Reads the body; only a caller who is named in it needs that before being let in. */
  readonly body: () => unknown;
}

/** How old a signed message may be, and how far clocks may differ. */
const SIGNATURE_AGE_SECONDS = 300;

/** Finds out who asks, or raises a 401 Problem. Comparisons take the same time whether or not they match. */
export const authenticate = (deps: Deps, access: Access, credentials: Credentials): Caller =>
  CHECKS[access](deps, credentials);

const CHECKS: Readonly<Record<Access, (deps: Deps, credentials: Credentials) => Caller>> = {
  open: () => ({ id: 'anybody', actor: 'anybody' }),
  administrator: ({ config }, { headers }) => {
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (given === undefined)
      throw unauthorized('Send the administrator’s token: `Authorization: Bearer …`.', 'Bearer');
    if (config.adminToken === undefined || !sameText(given, config.adminToken))
      throw unauthorized('This token is not valid (any more).', 'Bearer error="invalid_token"');
    return { id: sha256(given), actor: 'administrator' };
  },
  warehouse: ({ vault }, { headers, raw, body }) => {
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
    return { id: sha256(`warehouse/${shopId}`), actor: 'warehouse' };
  },
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
