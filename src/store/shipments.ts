import { createHash } from 'node:crypto';
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Queryable } from './database';
import { fulfilmentEvents, fulfilmentOrders, shipments } from './schema';
import type { NewLine } from './timeline';

/** A parcel as it is stored. */
export type Shipment = typeof shipments.$inferSelect;

/** A fulfilment order as it is stored. */
export type FulfilmentOrder = typeof fulfilmentOrders.$inferSelect;

const shipmentsOf = (ref: OrderRef) =>
  and(eq(shipments.shopId, ref.shopId), eq(shipments.orderNumber, ref.orderNumber));
const fulfilmentOf = (ref: OrderRef) =>
  and(eq(fulfilmentOrders.shopId, ref.shopId), eq(fulfilmentOrders.orderNumber, ref.orderNumber));

/** The parcels of an order, in the order they came in. */
export const listShipments = (db: Queryable, ref: OrderRef): Promise<Shipment[]> =>
  db
    .select()
    .from(shipments)
    .where(shipmentsOf(ref))
    .orderBy(asc(shipments.createdAt), asc(shipments.trackingNumber));

/** Stores parcels that are not known yet; the same basket and number again changes nothing. @returns the new ones */
export const addShipments = async (
  db: Queryable,
  ref: OrderRef,
  parcels: readonly Omit<typeof shipments.$inferInsert, 'shopId' | 'orderNumber' | 'shipmentId'>[],
): Promise<Shipment[]> =>
  parcels.length === 0
    ? []
    : db
        .insert(shipments)
        .values(parcels.map((parcel) => ({ ...parcel, ...ref })))
        .onConflictDoNothing()
        .returning();

/** Notes that Rakuten shows a parcel, or refuses it for good. */
export const settleShipment = async (
  db: Queryable,
  shipmentId: string,
  refusedCode: string | null,
): Promise<void> => {
  await db
    .update(shipments)
    .set({ reportedAt: new Date(), refusedCode })
    .where(eq(shipments.shipmentId, shipmentId));
};

/** The fulfilment order that counts: the one that was not recalled, else the last. */
export const currentFulfilment = async (
  db: Queryable,
  ref: OrderRef,
): Promise<FulfilmentOrder | undefined> => {
  const [row] = await db
    .select()
    .from(fulfilmentOrders)
    .where(fulfilmentOf(ref))
    .orderBy(sql`${fulfilmentOrders.state} = 'recalled'`, sql`${fulfilmentOrders.createdAt} desc`)
    .limit(1);
  return row;
};

/** The fulfilment order with this id. */
export const findFulfilment = async (
  db: Queryable,
  fulfilmentOrderId: string,
): Promise<FulfilmentOrder | undefined> => {
  const [row] = await db
    .select()
    .from(fulfilmentOrders)
    .where(eq(fulfilmentOrders.fulfilmentOrderId, fulfilmentOrderId));
  return row;
};

/**
 * The id follows from the order and from how often its instruction was recalled before: a database that was restored
 * from a backup gives the same instruction the same id, and the warehouse packs nothing twice.
 */
const fulfilmentIdOf = ({ shopId, orderNumber }: OrderRef, recalled: number): string => {
  const hash = createHash('sha256').update(`fulfilment/${shopId}/${orderNumber}/${recalled}`).digest();
  hash.writeUInt8(((hash[6] ?? 0) & 0x0f) | 0x80, 6);
  hash.writeUInt8(((hash[8] ?? 0) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/**
 * The fulfilment order to hand to the provider: made once per order and given again on a repeat, so that the provider
 * sees one id however often it is told.
 */
export const ensureFulfilment = async (
  db: Queryable,
  ref: OrderRef,
  provider: string,
): Promise<FulfilmentOrder> => {
  const known = await db.select().from(fulfilmentOrders).where(fulfilmentOf(ref));
  const standing = known.find(({ state }) => state !== 'recalled');
  if (standing !== undefined) return standing;
  const fulfilmentOrderId = fulfilmentIdOf(ref, known.length);
  const [made] = await db
    .insert(fulfilmentOrders)
    .values({ ...ref, fulfilmentOrderId, provider, state: 'created' })
    .onConflictDoNothing()
    .returning();
  // Without one it was made by somebody else in between.
  const row = made ?? (await currentFulfilment(db, ref));
  if (row === undefined)
    throw new Error(`The fulfilment order of ${ref.orderNumber} vanished after it was made`);
  return row;
};

/**
 * Notes that the provider has a fulfilment order, whoever finds out first.
 * @returns what the timeline says of that; nothing when it was noted before
 */
export const noteRequested = async (
  db: Queryable,
  { fulfilmentOrderId, provider }: Pick<FulfilmentOrder, 'fulfilmentOrderId' | 'provider'>,
): Promise<NewLine[]> => {
  const noted = await db
    .update(fulfilmentOrders)
    .set({ state: 'open', updatedAt: new Date() })
    .where(
      and(eq(fulfilmentOrders.fulfilmentOrderId, fulfilmentOrderId), eq(fulfilmentOrders.state, 'created')),
    )
    .returning({ fulfilmentOrderId: fulfilmentOrders.fulfilmentOrderId });
  return noted.map(() => ({ code: 'fulfilment.requested', params: { provider } }));
};

/** Moves a fulfilment order to another state, unless the parcel has already left. */
export const setFulfilmentState = async (
  db: Queryable,
  fulfilmentOrderId: string,
  state: FulfilmentOrder['state'],
): Promise<void> => {
  await db
    .update(fulfilmentOrders)
    .set({ state, updatedAt: new Date() })
    .where(
      and(
        eq(fulfilmentOrders.fulfilmentOrderId, fulfilmentOrderId),
        sql`${fulfilmentOrders.state} <> 'shipped'`,
      ),
    );
};

/** Fulfilment orders by shop and state, oldest first, a page at a time. */
export const listFulfilments = (
  db: Queryable,
  filter: {
    shopId?: string | undefined;
    shopIds?: readonly string[] | undefined;
    state?: FulfilmentOrder['state'] | undefined;
  },
  after: { createdAt: string; id: string },
  limit: number,
): Promise<FulfilmentOrder[]> =>
  db
    .select()
    .from(fulfilmentOrders)
    .where(
      and(
        filter.shopId === undefined ? undefined : eq(fulfilmentOrders.shopId, filter.shopId),
        filter.shopIds === undefined ? undefined : inArray(fulfilmentOrders.shopId, [...filter.shopIds]),
        filter.state === undefined ? undefined : eq(fulfilmentOrders.state, filter.state),
        sql`(${fulfilmentOrders.createdAt}, ${fulfilmentOrders.fulfilmentOrderId}) > (${after.createdAt}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(asc(fulfilmentOrders.createdAt), asc(fulfilmentOrders.fulfilmentOrderId))
    .limit(limit);

/** Notes a warehouse's event. @returns false when it was taken in before */
export const takeEvent = async (db: Queryable, eventId: string): Promise<boolean> => {
  const rows = await db.insert(fulfilmentEvents).values({ eventId }).onConflictDoNothing().returning();
  return rows.length > 0;
};
