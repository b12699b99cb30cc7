import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { attemptLimit } from '../store/attempts';
import { beginSession, changeUser, endSession, findUser, findUserByName, type User } from '../store/users';
import { password, role } from './access-fields';
import type { Caller } from './caller';
import { csrfTokenOf, endedCookie, refuseForeignSites, sessionCookie, sessionOf } from './cookies';
import type { Deps } from './deps';
import { instant } from './fields';
import { sha256 } from './idempotency';
import { hashPassword, isPassword } from './passwords';
import { Problem } from './problems';
import { rateLimited } from './rate-limit';
import type { Route } from './route';
import { route, WithHeaders } from './route';

const SignIn = z
  .strictObject({
    name: z.string().trim().toLowerCase().min(1).max(64),
    password: z.string().min(1).max(200),
  })
  .meta({ id: 'SignIn' });
const PasswordChange = z.strictObject({ current: z.string().min(1).max(200), password });

const SessionView = z
  .strictObject({
    actor: z.string().meta({ description: 'As timelines and the audit log name you' }),
    role,
    shopIds: z.array(z.string()).nullable(),
    csrfToken: z
      .string()
      .nullable()
      .meta({ description: 'To be sent as `X-CSRF-Token` with each change; `null` with a token' }),
  })
  .meta({ id: 'Session' });
const SignedInView = SessionView.extend({ expiresAt: instant }).meta({ id: 'SignedIn' });

const MINUTE_S = 60;

/** Failed sign-ins of one name from one address, of one name from anywhere, and from one address. */
const signInLimits = ({ db }: Deps) => {
  const limit = (name: string, points: number, minutes: number) =>
    attemptLimit(db.$client, { name, points, seconds: minutes * MINUTE_S });
  const limits = {
    pair: limit('sign-in/pair', 5, 15),
    name: limit('sign-in/name', 50, 60),
    address: limit('sign-in/address', 30, 15),
  };
  const keysOf = (name: string, address: string) =>
    [
      [limits.pair, `${name}/${address}`],
      [limits.name, name],
      [limits.address, address],
    ] as const;
  return {
    /** Counts an attempt before it is looked at, so that many at once are not tried at once. */
    count: async (name: string, address: string): Promise<void> => {
      const waits = await Promise.all(keysOf(name, address).map(([limited, key]) => limited.count(key)));
      const seconds = Math.max(...waits.map((wait) => wait ?? 0));
      if (seconds > 0) throw rateLimited(seconds);
    },
    forget: (name: string, address: string): Promise<void> => limits.pair.forget(`${name}/${address}`),
  };
};

const failed = (): Problem =>
  new Problem('sign_in_failed', 'Name or password is wrong, or the user is disabled.');

const demandPassword = async (user: User | undefined, typed: string): Promise<User> => {
  const right = await isPassword(typed, user?.passwordHash);
  if (user === undefined || !right || user.disabledAt !== null) throw failed();
  return user;
};

const open = async ({ db }: Deps, { userId, name, role: own, shopIds }: User) => {
  const session = randomBytes(32).toString('base64url');
  const expiresAt = await beginSession(db, userId, sha256(session));
  const body: z.input<typeof SignedInView> = {
    actor: `user/${name}`,
    role: own,
    shopIds,
    csrfToken: csrfTokenOf(session),
    expiresAt: expiresAt.toISOString(),
  };
  return new WithHeaders(body, { 'Set-Cookie': sessionCookie(session, expiresAt) });
};

/** Whoever calls is a person with a browser. */
const personOf = ({ session }: Caller): NonNullable<Caller['session']> => {
  if (session === undefined)
    throw new Problem('forbidden', 'This is for people who are signed in; a token is no session.');
  return session;
};

/** Signing in and out, for browsers. */
export const sessionRoutes = (deps: Deps): Route[] => {
  const limits = signInLimits(deps);
  return [
    route({
      method: 'post',
      path: '/v1/session',
      tag: 'Access',
      summary: 'Sign a browser in: sets a cookie that no script can read',
      access: 'open',
      audited: true,
      body: SignIn,
      answer: { status: 200, says: 'Who is signed in', schema: SignedInView },
      problems: ['sign_in_failed', 'csrf_refused', 'rate_limited'],
      handle: async ({ body: { name, password: typed }, address, headers }) => {
        refuseForeignSites(headers);
        await limits.count(name, address);
        const user = await demandPassword(await findUserByName(deps.db, name), typed);
        await limits.forget(name, address);
        return open(deps, user);
      },
    }),
    route({
      method: 'get',
      path: '/v1/session',
      tag: 'Access',
      summary: 'Who you are, and the token to send with changes',
      access: 'viewer',
      reach: 'anybody',
      answer: { status: 200, says: 'Who calls', schema: SessionView },
      handle: async ({ caller, headers }) => {
        const session = caller.session === undefined ? undefined : sessionOf(headers);
        return {
          actor: caller.actor,
          role: caller.role ?? 'viewer',
          shopIds: caller.shops === null ? null : [...caller.shops],
          csrfToken: session === undefined ? null : csrfTokenOf(session),
        };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/session',
      tag: 'Access',
      summary: 'Sign the browser out',
      access: 'viewer',
      reach: 'anybody',
      answer: { status: 204, says: 'Signed out', schema: z.undefined() },
      handle: async ({ caller }) => {
        await endSession(deps.db, personOf(caller).hash);
        return new WithHeaders(undefined, { 'Set-Cookie': endedCookie() });
      },
    }),
    route({
      method: 'put',
      path: '/v1/session/password',
      tag: 'Access',
      summary: 'Change your own password; your other browsers are signed out',
      access: 'viewer',
      reach: 'anybody',
      body: PasswordChange,
      answer: { status: 204, says: 'Changed', schema: z.undefined() },
      problems: ['sign_in_failed', 'rate_limited'],
      handle: async ({ caller, body, address }) => {
        const { userId, hash } = personOf(caller);
        const user = await findUser(deps.db, userId);
        await limits.count(user?.name ?? '', address);
        await demandPassword(user, body.current);
        await changeUser(deps.db, userId, { passwordHash: await hashPassword(body.password) }, hash);
        await limits.forget(user?.name ?? '', address);
        return undefined;
      },
    }),
  ];
};
