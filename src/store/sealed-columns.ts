import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Queryable } from './database';
import { alertSecretPlace, answerPlace, changePlace, credentialPlace, snapshotPlace } from './places';
import { idempotencyKeys, orderChanges, orders } from './schema';
import { credentials, shops } from './shop-schema';

/** A column that holds sealed values. */
export interface SealedColumn {
  readonly table: PgTable;
  readonly column: PgColumn;
  /** The table's primary key. */
  readonly key: readonly PgColumn[];
  /** The columns that `place` is given, as text. */
  readonly placedBy: readonly PgColumn[];
  /** What the row's value is bound to. */
  readonly place: (...values: string[]) => string;
}

const ofChange = {
  table: orderChanges,
  key: [orderChanges.changeId],
  placedBy: [orderChanges.shopId, orderChanges.orderNumber, orderChanges.field],
  place: (shopId: string, orderNumber: string, field: string) => changePlace({ shopId, orderNumber }, field),
};
const ofCredential = {
  table: credentials,
  key: [credentials.credentialId],
  placedBy: [credentials.shopId],
};

/** Every column that holds sealed values; the few rows of shops first. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  {
    ...ofCredential,
    column: credentials.sealedServiceSecret,
    place: (shopId) => credentialPlace(shopId, 'serviceSecret'),
  },
  {
    ...ofCredential,
    column: credentials.sealedLicenseKey,
    place: (shopId) => credentialPlace(shopId, 'licenseKey'),
  },
  {
    table: shops,
    column: shops.sealedAlertSecret,
    key: [shops.shopId],
    placedBy: [shops.shopId],
    place: alertSecretPlace,
  },
  {
    table: orders,
    column: orders.sealedSnapshot,
    key: [orders.shopId, orders.orderNumber],
    placedBy: [orders.shopId, orders.orderNumber],
    place: (shopId: string, orderNumber: string) => snapshotPlace({ shopId, orderNumber }),
  },
  { ...ofChange, column: orderChanges.sealedBefore },
  { ...ofChange, column: orderChanges.sealedAfter },
  {
    table: idempotencyKeys,
    column: idempotencyKeys.sealedResponse,
    key: [idempotencyKeys.scope, idempotencyKeys.key],
    placedBy: [idempotencyKeys.scope],
    place: answerPlace,
  },
];

/** A sealed value where it stands. */
export interface SealedValue {
  readonly place: string;
  readonly key: readonly string[];
  /** Null: of no interest. */
  readonly sealed: Buffer | null;
}

const texts = (columns: readonly PgColumn[]): SQL =>
  sql`array[${sql.join(
    columns.map((column) => sql`${column}::text`),
    sql`, `,
  )}]`;

const list = (parts: readonly (PgColumn | string)[]): SQL =>
  sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  );

/**
 * The next values of a column in the order of their rows' keys. Values that begin with `except` are counted but not
 * fetched, so that a page costs the same whether there is something in it or not.
 */
export const pageOfSealed = async (
  db: Queryable,
  { table, column, key, placedBy, place }: SealedColumn,
  page: { readonly after: readonly string[] | undefined; readonly limit: number; readonly except?: Buffer },
): Promise<SealedValue[]> => {
  const { after, limit, except } = page;
  const wanted =
    except === undefined
      ? sql`${column}`
      : sql`case when substring(${column} from 1 for ${except.length}) <> ${except} then ${column} end`;
  const { rows } = await db.execute<{ key: string[]; placed_by: string[]; sealed: Buffer | null }>(sql`
    select ${texts(key)} as key, ${texts(placedBy)} as placed_by, ${wanted} as sealed
    from ${table}
    where ${column} is not null ${after === undefined ? sql`` : sql`and (${list(key)}) > (${list(after)})`}
    order by ${list(key)} limit ${limit}`);
  return rows.map((row) => ({ key: row.key, place: place(...row.placed_by), sealed: row.sealed }));
};

/** Puts other bytes in the place of those that were read, unless somebody else has written there. @returns whether it did */
export const replaceSealed = async (
  db: Queryable,
  { table, column, key }: SealedColumn,
  at: readonly string[],
  [before, after]: readonly [Buffer, Buffer],
): Promise<boolean> => {
  const { rowCount } = await db.execute(sql`
    update ${table} set ${sql.identifier(column.name)} = ${after}
    where (${list(key)}) = (${list(at)}) and ${column} = ${before}`);
  return rowCount === 1;
};
