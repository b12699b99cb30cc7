/**
 * The tables of orders and of what is done for them. PostgreSQL owns the business data; Temporal owns the process. Names
 * of columns follow the domain. Columns named `sealed…` hold bytes that only the master key opens. Shops, stock and access
 * have schemas of their own.
 */
import { sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import {
  bigint,
  bigserial,
  boolean,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { DeadlineCode } from '../domain/deadlines';
import type { Blocks } from '../domain/holds';
import type { OrderFacts, Stage } from '../domain/order';
import { at, bytea, createdAt } from './columns';
import { shipFroms, shopId } from './shop-schema';

/** Where a cancellation that was asked for here stands. */
export type CancellationState = 'requested' | 'applied' | 'done' | 'refused' | 'withdrawn';

/** How far an import has come. Counts are of orders. */
export interface ImportProgress {
  /** Per search, by its status: how far it has come, ISO 8601; absent before it began. */
  readonly until: Readonly<Record<string, string>>;
  /** Orders found so far, by the status that was searched for. */
  readonly found: Readonly<Record<string, number>>;
  /** Of those: known already, and not known before (taken in, or would be when it is a dry run). */
  readonly known: number;
  readonly new: number;
}

export const orders = pgTable(
  'orders',
  {
    shopId: shopId(),
    orderNumber: text('order_number').notNull(),
    stage: text('stage').$type<Stage>().notNull(),
    parked: text('parked'),
    /** 0 while the order was not read yet. */
    rakutenStatus: integer('rakuten_status').notNull().default(0),
    missing: boolean('missing').notNull().default(false),
    facts: jsonb('facts').$type<OrderFacts>(),
    /** Fingerprints of the order as it was last checked; the ship gate compares with these. */
    checked: jsonb('checked').$type<Record<string, string>>(),
    confirmRefused: text('confirm_refused'),
    sealedSnapshot: bytea('sealed_snapshot'),
    orderedAt: at('ordered_at'),
    /** When the next work on the order is due; the most urgent goes first. */
    dueAt: at('due_at'),
    readAt: at('read_at'),
    /** The number under which the order was reserved (予約), when it was. */
    reserveNumber: text('reserve_number'),
    /** A person asked for a fulfilment order although the shop does not send them by itself. */
    instructByHand: boolean('instruct_by_hand').notNull().default(false),
    /** The nearest deadline that is still ahead or was missed, and what it is about. */
    deadlineAt: at('deadline_at'),
    deadlineCode: text('deadline_code').$type<DeadlineCode>(),
    /** Where this order is sent from; null: as its shop says. */
    shipFromId: text('ship_from_id').references(() => shipFroms.shipFromId),
    /** When its personal data was erased; what is read of it later is stored without. */
    erasedAt: at('erased_at'),
    workflowRunId: text('workflow_run_id'),
    createdAt: createdAt(),
    finishedAt: at('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.shopId, table.orderNumber] }),
    // The ways in which lists of orders run: newest import first, of a shop, of a stage, of both.
    index('orders_by_stage').on(table.shopId, table.stage, table.createdAt, table.orderNumber),
    index('orders_by_stage_of_all').on(table.stage, table.createdAt, table.shopId, table.orderNumber),
    index('orders_by_shop').on(table.shopId, table.createdAt, table.orderNumber),
    index('orders_by_status').on(table.shopId, table.rakutenStatus),
    index('orders_by_age').on(table.createdAt, table.shopId, table.orderNumber),
    index('orders_by_number').on(table.orderNumber.op('text_pattern_ops'), table.shopId),
    index('orders_by_reservation').on(table.shopId, table.reserveNumber),
    index('orders_by_deadline').on(table.deadlineAt).where(sql`${table.finishedAt} is null`),
    index('orders_by_reading').on(table.shopId, table.readAt).where(sql`${table.finishedAt} is null`),
    index('orders_to_erase')
      .on(table.shopId, table.finishedAt)
      .where(sql`${table.finishedAt} is not null and ${table.erasedAt} is null`),
    index('orders_open').on(table.shopId, table.orderedAt).where(sql`${table.finishedAt} is null`),
  ],
);

const ofOrder = () => ({ shopId: text('shop_id').notNull(), orderNumber: text('order_number').notNull() });
const toOrder = (table: { shopId: AnyPgColumn; orderNumber: AnyPgColumn }) =>
  foreignKey({
    columns: [table.shopId, table.orderNumber],
    foreignColumns: [orders.shopId, orders.orderNumber],
  })
    // A reservation that becomes an order takes everything along under its new number.
    .onUpdate('cascade');

export const orderLines = pgTable(
  'order_lines',
  {
    ...ofOrder(),
    basketId: text('basket_id').notNull(),
    itemDetailId: text('item_detail_id').notNull(),
    manageNumber: text('manage_number').notNull(),
    variantId: text('variant_id').notNull(),
    name: text('name').notNull(),
    units: integer('units').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.shopId, table.orderNumber, table.basketId, table.itemDetailId] }),
    index('order_lines_by_pair').on(table.shopId, table.manageNumber, table.variantId, table.orderNumber),
    toOrder(table),
  ],
);

