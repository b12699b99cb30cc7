/** The tables of shops as a whole: their settings and keys, what they wait for, what happened to them. */
import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ConnectionTestRow } from '../domain/connection-test';
import type { ShopSettings } from '../domain/settings';
import { at, bytea, createdAt } from './columns';

/** Why a shop is parked. */
export type CircuitCause = 'key_refused' | 'rakuten_down';

export const shops = pgTable('shops', {
  shopId: text('shop_id').primaryKey(),
  name: text('name').notNull(),
  shopUrl: text('shop_url').notNull().unique(),
  rakutenShopId: text('rakuten_shop_id'),
  rmsBaseUrl: text('rms_base_url'),
  settings: jsonb('settings').$type<ShopSettings>().notNull(),
  demo: boolean('demo').notNull().default(false),
  /** Signs what the shop's alert webhook is told. */
  sealedAlertSecret: bytea('sealed_alert_secret'),
  retiredAt: at('retired_at'),
  createdAt: createdAt(),
});

/** The shop that a row belongs to. */
export const shopId = () =>
  text('shop_id')
    .notNull()
    .references(() => shops.shopId);

export const credentials = pgTable(
  'credentials',
  {
    credentialId: uuid('credential_id').primaryKey().defaultRandom(),
    shopId: shopId(),
    /** What Rakuten made of the key last. */
    state: text('state').$type<'pending' | 'live' | 'refused'>().notNull(),
    /** Whether calls go out with it: one of the shop's keys. */
    inUse: boolean('in_use').notNull().default(false),
    sealedServiceSecret: bytea('sealed_service_secret').notNull(),
    sealedLicenseKey: bytea('sealed_license_key').notNull(),
    licenseKeyLast4: text('license_key_last4').notNull(),
    /** A keyed hash of secret and key, by which a key that is there already is known; null for old rows. */
    fingerprint: text('fingerprint'),
    /** As Rakuten told it last; null before it was asked. */
    expiresAt: at('expires_at'),
    /** When Rakuten was last asked about this key by itself. */
    checkedAt: at('checked_at'),
    /** Since when it is in its state. */
    stateSince: at('state_since').notNull().defaultNow(),
    /** So many days before its end people were told last; 0: that it is over. */
    announcedDays: integer('announced_days'),
    addedBy: text('added_by').notNull().default('administrator'),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('credentials_one_in_use').on(table.shopId).where(sql`${table.inUse}`),
    index('credentials_by_shop').on(table.shopId, table.createdAt),
  ],
);

/** A renewal of a shop's key. Times and counts tell how far it has come. */
export const credentialRenewals = pgTable(
  'credential_renewals',
  {
    renewalId: uuid('renewal_id').primaryKey().defaultRandom(),
    shopId: text('shop_id').notNull(),
    /** The slot that the new key stands in; null once it was emptied. */
    credentialId: uuid('credential_id'),
    state: text('state').$type<'pending' | 'live' | 'failed' | 'cancelled'>().notNull(),
    probes: integer('probes').notNull().default(0),
    probedAt: at('probed_at'),
    /** What Rakuten said last: a code of the text catalogue's `renewal.*`. */
    reason: text('reason'),
    limitAt: at('limit_at').notNull(),
    requestedBy: text('requested_by').notNull(),
    createdAt: createdAt(),
    finishedAt: at('finished_at'),
  },
  (table) => [
    uniqueIndex('credential_renewals_one').on(table.shopId).where(sql`${table.state} = 'pending'`),
    index('credential_renewals_by_shop').on(table.shopId, table.createdAt),
  ],
);

/** Where parcels are sent from (発送元), for labels and slips. */
export const shipFroms = pgTable('ship_froms', {
  shipFromId: text('ship_from_id').primaryKey(),
  name: text('name').notNull(),
  zipCode: text('zip_code').notNull(),
  prefecture: text('prefecture').notNull(),
  city: text('city').notNull(),
  subAddress: text('sub_address').notNull(),
  phoneNumber: text('phone_number').notNull(),
  createdAt: createdAt(),
});

/** Shops that are parked: their key is refused or Rakuten is down. No row means that calls go out. */
export const circuits = pgTable('circuits', {
  shopId: text('shop_id').primaryKey(),
  cause: text('cause').$type<CircuitCause>().notNull(),
  openedAt: at('opened_at').notNull().defaultNow(),
  /** When the next probe is due; whoever moves it on makes the probe. */
  probeAt: at('probe_at').notNull(),
  probes: integer('probes').notNull().default(0),
});

/** Stop switches that are on: of one shop, or of all (`*`). */
export const stops = pgTable('stops', {
  scope: text('scope').primaryKey(),
  reason: text('reason').notNull(),
  stoppedBy: text('stopped_by').notNull(),
  stoppedAt: at('stopped_at').notNull().defaultNow(),
});

/** What happened to a shop as a whole: warnings, keys, parking, settings. */
export const shopTimeline = pgTable(
  'shop_timeline',
  {
    lineId: bigserial('line_id', { mode: 'number' }).primaryKey(),
    shopId: shopId(),
    at: at('at').notNull().defaultNow(),
    code: text('code').notNull(),
    params: jsonb('params').$type<Record<string, string | number>>().notNull(),
    actor: text('actor').notNull(),
  },
  (table) => [index('shop_timeline_by_shop').on(table.shopId, table.lineId)],
);

/** What the last test of a shop's connection found, function by function. */
export const connectionTests = pgTable('connection_tests', {
  shopId: shopId().primaryKey(),
  testedAt: at('tested_at').notNull(),
  rows: jsonb('rows').$type<readonly ConnectionTestRow[]>().notNull(),
});

/** What looks wrong with how a shop is set up; a row stands while it is seen. */
export const shopWarnings = pgTable(
  'shop_warnings',
  {
    shopId: shopId(),
    code: text('code').notNull(),
    params: jsonb('params').$type<Record<string, string | number>>().notNull(),
    since: at('since').notNull().defaultNow(),
    lastSeenAt: at('last_seen_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.shopId, table.code] })],
);
