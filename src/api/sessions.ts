import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { audit } from '../store/audit';
import { beginSession, changeUser, endSession, findUser, findUserByName, type User } from '../store/users';
import { password, role } from './access-fields';
import type { Caller } from './caller';
import { csrfTokenOf, endedCookie, refuseForeignSites, sessionCookie, sessionOf } from './cookies';
import type { Deps } from './deps';
import { instant } from './fields';
import { sha256 } from './idempotency';
import { passwordChecks } from './password-checks';
import { hashPassword } from './passwords';
import { Problem } from './problems';
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

type PasswordCheck = ReturnType<typeof passwordChecks>;

/**
 * Signs a person in, with a line in the audit log for each attempt within the limits: anybody may ask, and the log is
 * kept for good. Names that nobody has are left out of it.
 */
const signIn = async (
  deps: Deps,
  demandPassword: PasswordCheck,
  { name, password: typed }: z.output<typeof SignIn>,
  address: string,
): Promise<WithHeaders> => {
  const attempt = { action: 'POST /v1/session', address };
  try {
    const user = await demandPassword(name, typed, address);
    const answer = await open(deps, user);
    await audit(deps.db, { ...attempt, actor: `user/${user.name}`, target: { name: user.name } });
    return answer;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'sign_in_failed') throw error;
    const target = { name: (await findUserByName(deps.db, name))?.name ?? '(unknown)' };
    await audit(
      deps.db,
      { ...attempt, actor: 'anybody', target },
      { status: error.status, code: error.code },
    );
    throw error;
  }
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

const nameOf = async ({ db }: Deps, userId: string): Promise<string> => {
  const user = await findUser(db, userId);
  if (user === undefined) throw new Problem('user_not_found');
  return user.name;
};

/** Whoever calls is a person with a browser. */
const personOf = ({ session }: Caller): NonNullable<Caller['session']> => {
  if (session === undefined)
    throw new Problem('forbidden', 'This is for people who are signed in; a token is no session.');
  return session;
};

/** Signing in and out, for browsers. */
export const sessionRoutes = (deps: Deps): Route[] => {
  const demandPassword = passwordChecks(deps);
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
        return signIn(deps, demandPassword, body, address);
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
        await demandPassword(await nameOf(deps, userId), body.current, address);
        await changeUser(deps.db, userId, { passwordHash: await hashPassword(body.password) }, hash);
        return undefined;
      },
    }),
  ];
};
