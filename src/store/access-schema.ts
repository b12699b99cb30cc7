/** The tables of who may do what, who did what, and of the keys that seal what is stored. */
import {
  bigint,
  bigserial,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Role } from '../domain/roles';
import { at, bytea, createdAt } from './columns';

/** People who sign in. `shopIds` null: all shops. */
export const users = pgTable('users', {
  userId: uuid('user_id').primaryKey().defaultRandom(),
  /** What the person signs in with, in lower case. */
  name: text('name').notNull().unique(),
  /** scrypt with its parameters and salt; never the password. */
  passwordHash: text('password_hash').notNull(),
  role: text('role').$type<Role>().notNull(),
  shopIds: text('shop_ids').array(),
  disabledAt: at('disabled_at'),
  createdBy: text('created_by').notNull(),
  createdAt: createdAt(),
});

/** Tokens that programs call the API with. Only their hash is kept. */
export const tokens = pgTable('tokens', {
  tokenId: uuid('token_id').primaryKey().defaultRandom(),
  name: text('name').notNull(),
  /** SHA-256; a token is 256 random bits, so that nobody finds it by trying. */
  hash: text('hash').notNull().unique(),
  last4: text('last4').notNull(),
  role: text('role').$type<Role>().notNull(),
  shopIds: text('shop_ids').array(),
  expiresAt: at('expires_at').notNull(),
  revokedAt: at('revoked_at'),
  lastUsedAt: at('last_used_at'),
  createdBy: text('created_by').notNull(),
  createdAt: createdAt(),
});

/** Browsers that are signed in, by the hash of their cookie. */
export const sessions = pgTable(
  'sessions',
  {
    hash: text('hash').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.userId, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    lastSeenAt: at('last_seen_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
  },
  (table) => [index('sessions_by_user').on(table.userId), index('sessions_by_end').on(table.expiresAt)],
);

/** How often something was tried lately that may not be tried often; kept by rate-limiter-flexible. */
export const attempts = pgTable('attempts', {
  key: text('key').primaryKey(),
  points: integer('points').notNull().default(0),
  /** Milliseconds since the epoch; null: for ever. */
  expire: bigint('expire', { mode: 'number' }),
});

/** Who did what, when and from where. Append-only: a trigger refuses every change. Secrets are masked before they come here. */
export const auditLog = pgTable(
  'audit_log',
  {
    auditId: bigserial('audit_id', { mode: 'number' }).primaryKey(),
    at: at('at').notNull().defaultNow(),
    actor: text('actor').notNull(),
    /** The address that the request came from; null for what Okuri did by itself. */
    address: text('address'),
    /** The operation: `PATCH /v1/shops/{shopId}`, or a word of our own such as `credential.switched`. */
    action: text('action').notNull(),
    shopId: text('shop_id'),
    /** What it was done to: the parts of the path, or ids. */
    target: jsonb('target').$type<Readonly<Record<string, unknown>>>().notNull(),
    /** What was asked for. */
    request: jsonb('request'),
  },
  (table) => [index('audit_log_by_shop').on(table.shopId, table.auditId)],
);

/** How it ended. A line of the log without one is of a request whose process died. */
export const auditOutcomes = pgTable('audit_outcomes', {
  auditId: bigint('audit_id', { mode: 'number' })
    .primaryKey()
    .references(() => auditLog.auditId),
  at: at('at').notNull().defaultNow(),
  /** The HTTP status that was answered; 200 for what Okuri did by itself. */
  status: integer('status').notNull(),
  /** The problem's code, when it was refused. */
  code: text('code'),
  before: jsonb('before'),
  after: jsonb('after'),
});

/** Keys that seal, hash and sign. The master key wraps them, so that it can be changed while they stay. */
export const dataKeys = pgTable(
  'data_keys',
  {
    /** Eight hexadecimal digits: every sealed value names its key. */
    keyId: text('key_id').primaryKey(),
    purpose: text('purpose').$type<'seal' | 'fingerprint' | 'signing'>().notNull(),
    /** Sealing begins with a new key once every process knows it. */
    activeFrom: at('active_from').notNull().defaultNow(),
    createdAt: createdAt(),
  },
  (table) => [index('data_keys_by_purpose').on(table.purpose, table.activeFrom)],
);

/** A data key as a master key wraps it; by several while the master key is being changed. */
export const dataKeyWraps = pgTable(
  'data_key_wraps',
  {
    keyId: text('key_id')
      .notNull()
      .references(() => dataKeys.keyId, { onDelete: 'cascade' }),
    masterKeyId: text('master_key_id').notNull(),
    wrapped: bytea('wrapped').notNull(),
  },
  (table) => [primaryKey({ columns: [table.keyId, table.masterKeyId] })],
);
