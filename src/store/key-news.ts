import type { TextCode } from '../domain/texts';
import { addAlert } from './alerts';
import type { Transaction } from './database';
import { addShopLines } from './shop-timeline';

/** Something about the keys of a shop that people are to hear of. */
interface KeyNews {
  readonly code: TextCode;
  readonly params: Readonly<Record<string, string | number>>;
  /** Who did it; `okuri` when absent. */
  readonly actor?: string;
}

/** Tells the timeline of a shop and its alert webhook of something about its keys, once this transaction commits. */
export const tellOfKeys = async (tx: Transaction, shopId: string, news: KeyNews): Promise<void> => {
  await addShopLines(tx, shopId, [news]);
  await addAlert(tx, { shopId, code: news.code, params: news.params });
};
