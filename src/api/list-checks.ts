import type { z } from 'zod';
import { refusal } from './check';

/** A refinement of a list: refuses an item whose key another item before it has. `field` is where the problem points to. */
export const withoutRepeats =
  <Item>(keyOf: (item: Item) => string, field: string) =>
  (items: Item[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, item] of items.entries()) {
      const key = keyOf(item);
      const { error: message, params } = refusal('duplicate', `${key} is named twice`);
      if (seen.has(key)) context.addIssue({ code: 'custom', path: [index, field], message, params });
      seen.add(key);
    }
  };
