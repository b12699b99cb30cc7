/** Every signal, update and query that callers use, and the inputs and results of the workflows. Ids and codes only. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Step } from '../domain/decide';

export type { CredentialInput } from '../activities/credential';
export type { FileInput, FileResult } from '../activities/file-import';
export type { ImportInput, ImportResult } from '../activities/import-range';
export type { ListingsInput, ListingsResult } from '../activities/read-listings';
export type { ReconciliationInput, ReconciliationResult } from '../activities/reconcile-stock';
export type { SyncInput, SyncResult } from '../activities/sync';
export type { ConnectionTestInput, ConnectionTestResult } from '../activities/test-connection';
export type { OrderInput } from '../temporal/ids';

import type { ParkCause } from '../activities/failures';
import type { DeadlineCode } from '../domain/deadlines';
import type { Stage } from '../domain/order';

/** Where an order stands, as its workflow sees it. */
export interface OrderStatus {
  readonly stage: Stage;
  readonly step: Step;
  readonly holds: readonly string[];
  /** Why the order waits for something outside of it, such as Rakuten being down. */
  readonly parked: ParkCause | null;
  /** The nearest deadline: its code, and when, ISO 8601. */
  readonly deadline?: { readonly code: DeadlineCode; readonly at: string };
}

/** Types of the failures with which an update is refused before it enters the history. */
export type RefusedUpdate = 'order_finished';

/** Something about the order changed in PostgreSQL: look again. */
export const orderChanged = defineSignal('orderChanged');

/** Something about the keys of a shop changed in PostgreSQL: look now. */
export const credentialChanged = defineSignal('credentialChanged');

/** Go on at once instead of waiting for the next attempt; answers where the order stands then. */
export const retryOrder = defineUpdate<OrderStatus>('retryOrder');

/** A person decided something about the order, and it stands in PostgreSQL: look, and answer where the order stands then. */
export const orderDecided = defineUpdate<OrderStatus>('orderDecided');

/** Where the order stands. */
export const orderStatus = defineQuery<OrderStatus>('orderStatus');
