import { z } from 'zod';
import type { HoldCode } from '../domain/holds';

import type { OrderRef } from '../domain/order';
import { say } from '../domain/texts';
import { reopenRefused } from '../store/cancellations';
import type { Database, Transaction } from '../store/database';
import type { Hold } from '../store/holds';
import { addManualHold, openHolds, release } from '../store/holds';
import { wakeOrders } from '../store/outbox';
import { acceptReading } from '../store/readings';
import { addLines } from '../store/timeline';
import { refusal } from './check';
import { actUpon, lockOpenOrder } from './decisions';
import type { Deps } from './deps';
import type { Effect } from './effect';
import { OrderPath, prose } from './fields';
import { OrderView } from './order-view';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { isHoldCode, releasableBy, showOrder } from './show-order';

const NewHold = z
  .strictObject({
    code: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be lower-case letters, digits and underscores')
      .refine(
        (code) => !isHoldCode(code),
        refusal('automatic_hold_code', 'belongs to a hold that Okuri opens by itself: choose another code'),
      ),
    text: prose(500).meta({
      description: 'Why, for whoever reads the order. No personal data: it is kept for good.',
    }),
    blocks: z.enum(['confirm', 'ship']),
  })
  .meta({ id: 'NewHold' });
const HoldPath = OrderPath.extend({ holdId: z.uuid() });

const openHold = (
  db: Database,
  ref: OrderRef,
  hold: z.output<typeof NewHold>,
  { actor, effectId }: Effect,
): Promise<void> =>
  db.transaction(async (tx) => {
    await lockOpenOrder(tx, ref);
    const opened = await addManualHold(tx, ref, { ...hold, holdId: effectId, actor });
    if (!opened) return;
    await addLines(tx, ref, [{ code: 'hold.opened', params: { hold: hold.code, cause: hold.text }, actor }]);
    await wakeOrders(tx, [ref]);
  });

const releaseHold = (db: Database, ref: OrderRef, holdId: string, actor: string): Promise<void> =>
  db.transaction(async (tx) => {
    await lockOpenOrder(tx, ref);
    const hold = (await openHolds(tx, ref)).find((candidate) => candidate.holdId === holdId);
    if (hold === undefined) throw new Problem('hold_not_found');
    refuseUnreleasable(hold);
    await release(tx, holdId, actor);
    if (!hold.manual && isHoldCode(hold.code)) await ACCEPTS[hold.code]?.(tx, ref);
    await addLines(tx, ref, [{ code: 'hold.released', params: { hold: hold.code }, actor }]);
    await wakeOrders(tx, [ref]);
  });

/** What the release of a hold does beside going on (domain/holds RELEASE_ACCEPTS). */
const ACCEPTS: Partial<Record<HoldCode, (tx: Transaction, ref: OrderRef) => Promise<unknown>>> = {
  outside_change: (tx, ref) => acceptReading(tx, ref, 'outside_change'),
  confirm_refused: (tx, ref) => acceptReading(tx, ref, 'confirm_refused'),
  shipping_refused: (tx, ref) => acceptReading(tx, ref, 'shipping_refused'),
  cancel_refused: reopenRefused,
};

const refuseUnreleasable = (hold: Hold): void => {
  if (releasableBy(hold) === 'operator' || !isHoldCode(hold.code)) return;
  throw new Problem(
    'hold_not_releasable',
    `${hold.code} cannot be released by hand. ${say('en', `hold.${hold.code}`)}.`,
  );
};

/** Holds that people open and release. */
export const holdRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/orders/{shopId}/{orderNumber}/holds',
    tag: 'Orders',
    summary: 'Hold an order by hand',
    access: 'operator',
    hides: ['text'],
    spoken: true,
    params: OrderPath,
    body: NewHold,
    answer: { status: 201, says: 'The order', schema: OrderView },
    problems: ['order_not_found', 'order_finished', 'automatic_hold_code'],
    handle: async ({ params, body, ...call }) => {
      await openHold(deps.db, params, body, call);
      await actUpon(deps, params);
      return showOrder(deps, params, call.language);
    },
  }),
  route({
    method: 'delete',
    path: '/v1/orders/{shopId}/{orderNumber}/holds/{holdId}',
    tag: 'Orders',
    summary: 'Release a hold that a person may release',
    access: 'operator',
    spoken: true,
    params: HoldPath,
    answer: { status: 200, says: 'The order', schema: OrderView },
    problems: ['order_not_found', 'order_finished', 'hold_not_found', 'hold_not_releasable'],
    handle: async ({ params: { holdId, ...ref }, language, actor }) => {
      await releaseHold(deps.db, ref, holdId, actor);
      await actUpon(deps, ref);
      return showOrder(deps, ref, language);
    },
  }),
];
