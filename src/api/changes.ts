import { z } from 'zod';
import { isPersonal } from '../domain/kept-fields';
import { maskText } from '../domain/masking';
import { addedRemark, remarksOf } from '../domain/remarks';
import { changesOf } from '../store/order-changes';
import { findOrder } from '../store/orders';
import { readSnapshot } from '../store/readings';
import { findShop } from '../store/shops';
import type { Deps } from './deps';
import { instant, OrderPath } from './fields';
import { seesMasked } from './personal-data';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';

const ChangeView = z
  .strictObject({
    at: instant,
    group: z
      .string()
      .meta({ description: 'What the ship gate compares: address, lines, delivery, wrapping, remarks' }),
    field: z.string().meta({ example: 'PackageModelList[10012].SenderModel.city' }),
    before: z.unknown().meta({ description: 'Absent where the field was not there' }),
    after: z.unknown().meta({ description: 'Absent where the field is gone' }),
  })
  .meta({ id: 'FieldChange' });

const ChangesView = z.strictObject({
  masked: z.boolean().meta({ description: 'For viewers values that are about people are hidden' }),
  remarkAdded: z
    .string()
    .nullable()
    .meta({ description: 'What the buyer’s remark adds to the shop’s default texts' }),
  items: z.array(ChangeView),
});

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

/** A change as it goes over the wire. */
export const parsedChange = ({
  at,
  fieldGroup,
  field,
  before,
  after,
}: Awaited<ReturnType<typeof changesOf>>[number]) => ({
  at: at.toISOString(),
  group: fieldGroup,
  field,
  before: parsed(before),
  after: parsed(after),
});

/** The same change without what it says of people. */
const maskedChange = (change: ReturnType<typeof parsedChange>): typeof change =>
  isPersonal(change.field)
    ? { ...change, before: maskedValue(change.before), after: maskedValue(change.after) }
    : change;

/** Numbers too: nothing but that there is a value is told. */
const maskedValue = (value: unknown): unknown => (value === undefined ? undefined : maskText(String(value)));

/** What changed at Rakuten after an order was taken in, with the values: personal data, for those who may see it. */
export const changeRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/orders/{shopId}/{orderNumber}/changes',
    tag: 'Orders',
    summary:
      'What changed at Rakuten after the order was taken in, field by field, oldest first. Personal data, masked for viewers',
    access: 'viewer',
    audited: true,
    params: OrderPath,
    answer: { status: 200, says: 'The changes', schema: ChangesView },
    problems: ['order_not_found'],
    handle: async ({ params, caller }) => {
      if ((await findOrder(deps.db, params)) === undefined) throw new Problem('order_not_found');
      const [snapshot = '{}', changes, shop] = await Promise.all([
        readSnapshot(deps.db, deps.vault, params),
        changesOf(deps.db, deps.vault, params),
        findShop(deps.db, params.shopId),
      ]);
      const masked = seesMasked(caller);
      const items = changes.map(parsedChange);
      const remark = addedRemark(remarksOf(snapshot), shop?.settings.defaultRemarks ?? []) || null;
      return {
        masked,
        remarkAdded: masked ? maskText(remark) : remark,
        items: masked ? items.map(maskedChange) : items,
      };
    },
  }),
];
