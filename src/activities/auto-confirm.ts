import { RAKUTEN_STATUS } from '../domain/order';
import type { WarningCode } from '../domain/warnings';
import { wasLeftToUsSince } from '../store/shop-warnings';
import type { Shop } from '../store/shops';
import { takeBack, warn } from './announce-warning';
import type { ActivityContext } from './context';

/** Rakuten's 自動注文確認 confirms at once; a person or another system needs longer. */
const AT_ONCE_MS = 2 * 60_000;

const WARNING: WarningCode = 'auto_confirm_on';

/** How Rakuten showed an order when it was read here for the first time. */
export interface FirstSight {
  readonly orderNumber: string;
  readonly orderedAt: Date;
  readonly rakutenStatus: number;
  /** 注文確認日時 (order reference §4.2); null while it waits for its confirmation. */
  readonly confirmedAt: Date | null;
}

/** Whether an order was confirmed so soon after it was placed that Rakuten must have done it. We had not seen it yet. */
const confirmedByRakuten = ({ orderedAt, rakutenStatus, confirmedAt }: FirstSight): boolean =>
  rakutenStatus > RAKUTEN_STATUS.awaitingConfirmation &&
  confirmedAt !== null &&
  confirmedAt.getTime() - orderedAt.getTime() <= AT_ONCE_MS;

const newest = (sights: readonly FirstSight[]): FirstSight | undefined =>
  sights.reduce<FirstSight | undefined>(
    (latest, sight) => (latest === undefined || sight.orderedAt > latest.orderedAt ? sight : latest),
    undefined,
  );

/**
 * Warns when RMS's own 自動注文確認 seems to be on although the shop confirms here: then no order would ever be seen at
 * 100. The newest order tells: one that was left at 100 takes the warning back.
 */
export const watchConfirmations = async (
  { db }: ActivityContext,
  { shopId, settings }: Shop,
  sights: readonly FirstSight[],
): Promise<void> => {
  if (sights.length === 0) return;
  if (!settings.automaticOrderConfirmation) return takeBack(db, shopId, WARNING);
  const taken = newest(sights.filter(confirmedByRakuten));
  const left = newest(
    sights.filter(({ rakutenStatus }) => rakutenStatus === RAKUTEN_STATUS.awaitingConfirmation),
  );
  if (left !== undefined && (taken === undefined || left.orderedAt > taken.orderedAt))
    return takeBack(db, shopId, WARNING, left.orderedAt);
  if (taken === undefined || (await wasLeftToUsSince(db, shopId, taken.orderedAt))) return;
  const { orderNumber, orderedAt } = taken;
  const params = { orderNumber, orderedAt: orderedAt.toISOString() };
  await warn(db, { shopId, orderNumber, code: WARNING, params });
};
