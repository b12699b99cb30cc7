import type { InventoryRecord } from '../rms/inventory';
import type { DirtyStock } from '../store/publications';
import type { SellingLink } from '../store/sku-links';

/** What Rakuten showed, by `inventoryKey`. */
export type Records = ReadonlyMap<string, InventoryRecord>;

/** What is to be published in this cycle, as it stood before the search for new orders. */
export interface Publishing {
  readonly dirty: readonly DirtyStock[];
  readonly links: readonly SellingLink[];
  readonly theirs: Records;
  /** What could be sold, by `inventoryKey`. */
  readonly ours: ReadonlyMap<string, number>;
}
