import { z } from 'zod';
import { DEADLINE_CODES } from '../domain/deadlines';
import { HOLD_KINDS } from '../domain/holds';
import { STAGES } from '../domain/order';
import { instant, shopId } from './fields';

/** Stages as the contract names them. */
export const StageField = z.enum(STAGES);

const HoldView = z
  .strictObject({
    id: z.uuid(),
    code: z.string(),
    text: z.string(),
    blocks: z.enum(['confirm', 'ship']),
    since: instant,
    releasableBy: z
      .enum(['system', 'operator'])
      .meta({ description: '`system`: goes when its cause is gone; `operator`: a person may release it' }),
  })
  .meta({
    id: 'Hold',
    description: `Automatic codes: ${Object.keys(HOLD_KINDS).join(', ')}. Others were opened by people.`,
  });

const DeadlineView = z.strictObject({ code: z.enum(DEADLINE_CODES), at: instant }).meta({ id: 'Deadline' });

const head = {
  shopId,
  orderNumber: z.string(),
  stage: StageField,
  parked: z
    .string()
    .nullable()
    .meta({ description: 'Why it waits for something outside of it, such as Rakuten being down' }),
  rakutenStatus: z.int().meta({ description: 'Rakuten’s orderProgress; 0 before the order was read' }),
  orderedAt: instant.nullable(),
  importedAt: instant,
  finishedAt: instant.nullable(),
  holds: z.array(HoldView),
  deadlines: z.array(DeadlineView).meta({ description: 'The nearest first; in a list only the nearest' }),
  workflow: z.strictObject({ workflowId: z.string(), runId: z.string().nullable(), url: z.string() }),
};

/** An order in a list. */
export const OrderItem = z.strictObject(head).meta({ id: 'OrderItem' });

/** A parcel of an order. */
const ShipmentView = z
  .strictObject({
    basketId: z.string(),
    carrier: z.string(),
    carrierName: z.string().nullable(),
    trackingNumber: z.string(),
    shippedOn: z.string(),
    lines: z
      .array(z.strictObject({ itemDetailId: z.string(), units: z.int() }))
      .nullable()
      .meta({
        description:
          '`null`: the whole basket; empty: the same parcel as another, under a number that was corrected at Rakuten',
      }),
    source: z.enum(['api', 'warehouse', 'rakuten']),
    reportedAt: instant.nullable().meta({ description: 'When Rakuten was seen to show it' }),
    refusedCode: z.string().nullable(),
  })
  .meta({ id: 'Shipment' });

const CancellationView = z
  .strictObject({
    state: z.enum(['requested', 'applied', 'done', 'refused', 'withdrawn']).meta({
      description: '`applied`: Rakuten took it, and it is not final (900) yet',
    }),
    reason: z.int(),
    restoreInventory: z.boolean(),
    refusedCode: z.string().nullable(),
    requestedBy: z.string(),
    requestedAt: instant,
    settledAt: instant.nullable(),
  })
  .meta({ id: 'Cancellation' });

const LineView = z
  .strictObject({
    at: instant,
    code: z.string(),
    text: z.string(),
    actor: z.string(),
    params: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .meta({ description: 'What the line is about: the input of what happened' }),
    workflow: z
      .strictObject({ workflowId: z.string(), runId: z.string(), activity: z.string(), url: z.string() })
      .nullable()
      .meta({ description: 'The workflow, run and activity that wrote it, with its page in Temporal UI' }),
  })
  .meta({ id: 'TimelineLine' });

const ShipFromView = z
  .strictObject({
    shipFromId: z.string().nullable().meta({ description: '`null`: nobody said' }),
    source: z
      .enum(['rule', 'order', 'shop'])
      .nullable()
      .meta({ description: 'Who said it: a rule before the order before its shop' }),
    candidates: z.strictObject({
      rule: z.string().nullable(),
      order: z.string().nullable(),
      shop: z.string().nullable(),
    }),
  })
  .meta({ id: 'OrderShipFrom', description: 'Where it is sent from (発送元)' });

const CustomerView = z
  .strictObject({
    code: z.string().nullable(),
    name: z.string().nullable().meta({ description: '`null` for a buyer: see …/personal-data' }),
    source: z.enum(['default', 'buyer']),
  })
  .meta({ id: 'Customer', description: 'Under whom the order is filed here; Rakuten is not told' });

/** One order with all that is known of it, but no personal data. */
export const OrderView = z
  .strictObject({
    ...head,
    lines: z.array(
      z.strictObject({
        basketId: z.string(),
        itemDetailId: z.string(),
        manageNumber: z.string(),
        variantId: z.string(),
        name: z.string(),
        units: z.int(),
        skuCode: z.string().nullable().meta({ description: '`null`: not linked' }),
      }),
    ),
    shipments: z.array(ShipmentView),
    cancellation: CancellationView.nullable().meta({ description: 'The last one that was asked for here' }),
    shipFrom: ShipFromView,
    customer: CustomerView,
    personalDataErasedAt: instant
      .nullable()
      .meta({ description: 'Since when nothing here names its people any more' }),
    reserveNumber: z.string().nullable().meta({ description: 'The number it was reserved under (予約)' }),
    timeline: z.array(LineView),
  })
  .meta({ id: 'Order' });