/** Keyed hashes of name, phone and mail, so that an order is found by them without storing them in the clear. */
export const orderLookups = pgTable(
  'order_lookups',
  { ...ofOrder(), hash: text('hash').notNull() },
  (table) => [
    primaryKey({ columns: [table.shopId, table.orderNumber, table.hash] }),
    index('order_lookups_by_hash').on(table.hash, table.shopId, table.orderNumber),
    toOrder(table),
  ],
);

export const holds = pgTable(
  'holds',
  {
    holdId: uuid('hold_id').primaryKey().defaultRandom(),
    ...ofOrder(),
    code: text('code').notNull(),
    text: text('text'),
    cause: text('cause').notNull(),
    blocks: text('blocks').$type<Blocks>().notNull(),
    manual: boolean('manual').notNull(),
    openedBy: text('opened_by').notNull(),
    openedAt: at('opened_at').notNull().defaultNow(),
    releasedBy: text('released_by'),
    releasedAt: at('released_at'),
  },
  (table) => [
    uniqueIndex('holds_one_open')
      .on(table.shopId, table.orderNumber, table.code)
      .where(sql`${table.releasedAt} is null and not ${table.manual}`),
    index('holds_by_order').on(table.shopId, table.orderNumber),
    index('holds_open_by_code')
      .on(table.code, table.shopId, table.orderNumber)
      .where(sql`${table.releasedAt} is null`),
    toOrder(table),
  ],
);

export const timeline = pgTable(
  'timeline',
  {
    lineId: bigserial('line_id', { mode: 'number' }).primaryKey(),
    ...ofOrder(),
    at: at('at').notNull().defaultNow(),
    code: text('code').notNull(),
    params: jsonb('params').$type<Record<string, string | number>>().notNull(),
    actor: text('actor').notNull(),
    /** The workflow, its run and the activity that wrote the line; null for what people and warehouses did. */
    workflowId: text('workflow_id'),
    runId: text('run_id'),
    activity: text('activity'),
  },
  (table) => [index('timeline_by_order').on(table.shopId, table.orderNumber, table.lineId), toOrder(table)],
);

