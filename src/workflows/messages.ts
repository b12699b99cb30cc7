/** Every signal, update and query that callers use, and the inputs and results of the workflows. Ids and codes only. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Step } from '../domain/decide';

export type { ImportInput, ImportResult } from '../activities/import-range';
export type { SyncInput, SyncResult } from '../activities/sync';

import type { ParkCause } from '../activities/failures';
import type { OrderRef, Stage } from '../domain/order';

/** What the workflow of an order is started with. */
export type OrderInput = OrderRef;

/** Where an order stands, as its workflow sees it. */
export interface OrderStatus {
  readonly stage: Stage;
  readonly step: Step;
  readonly holds: readonly string[];
  /** Why the order waits for something outside of it, such as Rakuten being down. */
  readonly parked: ParkCause | null;
}

/** Something about the order changed in PostgreSQL: look again. */
export const orderChanged = defineSignal('orderChanged');

/** Go on at once instead of waiting for the next attempt; answers where the order stands then. */
export const retryOrder = defineUpdate<OrderStatus>('retryOrder');

/** Where the order stands. */
export const orderStatus = defineQuery<OrderStatus>('orderStatus');
