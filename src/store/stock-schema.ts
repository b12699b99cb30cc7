/** The tables of SKUs, of what Rakuten lists and how it is linked to them, and of stock. */
import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  check,
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
import type { Encoding, FileFault, FileSubject } from '../domain/files';
import type { MovementKind } from '../domain/stock';
import { at, bytea, createdAt } from './columns';
import { shopId } from './shop-schema';

/** Texts by which a SKU and a listing are found to be the same although width, case and blanks differ. */
const folded = (column: string) =>
  sql.raw(`lower(regexp_replace(normalize(${column}, NFKC), '\\s+', '', 'g'))`);

export const skus = pgTable(
  'skus',
  {
    skuCode: text('sku_code').primaryKey(),
    name: text('name').notNull(),
    /** The code by which a cart names this option: 商品番号 with 横軸 and 縦軸. No two SKUs share one. */
    cartCode: text('cart_code'),
    nameKey: text('name_key')
      .notNull()
      .generatedAlwaysAs(() => folded('name')),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('skus_by_cart_code').on(table.cartCode),
    index('skus_by_name').on(table.name),
    index('skus_by_name_key').on(table.nameKey),
  ],
);

export const skuComponents = pgTable(
  'sku_components',
  {
    setCode: text('set_code')
      .notNull()
      .references(() => skus.skuCode, { onDelete: 'cascade' }),
    skuCode: text('sku_code')
      .notNull()
      .references(() => skus.skuCode),
    quantity: integer('quantity').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.setCode, table.skuCode] }),
    index('sku_components_by_part').on(table.skuCode),
    check('sku_components_quantity', sql`${table.quantity} > 0`),
  ],
);

export const skuLinks = pgTable(
  'sku_links',
  {
    shopId: shopId(),
    manageNumber: text('manage_number').notNull(),
    variantId: text('variant_id').notNull(),
    skuCode: text('sku_code')
      .notNull()
      .references(() => skus.skuCode),
    /** Who made the link: a person, a file, or the shop's setting. */
    linkedBy: text('linked_by').notNull().default('system'),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.shopId, table.manageNumber, table.variantId] }),
    index('sku_links_by_sku').on(table.skuCode),
  ],
);

/** What Rakuten lists in a shop, a row per SKU, as it was read last. */
export const listings = pgTable(
  'listings',
  {
    shopId: shopId(),
    manageNumber: text('manage_number').notNull(),
    variantId: text('variant_id').notNull(),
    /** 商品番号 */
    itemNumber: text('item_number'),
    /** システム連携用SKU番号 */
    merchantDefinedSkuId: text('merchant_defined_sku_id'),
    title: text('title').notNull(),
    /** The choices that make this SKU one of its item, as Rakuten words them; empty for an item without choices. */
    optionText: text('option_text').notNull(),
    /** The item has no other SKU. */
    single: boolean('single').notNull(),
    hidden: boolean('hidden').notNull(),
    nameKey: text('name_key')
      .notNull()
      .generatedAlwaysAs(() => folded("(title || ' ' || option_text)")),
    /** The reading that saw it last; of an earlier one than the shop's last complete one it is gone. */
    seenIn: uuid('seen_in').notNull(),
    seenAt: at('seen_at').notNull().defaultNow(),
    goneAt: at('gone_at'),
  },
  (table) => [
    primaryKey({ columns: [table.shopId, table.manageNumber, table.variantId] }),
    index('listings_by_code').on(table.shopId, table.merchantDefinedSkuId),
    index('listings_by_item_number').on(table.shopId, table.itemNumber),
    index('listings_by_name_key').on(table.shopId, table.nameKey),
  ],
);

