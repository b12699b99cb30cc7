import type { OrderRef } from '../domain/order';
import type { TextCode } from '../domain/texts';
import type { WarningCode } from '../domain/warnings';
import { addAlert } from '../store/alerts';
import type { Database, Transaction } from '../store/database';
import { addShopLines } from '../store/shop-timeline';
import { closeWarning, raiseWarning, type ShopWarning } from '../store/shop-warnings';
import { addLines } from '../store/timeline';

/** What the order says by which a warning was noticed. */
const ORDER_LINES: Partial<Readonly<Record<WarningCode, TextCode>>> = {
  auto_confirm_on: 'order.confirmed_by_rakuten',
};

/** A warning that was noticed, where it was by an order with that. */
type Noticed = Pick<ShopWarning, 'shopId' | 'code' | 'params'> & Partial<Pick<OrderRef, 'orderNumber'>>;

/**
 * What happens when a warning is raised for the first time, in the transaction that raises it: the shop's timeline and
 * the order by which it was noticed say so, and the shop's alert webhook is told.
 */
const announce = async (tx: Transaction, { shopId, code, params, orderNumber }: Noticed): Promise<void> => {
  await addShopLines(tx, shopId, [{ code: `warning.${code}`, params }]);
  const line = ORDER_LINES[code];
  if (line !== undefined && orderNumber !== undefined)
    await addLines(tx, { shopId, orderNumber }, [{ code: line }]);
  await addAlert(tx, { shopId, orderNumber, code: `warning.${code}`, params });
};

/** Raises a warning about a shop, or notes that it is still seen; people are told when it is new. */
export const warn = (db: Database, noticed: Noticed): Promise<void> =>
  db.transaction(async (tx) => {
    const { shopId, code, params } = noticed;
    if (await raiseWarning(tx, { shopId, code, params })) await announce(tx, noticed);
  });

/**
 * Takes a warning about a shop back, where there is one; the shop's timeline says so.
 * @param orderedAt only when the order that showed it last was placed before
 */
export const takeBack = (db: Database, shopId: string, code: WarningCode, orderedAt?: Date): Promise<void> =>
  db.transaction(async (tx) => {
    if (await closeWarning(tx, shopId, code, orderedAt))
      await addShopLines(tx, shopId, [{ code: 'shop.warning_over', params: { warning: code } }]);
  });
