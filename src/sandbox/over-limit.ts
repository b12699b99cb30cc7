import { UNAVAILABLE } from './faults';
import type { Limits } from './limits';
import type { Answer, Operation } from './rms-call';
import type { Settings } from './settings';
import type { Shop } from './shops';

/**
 * The answer to a request that came too early, or undefined: one bucket for all functions of the order API (503), one
 * per function of the others; per shop (order reference §11, inventory reference §3.4, §7). `arrivedAt`
 * is the limits' own clock at the arrival: Rakuten judges by it, however long the request waited here.
 */
export const overLimit = (
  limits: Limits,
  operation: Operation,
  shop: Shop,
  settings: Settings,
  arrivedAt: number,
): Answer | undefined => {
  const rate = { burst: settings.rateBurst, toleranceMs: settings.rateToleranceMs };
  if (operation.family === 'licence') return undefined;
  if (operation.family === 'order') {
    const bucket = `${shop.shopCode}/order`;
    return limits.take(bucket, { ...rate, perSecond: settings.orderRequestsPerSecond }, arrivedAt)
      ? undefined
      : UNAVAILABLE;
  }
  const perSecond = operation.fast ? settings.inventoryReadsPerSecond : settings.inventoryWritesPerSecond;
  return limits.take(`${shop.shopCode}/${operation.name}`, { ...rate, perSecond }, arrivedAt)
    ? undefined
    : { status: 429 };
};