export const fulfilmentOrders = pgTable(
  'fulfilment_orders',
  {
    fulfilmentOrderId: uuid('fulfilment_order_id').primaryKey().defaultRandom(),
    ...ofOrder(),
    provider: text('provider').notNull(),
    /** `created` before the provider has it, `open` with it, then `shipped`, `recalled` or `too_late`. */
    state: text('state').$type<'created' | 'open' | 'shipped' | 'recalled' | 'too_late'>().notNull(),
    createdAt: createdAt(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('fulfilment_orders_one_active')
      .on(table.shopId, table.orderNumber)
      .where(sql`${table.state} <> 'recalled'`),
    // The one above serves no search that also takes what was recalled.
    index('fulfilment_orders_by_order').on(table.shopId, table.orderNumber),
    toOrder(table),
  ],
);

export const shipments = pgTable(
  'shipments',
  {
    shipmentId: uuid('shipment_id').primaryKey().defaultRandom(),
    ...ofOrder(),
    basketId: text('basket_id').notNull(),
    carrier: text('carrier').notNull(),
    trackingNumber: text('tracking_number').notNull(),
    shippedOn: text('shipped_on').notNull(),
    lines: jsonb('lines').$type<{ itemDetailId: string; units: number }[]>(),
    source: text('source').$type<'api' | 'warehouse' | 'rakuten'>().notNull(),
    /** When Rakuten showed exactly this row on reading back; null while it is still to be pushed. */
    reportedAt: at('reported_at'),
    refusedCode: text('refused_code'),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('shipments_one_parcel').on(
      table.shopId,
      table.orderNumber,
      table.basketId,
      table.trackingNumber,
    ),
    index('shipments_by_tracking').on(table.trackingNumber, table.shopId, table.orderNumber),
    toOrder(table),
  ],
);

/** What must reach Temporal, written in the transaction that calls for it; the worker drains it. */
export const outbox = pgTable(
  'outbox',
  {
    messageId: bigserial('message_id', { mode: 'number' }).primaryKey(),
    kind: text('kind')
      .$type<
        | 'order.wake'
        | 'order.after'
        | 'shop.schedule'
        | 'shop.sync'
        | 'shop.credentials'
        | 'stock.reconcile'
        | 'listings.read'
      >()
      .notNull(),
    shopId: text('shop_id').notNull(),
    orderNumber: text('order_number'),
    /** Not carried before: what is woken in great number is woken at a pace. */
    dueAt: at('due_at').notNull().defaultNow(),
    /** What asked for it, as a W3C trace context; null while nothing is traced. */
    traceparent: text('traceparent'),
    createdAt: createdAt(),
  },
  (table) => [index('outbox_by_due').on(table.dueAt, table.messageId)],
);

/** How far each search of a shop has come. */
export const syncCursors = pgTable(
  'sync_cursors',
  { shopId: shopId(), search: text('search').notNull(), until: at('until').notNull() },
  (table) => [primaryKey({ columns: [table.shopId, table.search] })],
);

/** One row per shop and API family: the next moment at which a request may arrive at Rakuten. */
export const rateLimits = pgTable(
  'rate_limits',
  {
    shopId: text('shop_id').notNull(),
    family: text('family').notNull(),
    freeAt: at('free_at').notNull(),
    /** When the last request really left, or leaves. */
    sentAt: at('sent_at'),
    /** How many times its usual interval a request keeps from the next, since Rakuten asked for less; 1 is usual. */
    slowness: doublePrecision('slowness').notNull().default(1),
  },
  (table) => [primaryKey({ columns: [table.shopId, table.family] })],
);

/**
 * Orders whose shipping rows went to Rakuten by the asynchronous call and are not read back yet. Written before the
 * call leaves, so that one whose answer is lost is known.
 */
export const shippingSubmissions = pgTable(
  'shipping_submissions',
  {
    ...ofOrder(),
    submissionId: uuid('submission_id').notNull(),
    submittedAt: at('submitted_at').notNull().defaultNow(),
    /** Rakuten's id for asking about the result; null while the call has no answer, for ever when that was lost. */
    requestId: text('request_id'),
    /** How often the order was read since without the rows being there. */
    looks: integer('looks').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.shopId, table.orderNumber] }),
    index('shipping_submissions_by_id').on(table.submissionId),
    toOrder(table),
  ],
);

