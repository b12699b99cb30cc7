import { z } from 'zod';
import type { OrderRef } from '../domain/order';
import type { ShipFrom } from '../store/ship-froms';
import {
  deleteShipFrom,
  findShipFrom,
  listShipFroms,
  putShipFroms,
  setShipFrom,
  UnknownShipFromError,
} from '../store/ship-froms';
import { currentFulfilment } from '../store/shipments';
import { listShops } from '../store/shops';
import { addLines } from '../store/timeline';
import type { Caller } from './caller';
import { mayReach } from './caller';
import { lockOpenOrder } from './decisions';
import type { Deps } from './deps';
import { line, OrderPath } from './fields';
import { OrderView } from './order-view';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { fieldProblem, Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { showOrder } from './show-order';

const shipFromId = line(64).meta({ description: 'Our key of the ship-from', example: 'tokyo' });

const ShipFromView = z
  .strictObject({
    shipFromId,
    name: line(100).meta({ example: 'お茶の店 東京倉庫' }),
    zipCode: z
      .string()
      .regex(/^\d{3}-?\d{4}$/, 'must be a postal code, such as 100-0005')
      .meta({ example: '100-0005' }),
    prefecture: line(20),
    city: line(100),
    subAddress: line(200),
    phoneNumber: z
      .string()
      .regex(/^[0-9][0-9-]{8,14}$/, 'must be a phone number, such as 03-0000-0000')
      .meta({ example: '03-0000-0000' }),
  })
  .meta({ id: 'ShipFrom', description: 'Where parcels are sent from (発送元)' });

const ShipFromPath = z.strictObject({ shipFromId });

/** Each key once: which of two would count is nobody's to guess. */
const refuseDoubles = (records: readonly ShipFrom[]): void => {
  const twice = records.findIndex((record, index) =>
    records.slice(0, index).some((before) => before.shipFromId === record.shipFromId),
  );
  if (twice >= 0)
    throw fieldProblem('duplicate', `shipFroms.${twice}.shipFromId`, 'is named twice in this request');
};

/** All but those that only shops beyond the caller's reach send from by default. */
const visibleTo = async ({ db }: Deps, caller: Caller): Promise<ShipFrom[]> => {
  const [records, shops] = await Promise.all([listShipFroms(db), listShops(db)]);
  const byKey = records.sort((a, b) => (a.shipFromId < b.shipFromId ? -1 : 1));
  return byKey.filter((record) => {
    const users = shops.filter(({ settings }) => settings.defaultShipFromId === record.shipFromId);
    return users.length === 0 || users.some(({ shopId }) => mayReach(caller, shopId));
  });
};

const remove = async ({ db }: Deps, id: string): Promise<void> => {
  if ((await findShipFrom(db, id)) === undefined) throw new Problem('ship_from_not_found');
  const inUse = await deleteShipFrom(db, id);
  if (inUse === undefined) return;
  const shops = inUse.shopIds.length > 0 ? `the shops ${inUse.shopIds.join(', ')}` : 'no shop';
  throw new Problem(
    'ship_from_in_use',
    `It is named by ${shops} and by ${inUse.orders} open orders: name another one there first.`,
  );
};

/** Notes where one order is sent from, until its instruction has left. */
const choose = ({ db }: Deps, ref: OrderRef, chosen: string | null, actor: string): Promise<void> =>
  db.transaction(async (tx) => {
    const row = await lockOpenOrder(tx, ref);
    const fulfilment = await currentFulfilment(tx, ref);
    if (fulfilment !== undefined && fulfilment.state !== 'recalled') throw new Problem('already_instructed');
    if (row.shipFromId === chosen) return;
    try {
      await setShipFrom(tx, ref, chosen);
    } catch (cause) {
      if (!(cause instanceof UnknownShipFromError)) throw cause;
      throw fieldProblem('ship_from_unknown', 'shipFromId', cause.message);
    }
    await addLines(tx, ref, [
      chosen === null
        ? { code: 'order.ship_from_cleared', actor }
        : { code: 'order.ship_from', params: { shipFromId: chosen }, actor },
    ]);
  });

/** Where parcels are sent from: records, and which one an order uses. */
export const shipFromRoutes = (deps: Deps): Route[] => [
  route({
    method: 'put',
    path: '/v1/ship-froms',
    tag: 'Ship-froms',
    summary: 'Make or change ship-froms (発送元) by key, all or none; those not named stay',
    access: 'administrator',
    reach: 'whole',
    body: z.strictObject({ shipFroms: z.array(ShipFromView).min(1).max(200) }),
    answer: { status: 200, says: 'Saved', schema: z.strictObject({ saved: z.int() }) },
    problems: ['duplicate'],
    handle: async ({ body: { shipFroms } }) => {
      refuseDoubles(shipFroms);
      await putShipFroms(deps.db, shipFroms);
      return { saved: shipFroms.length };
    },
  }),
  route({
    method: 'get',
    path: '/v1/ship-froms',
    tag: 'Ship-froms',
    summary: 'Ship-froms (発送元) by key, without those of other shops alone',
    access: 'viewer',
    reach: 'filtered',
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of ship-froms', schema: pageOf(ShipFromView) },
    handle: async ({ query: { cursor, limit }, caller }) => {
      const after = positionOf(ShipFromPath, cursor)?.shipFromId ?? '';
      const rows = (await visibleTo(deps, caller)).filter((record) => record.shipFromId > after);
      const position = (record: ShipFrom) => ({ shipFromId: record.shipFromId });
      return toPage(rows.slice(0, limit + 1), limit, position, (record) => record);
    },
  }),
  route({
    method: 'delete',
    path: '/v1/ship-froms/{shipFromId}',
    tag: 'Ship-froms',
    summary: 'Delete a ship-from that no shop and no open order names',
    access: 'administrator',
    reach: 'whole',
    params: ShipFromPath,
    answer: { status: 204, says: 'It is gone', schema: z.void() },
    problems: ['ship_from_not_found', 'ship_from_in_use'],
    handle: ({ params }) => remove(deps, params.shipFromId),
  }),
  route({
    method: 'put',
    path: '/v1/orders/{shopId}/{orderNumber}/ship-from',
    tag: 'Orders',
    summary: 'Say where one order is sent from, until its instruction has left; null: as its shop says',
    access: 'operator',
    spoken: true,
    params: OrderPath,
    body: z.strictObject({ shipFromId: shipFromId.nullable() }),
    answer: { status: 200, says: 'The order', schema: OrderView },
    problems: ['order_not_found', 'order_finished', 'already_instructed', 'ship_from_unknown'],
    handle: async ({ params, body, caller, language, actor }) => {
      const own = body.shipFromId;
      if (own !== null && !(await visibleTo(deps, caller)).some((record) => record.shipFromId === own))
        throw fieldProblem('ship_from_unknown', 'shipFromId', `There is no ship-from ${own}.`);
      await choose(deps, params, own, actor);
      return showOrder(deps, params, language);
    },
  }),
];
