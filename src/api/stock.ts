import { z } from 'zod';
import { available, MANUAL_KINDS, MOVEMENT_KINDS } from '../domain/stock';
import { safetyAsItIs } from '../store/before';
import type { StockRow } from '../store/ledger';
import { MAIN_LOCATION, placeKey } from '../store/ledger';
import { backordersOf } from '../store/sellable';
import { componentsOf, existing } from '../store/skus';
import { enterMovement, listMovements, listStock, setSafetyStock } from '../store/stock';
import { refusal } from './check';
import type { Deps } from './deps';
import { instant, line, OrderPath, shopId, skuCode } from './fields';
import { withoutRepeats } from './list-checks';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem, type ProblemCode } from './problems';
import type { Route } from './route';
import { route } from './route';
import { Saved } from './skus';

const MOST_UNITS = 1_000_000;
const location = line(64);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const moment = z.iso.datetime({ offset: true });
const dateOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);

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

const SafetyLevels = z
  .strictObject({
    stock: z
      .array(
        z.strictObject({
          skuCode,
          location: location.default(MAIN_LOCATION),
          safety: z.int().min(0).max(MOST_UNITS).meta({ description: 'Units that are kept back from sale' }),
        }),
      )
      .min(1)
      .max(500)
      .superRefine(withoutRepeats(placeKey, 'skuCode')),
  })
  .meta({ id: 'SafetyStock' });

const StockView = z
  .strictObject({
    skuCode: z.string(),
    location: z.string(),
    onHand: z.int(),
    reserved: z.int(),
    safety: z.int(),
    available: z.int().meta({ description: 'On hand less reserved less safety; negative means oversold' }),
    backordered: z.int().meta({
      description: 'Sold by open orders of shops that sell from this location, and not reserved yet',
    }),
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

/** Makes what shows stock rows: what open orders still need is read at once for all of a location. */
const viewerOf = async (
  { db }: Deps,
  rows: readonly StockRow[],
): Promise<(row: StockRow) => z.input<typeof StockView>> => {
  const backordered = new Map<string, number>();
  for (const place of new Set(rows.map((row) => row.location))) {
    const codes = rows.filter((row) => row.location === place).map((row) => row.skuCode);
    for (const [code, { units }] of await backordersOf(db, codes, place))
      backordered.set(placeKey({ skuCode: code, location: place }), units);
  }
  return (row) => {
    const { skuCode: code, location: place, onHand, reserved, safety, opened } = row;
    return {
      ...{ skuCode: code, location: place, onHand, reserved, safety },
      available: available(row),
      backordered: backordered.get(placeKey(row)) ?? 0,
      opened,
    };
  };
};

type Refused = { path: string; code: ProblemCode; message: string };

/** Raises `sku_unknown` or `set_has_no_stock`, naming each row that has no stock to change. */
const demandStocked = async (
  { db }: Deps,
  rows: readonly { readonly path: string; readonly skuCode: string }[],
): Promise<void> => {
  const codes = rows.map((row) => row.skuCode);
  const known = await existing(db, codes);
  const partsOf = await componentsOf(db, codes);
  const errors = rows.flatMap(({ path, skuCode: code }): Refused[] => {
    if (!known.has(code))
      return [{ path, code: 'sku_unknown', message: `${code} does not exist: create it first` }];
    if (partsOf(code).length === 0) return [];
    return [{ path, code: 'set_has_no_stock', message: `${code} is a set: its components have stock` }];
  });
  const [first] = errors;
  if (first !== undefined)
    throw new Problem(first.code, errors.map(({ message }) => message).join('; '), { errors });
};

const enter = async (
  deps: Deps,
  movement: Parameters<typeof enterMovement>[1],
): Promise<z.input<typeof StockView>> => {
  await demandStocked(deps, [{ path: 'skuCode', skuCode: movement.skuCode }]);
  const row = await enterMovement(deps.db, movement);
  return (await viewerOf(deps, [row]))(row);
};

const keepBack = async (deps: Deps, levels: z.output<typeof SafetyLevels>['stock']): Promise<number> => {
  await demandStocked(
    deps,
    levels.map((level, index) => ({ path: `stock.${index}.skuCode`, skuCode: level.skuCode })),
  );
  await setSafetyStock(deps.db, levels);
  return levels.length;
};

/** Stock and its append-only ledger. */
export const stockRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/stock/movements',
    tag: 'Stock',
    summary: 'Enter a movement; the first one gives the SKU its opening balance',
    access: 'operator',
    body: NewMovement,
    answer: { status: 201, says: 'The stock after it', schema: StockView },
    problems: ['sku_unknown', 'set_has_no_stock', 'quantity_sign'],
    handle: ({ body, actor, effectId }) => enter(deps, { ...body, actor, idempotencyKey: effectId }),
  }),
  route({
    method: 'get',
    path: '/v1/stock',
    tag: 'Stock',
    summary: 'Stock by SKU and location',
    access: 'viewer',
    query: z.strictObject({
      ...PAGE,
      skuCode: skuCode.optional(),
      q: line(96).optional().meta({ description: 'The beginning of SKU codes' }),
      location: location.optional(),
      opened: flag.optional(),
      soldOut: flag.optional().meta({ description: 'Whether nothing of it is available' }),
    }),
    answer: { status: 200, says: 'A page of stock', schema: pageOf(StockView) },
    handle: async ({ query: { cursor, limit, ...filter } }) => {
      const after = positionOf(StockPosition, cursor) ?? { skuCode: '', location: '' };
      const rows = await listStock(deps.db, filter, after, limit + 1);
      const view = await viewerOf(deps, rows);
      return toPage(rows, limit, (row) => ({ skuCode: row.skuCode, location: row.location }), view);
    },
  }),
  route({
    method: 'put',
    path: '/v1/stock',
    tag: 'Stock',
    summary: 'Keep units back from sale, all or none; orders may still reserve them',
    access: 'operator',
    body: SafetyLevels,
    answer: { status: 200, says: 'Saved', schema: Saved },
    problems: ['sku_unknown', 'set_has_no_stock', 'duplicate'],
    handle: async ({ body, note }) => {
      const codes = body.stock.map(({ skuCode: code }) => code);
      note({ before: await safetyAsItIs(deps.db, codes) });
      const saved = await keepBack(deps, body.stock);
      note({ after: await safetyAsItIs(deps.db, codes) });
      return { saved };
    },
  }),
  route({
    method: 'get',
    path: '/v1/stock/movements',
    tag: 'Stock',
    summary: 'The ledger, oldest movement first',
    access: 'viewer',
    query: z.strictObject({
      ...PAGE,
      skuCode: skuCode.optional(),
      location: location.optional(),
      shopId: shopId.optional(),
      orderNumber: OrderPath.shape.orderNumber.optional(),
      kind: z.enum(MOVEMENT_KINDS).optional(),
      from: moment.optional().meta({ description: 'From this moment on' }),
      to: moment.optional().meta({ description: 'Before this moment' }),
    }),
    answer: { status: 200, says: 'A page of movements', schema: pageOf(MovementView) },
    handle: async ({ query: { cursor, limit, ...filter } }) => {
      const after = positionOf(MovementPosition, cursor)?.movementId ?? 0;
      const wanted = { ...filter, from: dateOf(filter.from), to: dateOf(filter.to) };
      const rows = await listMovements(deps.db, wanted, after, limit + 1);
      return toPage(
        rows,
        limit,
        ({ movementId }) => ({ movementId }),
        ({ idempotencyKey: _, at, ...row }) => ({ ...row, at: at.toISOString() }),
      );
    },
  }),
];
