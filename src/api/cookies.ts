import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';
import { Problem } from './problems';

/** `__Host-`: only over TLS (or to this machine), only for this host, for no sub-domain. */
export const SESSION_COOKIE = '__Host-okuri-session';
const ATTRIBUTES = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const;

/** The cookie that signs a browser in; scripts cannot read it, and no other site makes the browser send it. */
export const sessionCookie = (session: string, expires: Date): string =>
  stringifySetCookie(SESSION_COOKIE, session, { ...ATTRIBUTES, expires });

/** What takes the cookie back. */
export const endedCookie = (): string => stringifySetCookie(SESSION_COOKIE, '', { ...ATTRIBUTES, maxAge: 0 });

/** The session that a request carries. */
export const sessionOf = ({ cookie }: IncomingHttpHeaders): string | undefined =>
  cookie === undefined ? undefined : parseCookie(cookie)[SESSION_COOKIE] || undefined;

/** What a page must send along with each change, as `X-CSRF-Token`. Another site cannot read it. */
export const csrfTokenOf = (session: string): string =>
  createHmac('sha256', session).update('csrf').digest('base64url');

/**
 * Refuses what another site may have made a browser send. Browsers say by themselves where a request comes from.
 * @throws Problem `csrf_refused`
 */
export const refuseForeignSites = (headers: IncomingHttpHeaders): void => {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign();
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) throw foreign();
};

const foreign = (): Problem => new Problem('csrf_refused', 'The request came from another site.');
