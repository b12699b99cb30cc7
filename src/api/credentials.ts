import { z } from 'zod';
import { daysLeft } from '../domain/keys';
import { type KeySlot, listKeys } from '../store/credentials';
import type { Deps } from './deps';
import { instant, ShopPath } from './fields';
import { pageOf } from './paging';
import type { Route } from './route';
import { route } from './route';
import { existingShop } from './shops';

const KeyView = z
  .strictObject({
    credentialId: z.uuid(),
    licenseKeyLast4: z.string(),
    state: z.enum(['pending', 'live', 'refused']).meta({
      description: 'What Rakuten made of it last; `pending`: a renewal waits for it to become live',
    }),
    inUse: z.boolean().meta({ description: 'Whether calls go out with it' }),
    since: instant.meta({ description: 'Since when it is in its state' }),
    expiresAt: instant.nullable().meta({ description: '`null`: Rakuten has not told' }),
    daysLeft: z
      .int()
      .nullable()
      .meta({ description: 'Days until it expires, begun ones counted in full; 0 or less: it has expired' }),
    checkedAt: instant.nullable().meta({ description: 'When Rakuten was last asked about it by itself' }),
    addedBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'Credential' });

const viewOf = (key: KeySlot, now: Date): z.input<typeof KeyView> => {
  const { credentialId, licenseKeyLast4, state, inUse, expiresAt, addedBy } = key;
  return {
    ...{ credentialId, licenseKeyLast4, state, inUse, addedBy },
    since: key.stateSince.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    daysLeft: expiresAt === null ? null : daysLeft(expiresAt, now),
    checkedAt: key.checkedAt?.toISOString() ?? null,
    createdAt: key.createdAt.toISOString(),
  };
};

/** The keys of a shop. */
export const credentialRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/credentials',
    tag: 'Credentials',
    summary: 'The keys of a shop, the one in use first; never a secret',
    access: 'administrator',
    params: ShopPath,
    answer: { status: 200, says: 'The keys, all on one page', schema: pageOf(KeyView) },
    problems: ['shop_not_found'],
    handle: async ({ params: { shopId } }) => {
      await existingShop(deps, shopId);
      const now = new Date();
      const items = (await listKeys(deps.db, shopId)).map((key) => viewOf(key, now));
      return { items, nextCursor: null };
    },
  }),
];
