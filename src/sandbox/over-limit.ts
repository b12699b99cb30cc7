import { UNAVAILABLE } from './faults';
import type { Limits } from './limits';
import type { Answer, Family, Operation } from './rms-call';
import type { Settings } from './settings';
import { xmlGatewayRefusal } from './shop-envelope';
import type { Shop } from './shops';

/** Requests a second that a family allows, whether all its functions share one bucket, and the answer to one too many. */
interface FamilyLimit {
  readonly perSecond: (settings: Settings, operation: Operation) => number;
  readonly shared: boolean;
  readonly refused: Answer;
}

const TOO_MANY: Answer = { status: 429 };

/** The limits of the families (order reference §11, item reference §3.4, §4, §7); undefined: none is known. */
const LIMITS: Record<Family, FamilyLimit | undefined> = {
  order: { perSecond: (settings) => settings.orderRequestsPerSecond, shared: true, refused: UNAVAILABLE },
  inventory: {
    perSecond: (settings, { fast }) =>
      fast ? settings.inventoryReadsPerSecond : settings.inventoryWritesPerSecond,
    shared: false,
    refused: TOO_MANY,
  },
  item: {
    perSecond: (settings, { fast }) => (fast ? settings.itemReadsPerSecond : settings.itemBulkReadsPerSecond),
    shared: false,
    refused: TOO_MANY,
  },
  // No rate is documented for the shop API: one a second for all of it is the safest reading.
  shop: {
    perSecond: (settings) => settings.shopRequestsPerSecond,
    shared: true,
    refused: xmlGatewayRefusal(403, 'QPSLimit'),
  },
  licence: undefined,
};

/**
 * The answer to a request that came too early, or undefined; buckets are per shop. `arrivedAt` is the limits' own clock
 * at the arrival: Rakuten judges by it, however long the request waited here.
 */
export const overLimit = (
  limits: Limits,
  operation: Operation,
  { shopCode }: Shop,
  settings: Settings,
  arrivedAt: number,
): Answer | undefined => {
  const limit = LIMITS[operation.family];
  if (limit === undefined) return undefined;
  const bucket = `${shopCode}/${limit.shared ? operation.family : operation.name}`;
  const rate = { burst: settings.rateBurst, toleranceMs: settings.rateToleranceMs };
  const perSecond = limit.perSecond(settings, operation);
  return limits.take(bucket, { ...rate, perSecond }, arrivedAt) ? undefined : limit.refused;
};