/** Every request to Rakuten with its bodies redacted, for 30 days. */
export const rmsCalls = pgTable(
  'rms_calls',
  {
    callId: bigserial('call_id', { mode: 'number' }).primaryKey(),
    shopId: text('shop_id').notNull(),
    at: at('at').notNull(),
    operation: text('operation').notNull(),
    outcome: text('outcome').notNull(),
    httpStatus: integer('http_status'),
    codes: text('codes').array().notNull(),
    orderNumbers: text('order_numbers').array().notNull(),
    /** Orders, pairs or entries in the request, and how many there would have been room for. */
    batchSize: integer('batch_size').notNull(),
    batchLimit: integer('batch_limit').notNull(),
    waitedMs: integer('waited_ms').notNull(),
    durationMs: integer('duration_ms').notNull(),
    request: jsonb('request'),
    response: jsonb('response'),
  },
  (table) => [
    index('rms_calls_by_shop').on(table.shopId, table.callId),
    index('rms_calls_by_age').on(table.at),
    index('rms_calls_by_order').using('gin', table.orderNumbers),
  ],
);

/** Sums over all requests of a shop and function since it was registered: what the metrics show. */
export const rmsCallTotals = pgTable(
  'rms_call_totals',
  {
    shopId: text('shop_id').notNull(),
    operation: text('operation').notNull(),
    outcome: text('outcome').notNull(),
    calls: bigint('calls', { mode: 'number' }).notNull(),
    /** Orders, pairs or entries in those requests, and how many there would have been room for. */
    items: bigint('items', { mode: 'number' }).notNull(),
    capacity: bigint('capacity', { mode: 'number' }).notNull(),
    waitedMs: bigint('waited_ms', { mode: 'number' }).notNull(),
    durationMs: bigint('duration_ms', { mode: 'number' }).notNull(),
    /** Requests by upper bound, as the histograms of the metrics count them. */
    waitedBuckets: bigint('waited_buckets', { mode: 'number' }).array().notNull(),
    durationBuckets: bigint('duration_buckets', { mode: 'number' }).array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.shopId, table.operation, table.outcome] })],
);

/** Events of warehouses that were taken in, so that a repeat changes nothing. */
export const fulfilmentEvents = pgTable('fulfilment_events', {
  eventId: text('event_id').primaryKey(),
  createdAt: createdAt(),
});

/** Answers given to requests that carried an `Idempotency-Key`, kept for 24 hours. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    scope: text('scope').notNull(),
    key: text('key').notNull(),
    bodyHash: text('body_hash').notNull(),
    /** Names the effect of the request: the same for every attempt at it, another one for the key's next use. */
    effectId: uuid('effect_id').notNull().defaultRandom(),
    /** The process that answers it: while it lives nobody else does. */
    holder: text('holder'),
    /** Since when somebody answers it; null: nobody does, the last attempt failed on our side. */
    claimedAt: at('claimed_at').defaultNow(),
    status: integer('status'),
    /** Sealed: an answer may carry a token or personal data. */
    sealedResponse: bytea('sealed_response'),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.scope, table.key] }),
    index('idempotency_keys_by_age').on(table.createdAt),
  ],
);

/** Reservation numbers (予約) that became order numbers: both name one order. */
export const orderAliases = pgTable(
  'order_aliases',
  { shopId: shopId(), alias: text('alias').notNull(), orderNumber: text('order_number').notNull() },
  (table) => [primaryKey({ columns: [table.shopId, table.alias] })],
);

/** What changed at Rakuten after an order was taken in, field by field. Values may be personal data, so they are sealed. */
export const orderChanges = pgTable(
  'order_changes',
  {
    changeId: bigserial('change_id', { mode: 'number' }).primaryKey(),
    ...ofOrder(),
    at: at('at').notNull().defaultNow(),
    /** The group of fields that the ship gate compares, such as `address`. */
    fieldGroup: text('field_group').notNull(),
    /** Where in Rakuten's order, such as `PackageModelList[10012].SenderModel.city`. */
    field: text('field').notNull(),
    sealedBefore: bytea('sealed_before'),
    sealedAfter: bytea('sealed_after'),
  },
  (table) => [
    index('order_changes_by_order').on(table.shopId, table.orderNumber, table.changeId),
    toOrder(table),
  ],
);

