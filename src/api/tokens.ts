import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createToken, listTokens, revokeToken, type Token } from '../store/tokens';
import { loginName, role, shopIds } from './access-fields';
import type { Deps } from './deps';
import { instant } from './fields';
import { sha256 } from './idempotency';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';

const LONGEST_DAYS = 730;
const DAY_MS = 86_400_000;

const NewToken = z
  .strictObject({
    name: loginName,
    role,
    shopIds: shopIds.default(null),
    expiresInDays: z.int().min(1).max(LONGEST_DAYS).default(90),
  })
  .meta({ id: 'NewToken' });
const TokenPath = z.strictObject({ tokenId: z.uuid() });

const TokenView = z
  .strictObject({
    tokenId: z.uuid(),
    name: z.string(),
    last4: z.string().meta({ description: 'How it ends: all that is shown of it' }),
    role,
    shopIds: z.array(z.string()).nullable(),
    expiresAt: instant,
    revokedAt: instant.nullable(),
    lastUsedAt: instant.nullable().meta({ description: 'To the minute' }),
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'Token' });
const IssuedToken = TokenView.extend({
  token: z.string().meta({ description: 'Shown this once; send it as `Authorization: Bearer …`' }),
}).meta({ id: 'IssuedToken' });
const TokenPosition = z.strictObject({ createdAt: instant, tokenId: z.uuid() });

const view = ({
  expiresAt,
  revokedAt,
  lastUsedAt,
  createdAt,
  ...token
}: Token): z.input<typeof TokenView> => ({
  ...token,
  expiresAt: expiresAt.toISOString(),
  revokedAt: revokedAt?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});

/** So that scanners for leaked secrets know it. */
const PREFIX = 'okuri_';

/** The secret of a token: for a repeat of a request whose answer was lost, the same again. */
const secretOf = ({ vault }: Deps, effectId: string | undefined): { tokenId: string; token: string } => {
  if (effectId === undefined)
    return { tokenId: randomUUID(), token: PREFIX + randomBytes(32).toString('base64url') };
  const parts = ['token/a', 'token/b'].map((part) => vault.fingerprint(`${part}/${effectId}`)).join('');
  return { tokenId: effectId, token: PREFIX + Buffer.from(parts, 'hex').toString('base64url') };
};

const issue = async (
  deps: Deps,
  { name, expiresInDays, ...rest }: z.output<typeof NewToken>,
  actor: string,
  effectId: string | undefined,
) => {
  const { tokenId, token } = secretOf(deps, effectId);
  const kept = await createToken(deps.db, {
    tokenId,
    name,
    ...rest,
    hash: sha256(token),
    last4: token.slice(-4),
    expiresAt: new Date(Date.now() + expiresInDays * DAY_MS),
    createdBy: actor,
  });
  return { token, ...view(kept) };
};

/** Tokens that programs call the API with. */
export const tokenRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/tokens',
    tag: 'Access',
    summary: 'Issue a token for a program',
    access: 'administrator',
    body: NewToken,
    answer: { status: 201, says: 'The token; it is never shown again', schema: IssuedToken },
    handle: async ({ body, actor, effectId, note }) => {
      const { token, ...shown } = await issue(deps, body, actor, effectId);
      note({ before: null, after: shown });
      return { token, ...shown };
    },
  }),
  route({
    method: 'get',
    path: '/v1/tokens',
    tag: 'Access',
    summary: 'Tokens that were issued, newest first, those that are over too',
    access: 'administrator',
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of tokens', schema: pageOf(TokenView) },
    handle: async ({ query: { cursor, limit } }) => {
      const rows = await listTokens(deps.db, positionOf(TokenPosition, cursor), limit + 1);
      return toPage(
        rows,
        limit,
        ({ createdAt, tokenId }) => ({ createdAt: createdAt.toISOString(), tokenId }),
        view,
      );
    },
  }),
  route({
    method: 'delete',
    path: '/v1/tokens/{tokenId}',
    tag: 'Access',
    summary: 'Revoke a token: the next request with it is refused',
    access: 'administrator',
    params: TokenPath,
    answer: { status: 200, says: 'The token', schema: TokenView },
    problems: ['token_not_found'],
    handle: async ({ params, note }) => {
      const token = await revokeToken(deps.db, params.tokenId);
      if (token === undefined) throw new Problem('token_not_found');
      note({ after: view(token) });
      return view(token);
    },
  }),
];
