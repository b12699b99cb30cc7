import { and, asc, eq } from 'drizzle-orm';
import type { ChangedField } from '../domain/field-changes';
import type { OrderRef } from '../domain/order';
import type { Queryable } from './database';
import { changePlace } from './places';
import { orderChanges } from './schema';
import type { Vault } from './vault';

/** Appends changes to an order's history of values, sealed. */
export const addChanges = async (
  db: Queryable,
  vault: Vault,
  ref: OrderRef,
  changes: readonly ChangedField[],
): Promise<void> => {
  if (changes.length === 0) return;
  const seal = (field: string, value: string | undefined) =>
    value === undefined ? null : vault.seal(changePlace(ref, field), value);
  await db.insert(orderChanges).values(
    changes.map(({ fieldGroup, field, before, after }) => ({
      ...ref,
      fieldGroup,
      field,
      sealedBefore: seal(field, before),
      sealedAfter: seal(field, after),
    })),
  );
};

/** The history of an order's values, oldest first. Personal data: for people who may see it, never for a log. */
export const changesOf = async (
  db: Queryable,
  vault: Vault,
  ref: OrderRef,
): Promise<(ChangedField & { readonly at: Date })[]> => {
  const rows = await db
    .select()
    .from(orderChanges)
    .where(and(eq(orderChanges.shopId, ref.shopId), eq(orderChanges.orderNumber, ref.orderNumber)))
    .orderBy(asc(orderChanges.changeId));
  const open = (field: string, sealed: Buffer | null) =>
    sealed === null ? undefined : vault.open(changePlace(ref, field), sealed);
  return rows.map(({ at, fieldGroup, field, sealedBefore, sealedAfter }) => ({
    at,
    fieldGroup,
    field,
    before: open(field, sealedBefore),
    after: open(field, sealedAfter),
  }));
};