/** Readings of a shop's items, the last one of each shop being the one that counts. */
export const listingReads = pgTable(
  'listing_reads',
  {
    readId: uuid('read_id').primaryKey().defaultRandom(),
    shopId: shopId(),
    state: text('state').$type<'running' | 'done' | 'failed' | 'cancelled'>().notNull(),
    /** Where the next page begins, as Rakuten said with the last one; null before the first. */
    cursorMark: text('cursor_mark'),
    pages: integer('pages').notNull().default(0),
    items: integer('items').notNull().default(0),
    skus: integer('skus').notNull().default(0),
    /** How many items Rakuten says there are. */
    expected: integer('expected'),
    /** Items that could not be read. */
    malformed: integer('malformed').notNull().default(0),
    failure: text('failure'),
    requestedBy: text('requested_by').notNull(),
    createdAt: createdAt(),
    finishedAt: at('finished_at'),
  },
  (table) => [
    uniqueIndex('listing_reads_one_running').on(table.shopId).where(sql`${table.state} = 'running'`),
    index('listing_reads_by_shop').on(table.shopId, table.createdAt),
  ],
);

export const stockBalances = pgTable(
  'stock_balances',
  {
    skuCode: text('sku_code')
      .notNull()
      .references(() => skus.skuCode),
    location: text('location').notNull(),
    onHand: integer('on_hand').notNull().default(0),
    reserved: integer('reserved').notNull().default(0),
    safety: integer('safety').notNull().default(0),
    opened: boolean('opened').notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.skuCode, table.location] }),
    check('stock_balances_reserved', sql`${table.reserved} >= 0`),
    check('stock_balances_safety', sql`${table.safety} >= 0`),
  ],
);

/** Append-only, which a trigger enforces: a balance is the sum of its movements. */
export const stockMovements = pgTable(
  'stock_movements',
  {
    movementId: bigserial('movement_id', { mode: 'number' }).primaryKey(),
    skuCode: text('sku_code').notNull(),
    location: text('location').notNull(),
    kind: text('kind').$type<MovementKind>().notNull(),
    quantity: integer('quantity').notNull(),
    shopId: text('shop_id'),
    orderNumber: text('order_number'),
    basketId: text('basket_id'),
    itemDetailId: text('item_detail_id'),
    idempotencyKey: text('idempotency_key').unique(),
    reason: text('reason').notNull(),
    actor: text('actor').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({
      columns: [table.skuCode, table.location],
      foreignColumns: [stockBalances.skuCode, stockBalances.location],
    }),
    index('stock_movements_by_order').on(table.shopId, table.orderNumber),
    index('stock_movements_by_sku').on(table.skuCode, table.location, table.movementId),
  ],
);

/** SKUs to be published, per shop that sells them, or whose balance is to be taken over from Rakuten. */
export const stockDirty = pgTable(
  'stock_dirty',
  {
    shopId: shopId(),
    skuCode: text('sku_code').notNull(),
    since: at('since').notNull().defaultNow(),
    /** Nothing but orders moved it, of which Rakuten knows: it may wait until others join it. */
    ordersOnly: boolean('orders_only').notNull().default(false),
    /** Who asked for Rakuten's number to become ours; null: ours is to become Rakuten's. */
    adoptFor: text('adopt_for'),
    /** Whether the quantity may be set where Rakuten has no record yet: a person asked for it. */
    register: boolean('register').notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.shopId, table.skuCode] })],
);

