import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { attemptLimit } from '../store/attempts';
import { audit } from '../store/audit';
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

/**
 * Failed sign-ins of one name from one address, of one name from anywhere, and from one address. What was typed as a name
 * is kept as a keyed hash: it may be a password in the wrong field.
 */
const signInLimits = ({ db, vault }: Deps) => {
  const limit = (name: string, points: number, minutes: number) =>
    attemptLimit(db.$client, { name, points, seconds: minutes * MINUTE_S });
  const pair = limit('sign-in/pair', 5, 15);
  const byName = limit('sign-in/name', 50, 60);
  const byAddress = limit('sign-in/address', 30, 15);
  const keyOf = (name: string) => vault.fingerprint(`sign-in/${name}`);
  return {
    /** Counts an attempt before it is looked at, so that many at once are not tried at once. */
    count: async (name: string, address: string): Promise<void> => {
      const key = keyOf(name);
      const waits = await Promise.all([
        pair.count(`${key}/${address}`),
        byName.count(key),
        byAddress.count(address),
      ]);
      const seconds = Math.max(...waits.map((wait) => wait ?? 0));
      if (seconds > 0) throw rateLimited(seconds);
    },
    /** It was no failure: a whole office that signs in from one address is not shut out. */
    forget: async (name: string, address: string): Promise<void> => {
      const key = keyOf(name);
      await Promise.all([
        pair.forget(`${key}/${address}`),
        byName.giveBack(key),
        byAddress.giveBack(address),
      ]);
    },
  };
};

/**
 * Signs a person in, with a line in the audit log for each attempt within the limits: anybody may ask, and the log is
 * kept for good. Names that nobody has are left out of it.
 */
const signIn = async (
  deps: Deps,
  limits: ReturnType<typeof signInLimits>,
  { body: { name, password: typed }, address }: { body: z.output<typeof SignIn>; address: string },
): Promise<WithHeaders> => {
  await limits.count(name, address);
  const user = await findUserByName(deps.db, name);
  const attempt = { action: SIGN_IN, address, target: { name: user?.name ?? '(unknown)' } };
  try {
    const known = await demandPassword(user, typed);
    const answer = await open(deps, known);
    await audit(deps.db, { ...attempt, actor: `user/${known.name}` });
    await limits.forget(name, address);
    return answer;
  } catch (error) {
    if (error instanceof Problem)
      await audit(deps.db, { ...attempt, actor: 'anybody' }, { status: error.status, code: error.code });
    throw error;
  }
};

const SIGN_IN = 'POST /v1/session';

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
      body: SignIn,
      answer: { status: 200, says: 'Who is signed in', schema: SignedInView },
      problems: ['sign_in_failed', 'csrf_refused', 'rate_limited'],
      handle: async ({ body, address, headers }) => {
        refuseForeignSites(headers);
        return signIn(deps, limits, { body, address });
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
