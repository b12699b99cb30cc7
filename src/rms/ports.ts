import type { RmsErrorKind } from './errors';

/** Calls that share one limit: the order API as a whole, and inventory by function (reference §11 and §3.4). */
export type ApiFamily = 'order' | 'inventory-read' | 'inventory-write';

/** The rate limit of a shop, shared by every process that calls for it. */
export interface RateLimiter {
  /**
   * Resolves when one call may be sent now. Rejects when the limit cannot be told, or with the signal's reason when
   * it is aborted first.
   */
  take(shopId: string, family: ApiFamily, signal?: AbortSignal): Promise<void>;
  /** Grants nothing for the next `ms` milliseconds, to no process. */
  slowDown(shopId: string, family: ApiFamily, ms: number): Promise<void>;
}

/** One request that was sent, or that failed for want of a connection, for metrics and logs. Names no order. */
export interface ObservedCall {
  readonly shopId: string;
  readonly operation: string;
  readonly family: ApiFamily;
  /** `no_connection`: keys or address of the shop could not be had, nothing was sent. */
  readonly outcome: 'ok' | 'no_connection' | RmsErrorKind;
  readonly durationMs: number;
  /** Distinct orders, pairs or entries in the request. */
  readonly batchSize: number;
  /** How long the request's oldest caller had waited for its turn, in milliseconds. */
  readonly waitedMs: number;
}

/** Is told of every request after its callers have their answers. Must not throw. */
export interface CallObserver {
  call(call: ObservedCall): void;
}