/** Cancellations that people asked for here. */
export const cancellations = pgTable(
  'cancellations',
  {
    cancellationId: uuid('cancellation_id').primaryKey().defaultRandom(),
    ...ofOrder(),
    /** Rakuten's changeReasonDetailApply (order reference §6.4). */
    reason: integer('reason').notNull(),
    restoreInventory: boolean('restore_inventory').notNull(),
    /** `requested` here; `applied` at Rakuten; then `done`, `refused` by Rakuten, or `withdrawn` by a person or a parcel that left. */
    state: text('state').$type<CancellationState>().notNull(),
    refusedCode: text('refused_code'),
    requestedBy: text('requested_by').notNull(),
    requestedAt: at('requested_at').notNull().defaultNow(),
    settledAt: at('settled_at'),
  },
  (table) => [
    uniqueIndex('cancellations_one_open')
      .on(table.shopId, table.orderNumber)
      .where(sql`${table.state} in ('requested', 'applied')`),
    // The one above serves no search that also takes what is settled.
    index('cancellations_by_order').on(table.shopId, table.orderNumber),
    toOrder(table),
  ],
);

/** Deadlines that were announced as endangered or missed, so that each is announced once. */
export const deadlineNotices = pgTable(
  'deadline_notices',
  {
    ...ofOrder(),
    code: text('code').$type<DeadlineCode>().notNull(),
    deadlineAt: at('deadline_at').notNull(),
    kind: text('kind').$type<'at_risk' | 'missed'>().notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.shopId, table.orderNumber, table.code, table.deadlineAt, table.kind] }),
    index('deadline_notices_by_kind').on(table.shopId, table.kind, table.code),
    toOrder(table),
  ],
);

/** What a shop's alert webhook is told of; delivered ones are kept for 30 days. */
export const alerts = pgTable(
  'alerts',
  {
    alertId: uuid('alert_id').primaryKey().defaultRandom(),
    shopId: shopId(),
    orderNumber: text('order_number'),
    code: text('code').notNull(),
    params: jsonb('params').$type<Record<string, string | number>>().notNull(),
    createdAt: createdAt(),
    /** When it is tried next; null once it was delivered or given up. */
    dueAt: at('due_at').defaultNow(),
    attempts: integer('attempts').notNull().default(0),
    deliveredAt: at('delivered_at'),
    failure: text('failure'),
  },
  (table) => [
    index('alerts_due').on(table.dueAt).where(sql`${table.dueAt} is not null`),
    index('alerts_by_shop').on(table.shopId, table.createdAt),
  ],
);

/** Imports of a range that people asked for. */
export const imports = pgTable(
  'imports',
  {
    importId: uuid('import_id').primaryKey().defaultRandom(),
    shopId: shopId(),
    rangeFrom: at('range_from').notNull(),
    rangeTo: at('range_to').notNull(),
    by: text('by').$type<'ordered' | 'updated'>().notNull(),
    statuses: integer('statuses').array().notNull(),
    dryRun: boolean('dry_run').notNull(),
    state: text('state').$type<'running' | 'done' | 'failed' | 'cancelled'>().notNull(),
    /** Which searches are done up to where, so that a lost run goes on there. */
    progress: jsonb('progress').$type<ImportProgress>().notNull(),
    failure: text('failure'),
    requestedBy: text('requested_by').notNull(),
    createdAt: createdAt(),
    finishedAt: at('finished_at'),
  },
  (table) => [index('imports_by_shop').on(table.shopId, table.createdAt)],
);

/** The daily proof that nothing is missing: what Rakuten shows against what we have. */
export const dailyCounts = pgTable(
  'daily_counts',
  {
    shopId: shopId(),
    /** `YYYY-MM-DD` in JST, the day on which it was counted. */
    day: text('day').notNull(),
    theirs: integer('theirs').notNull(),
    ours: integer('ours').notNull(),
    /** Numbers that Rakuten shows and we did not have; they were taken in when this was found. */
    missing: text('missing').array().notNull(),
    countedAt: at('counted_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.shopId, table.day] })],
);
