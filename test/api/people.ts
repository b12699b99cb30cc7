/** Who calls the API in tests: tokens of each role, and browsers that are signed in. */
import type { Role } from '../../src/domain/roles';
import type { TestApi } from './support';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A request with another token than the administrator's. */
export const withToken = (api: Pick<TestApi, 'anonymous'>, token: string) => (method: Method, path: string) =>
  api.anonymous[method](path).set('Authorization', `Bearer ${token}`);

let issued = 0;

/** Issues a token of this role, limited to these shops. */
export const tokenOf = async (
  api: TestApi,
  role: Role,
  shopIds: readonly string[] | null = null,
): Promise<string> => {
  issued += 1;
  const name = `${role}-${issued}`;
  const { body } = await api.as('post', '/v1/tokens').send({ name, role, shopIds }).expect(201);
  return body.token;
};

/** A browser that is signed in. */
export interface Browser {
  readonly cookie: string;
  readonly csrfToken: string;
  send(method: Method, path: string): ReturnType<TestApi['as']>;
}

export const PASSWORD = 'correct horse battery';

/** Signs a browser in. */
export const signIn = async (api: TestApi, name: string, password = PASSWORD): Promise<Browser> => {
  const { body, headers } = await api.anonymous.post('/v1/session').send({ name, password }).expect(200);
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  return {
    cookie,
    csrfToken: body.csrfToken,
    send: (method, path) =>
      api.anonymous[method](path).set('Cookie', cookie).set('X-CSRF-Token', body.csrfToken),
  };
};
