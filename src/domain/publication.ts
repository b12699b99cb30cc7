/** How Rakuten's number of a SKU is brought to what can be sold, by a difference that commutes with its sales. */

/** What is known of one link around a search for new orders. */
export interface Observation {
  /** What Rakuten showed before the search; undefined: it has no record. */
  readonly first: number | undefined;
  /** What it showed after the search, where it was read again. */
  readonly second: number | undefined;
  /** What could be sold before the search; undefined: a SKU has no opening balance. */
  readonly before: number | undefined;
  /** What can be sold now that everything found was reserved. */
  readonly ours: number | undefined;
  /** Whether the quantity may be set where Rakuten has no record. */
  readonly mayRegister: boolean;
}

/** What is to be done about one link. */
export type Plan =
  /** It has no say. */
  | { readonly kind: 'none' }
  /** Rakuten has no such SKU. */
  | { readonly kind: 'unlisted' }
  | { readonly kind: 'settled' }
  /** Nothing now, but the numbers were moving: look again. */
  | { readonly kind: 'look' }
  | { readonly kind: 'register'; readonly quantity: number }
  | { readonly kind: 'change'; readonly by: number };

/** Whether the search brought something that Rakuten's number may or may not have had in it already. */
export const isDoubtful = ({ first, before, ours }: Observation): boolean =>
  first !== undefined && ours !== undefined && before !== ours && ours !== first;

/**
 * What is to be done. Where the search brought nothing, the number that was read before it has exactly those sales in
 * it that are reserved here. Where it did bring something, the higher of two numbers counts: at worst too little is
 * offered until the next look, and never what is sold already. Nothing is taken away that Rakuten no longer has, since
 * a number below zero would be refused together with everything else in the request (inventory reference §3.3, IE0117).
 */
export const planPublication = (seen: Observation): Plan => {
  const { first, second, before, ours, mayRegister } = seen;
  if (first === undefined)
    return mayRegister && ours !== undefined ? { kind: 'register', quantity: ours } : { kind: 'unlisted' };
  if (ours === undefined) return { kind: 'none' };
  if (before === ours) return first === ours ? { kind: 'settled' } : { kind: 'change', by: ours - first };
  if (!isDoubtful(seen) || second === undefined) return { kind: 'look' };
  const by = Math.max(ours - Math.max(first, second), -second);
  return by === 0 ? { kind: 'look' } : { kind: 'change', by };
};
