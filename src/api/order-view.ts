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
  deadlines: z.array(DeadlineView),
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
      .meta({ description: '`null`: the whole basket' }),
    source: z.enum(['api', 'warehouse', 'rakuten']),
    reportedAt: instant.nullable().meta({ description: 'When Rakuten was seen to show it' }),
    refusedCode: z.string().nullable(),
  })
  .meta({ id: 'Shipment' });

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
    timeline: z.array(z.strictObject({ at: instant, code: z.string(), text: z.string(), actor: z.string() })),
  })
  .meta({ id: 'Order' });
