import { z } from 'zod';
import { available, MANUAL_KINDS, MOVEMENT_KINDS } from '../domain/stock';
import type { StockRow } from '../store/ledger';
import { MAIN_LOCATION } from '../store/ledger';
import { findSku } from '../store/skus';
import { enterMovement, listMovements, listStock } from '../store/stock';
import { refusal } from './check';
import type { Deps } from './deps';
import { instant, line, OrderPath, skuCode } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { fieldProblem } from './problems';
import type { Route } from './route';
import { route } from './route';

const MOST_UNITS = 1_000_000;
const location = line(64);

const NewMovement = z
  .strictObject({
    skuCode,
    location: location.default(MAIN_LOCATION),
    kind: z.enum(MANUAL_KINDS),
    quantity: z
      .int()
      .min(-MOST_UNITS)
      .max(MOST_UNITS)
      .refine((units) => units !== 0, refusal('quantity_sign', 'must not be 0')),
    reason: line(500),
  })
  .refine(({ kind, quantity }) => kind === 'adjust' || quantity > 0, {
    path: ['quantity'],
    ...refusal('quantity_sign', 'must be positive; only adjust takes units away'),
  })
  .meta({ id: 'NewMovement' });

const StockView = z
  .strictObject({
    skuCode: z.string(),
    location: z.string(),
    onHand: z.int(),
    reserved: z.int(),
    safety: z.int(),
    available: z.int().meta({ description: 'On hand less reserved less safety; negative means oversold' }),
    opened: z.boolean().meta({
      description: 'Whether its opening balance is known; before that it is neither published nor short',
    }),
  })
  .meta({ id: 'Stock' });

const MovementView = z
  .strictObject({
    movementId: z.int(),
    skuCode: z.string(),
    location: z.string(),
    kind: z.enum(MOVEMENT_KINDS),
    quantity: z.int(),
    shopId: z.string().nullable(),
    orderNumber: z.string().nullable(),
    basketId: z.string().nullable(),
    itemDetailId: z.string().nullable(),
    reason: z.string(),
    actor: z.string(),
    at: instant,
  })
  .meta({ id: 'StockMovement' });

const StockPosition = z.strictObject({ skuCode: z.string(), location: z.string() });
const MovementPosition = z.strictObject({ movementId: z.int() });

const viewOf = ({ skuCode: code, location: place, onHand, reserved, safety, opened }: StockRow) => ({
  skuCode: code,
  location: place,
  onHand,
  reserved,
  safety,
  available: available({ onHand, reserved, safety, opened }),
  opened,
});

const enter = async (
  { db }: Deps,
  movement: Parameters<typeof enterMovement>[1],
): Promise<z.input<typeof StockView>> => {
  const sku = await findSku(db, movement.skuCode);
  if (sku === undefined)
    throw fieldProblem('sku_unknown', 'skuCode', `${movement.skuCode} does not exist: create it first`);
  if (sku.components.length > 0)
    throw fieldProblem('set_has_no_stock', 'skuCode', `${movement.skuCode} is a set: move its components`);
  return viewOf(await enterMovement(db, movement));
};

/** Stock and its append-only ledger. */
export const stockRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/stock/movements',
    tag: 'Stock',
    summary: 'Enter a movement; the first one gives the SKU its opening balance',
    access: 'administrator',
    body: NewMovement,
    answer: { status: 201, says: 'The stock after it', schema: StockView },
    problems: ['sku_unknown', 'set_has_no_stock', 'quantity_sign'],
    handle: ({ body, actor, effectKey }) => enter(deps, { ...body, actor, idempotencyKey: effectKey }),
  }),
  route({
    method: 'get',
    path: '/v1/stock',
    tag: 'Stock',
    summary: 'Stock by SKU and location',
    access: 'administrator',
    query: z.strictObject({ ...PAGE, skuCode: skuCode.optional(), location: location.optional() }),
    answer: { status: 200, says: 'A page of stock', schema: pageOf(StockView) },
    handle: async ({ query: { cursor, limit, ...filter } }) => {
      const after = positionOf(StockPosition, cursor) ?? { skuCode: '', location: '' };
      const rows = await listStock(deps.db, filter, after, limit + 1);
      return toPage(rows, limit, (row) => ({ skuCode: row.skuCode, location: row.location }), viewOf);
    },
  }),
  route({
    method: 'get',
    path: '/v1/stock/movements',
    tag: 'Stock',
    summary: 'The ledger, oldest movement first',
    access: 'administrator',
    query: z.strictObject({
      ...PAGE,
      skuCode: skuCode.optional(),
      orderNumber: OrderPath.shape.orderNumber.optional(),
    }),
    answer: { status: 200, says: 'A page of movements', schema: pageOf(MovementView) },
    handle: async ({ query: { cursor, limit, ...filter } }) => {
      const after = positionOf(MovementPosition, cursor)?.movementId ?? 0;
      const rows = await listMovements(deps.db, filter, after, limit + 1);
      return toPage(
        rows,
        limit,
        ({ movementId }) => ({ movementId }),
        ({ idempotencyKey: _, at, ...row }) => ({ ...row, at: at.toISOString() }),
      );
    },
  }),
];
