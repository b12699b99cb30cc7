import { z } from 'zod';
import { changeUser, createUser, findUserByName, type KnownUser, listUsers } from '../store/users';
import { loginName, password, role, shopIds } from './access-fields';
import type { Deps } from './deps';
import { instant } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { hashPassword, isPassword } from './passwords';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';

const NewUser = z
  .strictObject({ name: loginName, password, role, shopIds: shopIds.default(null) })
  .meta({ id: 'NewUser' });
const UserChange = z
  .strictObject({ password, role, shopIds, disabled: z.boolean() })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'names nothing to change')
  .meta({ id: 'UserChange' });
const UserPath = z.strictObject({ userId: z.uuid() });

/** A user as it is shown. */
const UserView = z
  .strictObject({
    userId: z.uuid(),
    name: z.string(),
    role,
    shopIds: z.array(z.string()).nullable(),
    disabledAt: instant.nullable(),
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'User' });

const userView = ({ disabledAt, createdAt, ...user }: KnownUser): z.input<typeof UserView> => ({
  ...user,
  disabledAt: disabledAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});

/** A repeat whose first answer was lost finds its own user there. */
const isSame = async (
  { db }: Deps,
  { name, role: wanted, password: typed }: z.output<typeof NewUser>,
  repeated: boolean,
): Promise<KnownUser | undefined> => {
  if (!repeated) return undefined;
  const found = await findUserByName(db, name);
  if (found === undefined || found.role !== wanted) return undefined;
  const { passwordHash, ...user } = found;
  return (await isPassword(typed, passwordHash)) ? user : undefined;
};

const add = async (
  deps: Deps,
  body: z.output<typeof NewUser>,
  actor: string,
  repeated: boolean,
): Promise<KnownUser> => {
  const { password: typed, ...user } = body;
  const passwordHash = await hashPassword(typed);
  const created = await createUser(deps.db, { ...user, passwordHash, createdBy: actor });
  const kept = created ?? (await isSame(deps, body, repeated));
  if (kept === undefined)
    throw new Problem(
      'user_exists',
      `There is a user ${user.name} already. Change it, or choose another name.`,
    );
  return kept;
};

/** People who sign in. */
export const userRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/users',
    tag: 'Access',
    summary: 'Let a person sign in',
    access: 'administrator',
    body: NewUser,
    answer: { status: 201, says: 'The user', schema: UserView },
    problems: ['user_exists'],
    handle: async ({ body, actor, effectId, note }) => {
      const view = userView(await add(deps, body, actor, effectId !== undefined));
      note({ before: null, after: view });
      return view;
    },
  }),
  route({
    method: 'get',
    path: '/v1/users',
    tag: 'Access',
    summary: 'Who may sign in',
    access: 'administrator',
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of users by name', schema: pageOf(UserView) },
    handle: async ({ query: { cursor, limit } }) => {
      const after = positionOf(UserView.pick({ name: true }), cursor)?.name ?? '';
      const rows = await listUsers(deps.db, after, limit + 1);
      return toPage(rows, limit, ({ name }) => ({ name }), userView);
    },
  }),
  route({
    method: 'patch',
    path: '/v1/users/{userId}',
    tag: 'Access',
    summary: 'Change what a user may, its password, or disable it: browsers are signed out at once',
    access: 'administrator',
    params: UserPath,
    body: UserChange,
    answer: { status: 200, says: 'The user', schema: UserView },
    problems: ['user_not_found'],
    handle: async ({ params, body: { password: typed, ...change }, note }) => {
      const secret = typed === undefined ? {} : { passwordHash: await hashPassword(typed) };
      const changed = await changeUser(deps.db, params.userId, { ...change, ...secret });
      if (changed === undefined) throw new Problem('user_not_found');
      note({ before: userView(changed.before), after: userView(changed.after) });
      return userView(changed.after);
    },
  }),
];