/** What Rakuten was last found to show of a link that is published, and what it should show. */
export const stockPublications = pgTable(
  'stock_publications',
  {
    shopId: shopId(),
    manageNumber: text('manage_number').notNull(),
    variantId: text('variant_id').notNull(),
    /** `settled`: Rakuten was read and showed ours. `written`: not read back yet. `unlisted`: Rakuten has no such SKU. */
    state: text('state').$type<'settled' | 'written' | 'unlisted' | 'refused'>().notNull(),
    theirs: integer('theirs'),
    ours: integer('ours'),
    /** Rakuten's code where it refused. */
    code: text('code'),
    at: at('at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.shopId, table.manageNumber, table.variantId] }),
    index('stock_publications_by_state').on(table.shopId, table.state),
  ],
);

/** Comparisons of what Rakuten shows with what can be sold. */
export const stockReconciliations = pgTable(
  'stock_reconciliations',
  {
    reconciliationId: uuid('reconciliation_id').primaryKey().defaultRandom(),
    shopId: shopId(),
    state: text('state').$type<'running' | 'done' | 'failed' | 'cancelled'>().notNull(),
    /** How far it has come: the last pair that was compared. */
    manageNumber: text('manage_number').notNull().default(''),
    variantId: text('variant_id').notNull().default(''),
    pairs: integer('pairs').notNull().default(0),
    compared: integer('compared').notNull().default(0),
    differing: integer('differing').notNull().default(0),
    /** SKUs whose balance is not the sum of their movements: a fault of ours. */
    unbalanced: integer('unbalanced').notNull().default(0),
    failure: text('failure'),
    requestedBy: text('requested_by').notNull(),
    createdAt: createdAt(),
    finishedAt: at('finished_at'),
  },
  (table) => [
    uniqueIndex('stock_reconciliations_one_running').on(table.shopId).where(sql`${table.state} = 'running'`),
    index('stock_reconciliations_by_shop').on(table.shopId, table.createdAt),
  ],
);

/** Why Rakuten's number may differ from ours: a code, and what it is about. */
export interface DifferenceCause {
  readonly code: string;
  readonly units?: number;
  readonly orderNumbers?: readonly string[];
}

/** Pairs of which a comparison found another number at Rakuten than ours. */
export const stockDifferences = pgTable(
  'stock_differences',
  {
    reconciliationId: uuid('reconciliation_id')
      .notNull()
      .references(() => stockReconciliations.reconciliationId, { onDelete: 'cascade' }),
    manageNumber: text('manage_number').notNull(),
    variantId: text('variant_id').notNull(),
    skuCode: text('sku_code').notNull(),
    /** Null: Rakuten has no record. */
    theirs: integer('theirs'),
    /** What can be sold; null: a SKU of it has no opening balance. */
    ours: integer('ours'),
    causes: jsonb('causes').$type<DifferenceCause[]>().notNull(),
    at: at('at').notNull().defaultNow(),
    /** What was asked for to mend it, and by whom. */
    fix: text('fix').$type<'publish' | 'adopt'>(),
    fixedBy: text('fixed_by'),
  },
  (table) => [primaryKey({ columns: [table.reconciliationId, table.manageNumber, table.variantId] })],
);

/** Files of SKUs, links or stock that were sent in. */
export const fileImports = pgTable(
  'file_imports',
  {
    importId: uuid('import_id').primaryKey().defaultRandom(),
    /** Which table the file is about. */
    subject: text('subject').$type<FileSubject>().notNull(),
    /** The shop whose links it has. */
    shopId: text('shop_id'),
    /** What its sender says that it is encoded in. */
    encoding: text('encoding').$type<Encoding>(),
    format: text('format').$type<'csv' | 'xlsx'>().notNull(),
    /** Only checked, not applied. */
    dryRun: boolean('dry_run').notNull(),
    state: text('state').$type<'running' | 'done' | 'refused' | 'failed' | 'cancelled'>().notNull(),
    bytes: integer('bytes').notNull(),
    rowsRead: integer('rows_read').notNull().default(0),
    rowsApplied: integer('rows_applied').notNull().default(0),
    /** The first of them. */
    errors: jsonb('errors').$type<FileFault[]>().notNull(),
    errorCount: integer('error_count').notNull().default(0),
    failure: text('failure'),
    requestedBy: text('requested_by').notNull(),
    createdAt: createdAt(),
    finishedAt: at('finished_at'),
  },
  (table) => [index('file_imports_by_age').on(table.createdAt, table.importId)],
);

/** The bytes of a file that was sent in, until it is done with. */
export const fileChunks = pgTable(
  'file_chunks',
  {
    importId: uuid('import_id')
      .notNull()
      .references(() => fileImports.importId, { onDelete: 'cascade' }),
    part: integer('part').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  (table) => [primaryKey({ columns: [table.importId, table.part] })],
);

/** The rows of a file that is being checked, until they are applied or refused as a whole. */
export const fileRows = pgTable(
  'file_rows',
  {
    importId: uuid('import_id')
      .notNull()
      .references(() => fileImports.importId, { onDelete: 'cascade' }),
    row: integer('row').notNull(),
    values: jsonb('values').$type<Record<string, string | number | null>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.importId, table.row] })],
);
