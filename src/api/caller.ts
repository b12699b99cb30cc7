import type { Role } from '../domain/roles';
import { Problem } from './problems';

/** Who asks. */
export interface Caller {
  /** Stands for the caller's credential without giving it away: what an Idempotency-Key is scoped to. */
  readonly id: string;
  /** As timelines, movements and the audit log name them. */
  readonly actor: string;
  /** null: nobody who signed in, such as a warehouse. */
  readonly role: Role | null;
  /** The shops that the caller may see and act for; null: all. */
  readonly shops: readonly string[] | null;
  /** Where a browser is signed in: its user, and the hash of its cookie. */
  readonly session?: { readonly userId: string; readonly hash: string };
}

/**
 * How a route keeps to the shops of its caller: the request names the shop; what it lists is filtered by `caller.shops`;
 * it is about all shops at once, and so for callers of all shops alone; or it needs nobody in particular.
 */
export type Reach = 'named' | 'filtered' | 'whole' | 'anybody';

/** Whether a caller may see and act for a shop. */
export const mayReach = ({ shops }: Caller, shopId: string): boolean => shops?.includes(shopId) ?? true;

const forbiddenShop = (shopId: string): Problem =>
  new Problem('forbidden', `You have no access to the shop ${shopId}.`);

/**
 * Refuses a request for a shop that is not its caller's. Whether that shop exists is not told.
 * @param parts path, query and body, any of which may name the shop
 * @throws Problem `forbidden`
 */
export const keepTo = (caller: Caller, reach: Reach, parts: readonly unknown[]): void => {
  if (caller.shops === null || reach === 'anybody') return;
  const named = parts.flatMap(shopOf);
  const foreign = named.find((shopId) => !mayReach(caller, shopId));
  if (foreign !== undefined) throw forbiddenShop(foreign);
  if (reach === 'whole' || (reach === 'named' && named.length === 0))
    throw new Problem('forbidden', 'This is about all shops at once, and you have access to some of them.');
};

/** Refuses what was found by an id alone and belongs to a shop that is not the caller's. @throws Problem `forbidden` */
export const demandShop = (caller: Caller, shopId: string | null): void => {
  if (caller.shops === null) return;
  if (shopId === null || !mayReach(caller, shopId)) throw forbiddenShop(shopId ?? '*');
};

const shopOf = (part: unknown): string[] => {
  if (typeof part !== 'object' || part === null || !('shopId' in part)) return [];
  return typeof part.shopId === 'string' ? [part.shopId] : [];
};

/** What narrows a list to the shops of its caller, as far as the request does not name one itself. */
export const ownShops = ({ shops }: Caller): { readonly shopIds?: readonly string[] } =>
  shops === null ? {} : { shopIds: shops };
