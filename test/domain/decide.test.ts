import type { Decision, OrderState } from '../../src/domain/decide';
import { decide } from '../../src/domain/decide';
import { newWorld } from '../support/order-model';

const read = { snapshot: 'read' } as const;
const at = (rakutenStatus: number, change: Partial<OrderState> = {}): OrderState =>
  newWorld({ ...read, rakutenStatus, ...change });

const CASES: readonly [string, OrderState, Decision][] = [
  ['unread: fetched', newWorld(), { stage: 'imported', step: 'fetch' }],
  ['unknown to Rakuten: ends', newWorld({ snapshot: 'missing' }), { stage: 'not_found', step: 'end' }],
  ['100: confirmed', at(100), { stage: 'confirming', step: 'confirm' }],
  ['100, held: not confirmed', at(100, { confirmBlocked: true }), { stage: 'held', step: 'wait' }],
  [
    '100, held for shipping only: confirmed',
    at(100, { shipBlocked: true }),
    { stage: 'confirming', step: 'confirm' },
  ],
  [
    '100, confirmed elsewhere: waits',
    at(100, { confirmHere: false }),
    { stage: 'awaiting_rakuten', step: 'wait' },
  ],
  [
    '100, confirmed elsewhere, held: waits for the same thing',
    at(100, { confirmHere: false, confirmBlocked: true }),
    { stage: 'awaiting_rakuten', step: 'wait' },
  ],
  [
    '100, shipped already: still confirmed, or Rakuten would cancel it',
    at(100, { allParcelsKnown: true }),
    { stage: 'confirming', step: 'confirm' },
  ],
  ['200: waits for Rakuten', at(200), { stage: 'awaiting_rakuten', step: 'wait' }],
  ['300: instructed', at(300), { stage: 'ready', step: 'instruct' }],
  ['300, held for shipping', at(300, { shipBlocked: true }), { stage: 'held', step: 'wait' }],
  ['300, held for confirmation', at(300, { confirmBlocked: true }), { stage: 'held', step: 'wait' }],
  ['300, shipped by hand', at(300, { instructHere: false }), { stage: 'ready', step: 'wait' }],
  [
    '300, instruction interrupted: sent again',
    at(300, { fulfilment: 'created' }),
    { stage: 'ready', step: 'instruct' },
  ],
  [
    '300, instruction interrupted, then held: called back, for it may have arrived',
    at(300, { fulfilment: 'created', shipBlocked: true }),
    { stage: 'held', step: 'recall' },
  ],
  ['300, with the warehouse', at(300, { fulfilment: 'open' }), { stage: 'instructed', step: 'wait' }],
  [
    '300, too late to recall: the warehouse has it',
    at(300, { fulfilment: 'too_late' }),
    { stage: 'instructed', step: 'wait' },
  ],
  [
    '300, recalled: may be sent anew',
    at(300, { fulfilment: 'recalled' }),
    { stage: 'ready', step: 'instruct' },
  ],
  [
    '300, all left but more was ordered: a person ships the rest',
    at(300, { fulfilment: 'shipped' }),
    { stage: 'ready', step: 'wait' },
  ],
  [
    '300, parcel to report, though held',
    at(300, { unreportedParcels: 1, shipBlocked: true, confirmBlocked: true }),
    { stage: 'instructed', step: 'report' },
  ],
  ['300, all reported', at(300, { allParcelsKnown: true }), { stage: 'shipping_reported', step: 'wait' }],
  [
    '300, shipped elsewhere while the warehouse has it: recalled',
    at(300, { allParcelsKnown: true, fulfilment: 'open' }),
    { stage: 'shipping_reported', step: 'recall' },
  ],
  ['400: waits', at(400), { stage: 'awaiting_rakuten', step: 'wait' }],
  ['400, with the warehouse', at(400, { fulfilment: 'open' }), { stage: 'instructed', step: 'wait' }],
  ['500: completed', at(500), { stage: 'completed', step: 'end' }],
  ['600: completed', at(600), { stage: 'completed', step: 'end' }],
  ['700: completed', at(700), { stage: 'completed', step: 'end' }],
  ['500, parcel to report', at(500, { unreportedParcels: 1 }), { stage: 'instructed', step: 'report' }],
  [
    '500, closed while the warehouse has it: recalled first',
    at(500, { fulfilment: 'open' }),
    { stage: 'shipping_reported', step: 'recall' },
  ],
  [
    '300, changed or held by a person while the warehouse has it: called back',
    at(300, { fulfilment: 'open', shipBlocked: true, recallWanted: true }),
    { stage: 'instructed', step: 'recall' },
  ],
  [
    '300, held by itself while the warehouse has it: goes on',
    at(300, { fulfilment: 'open', shipBlocked: true }),
    { stage: 'instructed', step: 'wait' },
  ],
  ['300, to be cancelled', at(300, { cancellation: 'requested' }), { stage: 'held', step: 'cancel' }],
  [
    '300, to be cancelled, with the warehouse: called back first',
    at(300, { cancellation: 'requested', fulfilment: 'open' }),
    { stage: 'instructed', step: 'recall' },
  ],
  [
    '300, to be cancelled, too late: a person decides',
    at(300, { cancellation: 'requested', fulfilment: 'too_late', parcelLeft: true }),
    { stage: 'held', step: 'wait' },
  ],
  [
    '400, to be cancelled: Rakuten takes it only after the change',
    at(400, { cancellation: 'requested' }),
    { stage: 'awaiting_rakuten', step: 'wait' },
  ],
  [
    '300, cancellation applied for: waits for 900',
    at(300, { cancellation: 'applied' }),
    { stage: 'held', step: 'wait' },
  ],
  [
    '100, stopped: not confirmed, and it says what is kept back',
    at(100, { stopped: true }),
    { stage: 'confirming', step: 'wait', stoppedStep: 'confirm' },
  ],
  [
    '300, stopped, cancelled with the warehouse: still called back',
    at(900, { stopped: true, fulfilment: 'open' }),
    { stage: 'instructed', step: 'recall' },
  ],
  [
    '300, reported, the night is over: read again',
    at(300, { allParcelsKnown: true, rereadDue: true }),
    { stage: 'shipping_reported', step: 'fetch' },
  ],
  [
    '800, with the warehouse: called back',
    at(800, { fulfilment: 'open' }),
    { stage: 'instructed', step: 'recall' },
  ],
  ['800: waits', at(800), { stage: 'held', step: 'wait' }],
  ['800: not even reported', at(800, { unreportedParcels: 1 }), { stage: 'held', step: 'wait' }],
  ['900: cancelled', at(900), { stage: 'cancelled', step: 'end' }],
  ['900, parcels or not', at(900, { unreportedParcels: 1 }), { stage: 'cancelled', step: 'end' }],
  [
    '900, with the warehouse: recalled first',
    at(900, { fulfilment: 'open' }),
    { stage: 'instructed', step: 'recall' },
  ],
  [
    '900, handed over perhaps: recalled',
    at(900, { fulfilment: 'created' }),
    { stage: 'instructed', step: 'recall' },
  ],
  [
    '900, too late: a person says what becomes of the parcel',
    at(900, { fulfilment: 'too_late', parcelLeft: true }),
    { stage: 'held', step: 'wait' },
  ],
  ['900, too late, settled', at(900, { fulfilment: 'too_late' }), { stage: 'cancelled', step: 'end' }],
  ['shop retired before it was read', newWorld({ shopRetired: true }), { stage: 'cancelled', step: 'end' }],
  ['shop retired', at(300, { shopRetired: true }), { stage: 'cancelled', step: 'end' }],
  ['a status that Rakuten has not invented yet', at(350), { stage: 'checking', step: 'wait' }],
];

test.each(CASES)('%s', (_name, state, decision) => {
  expect(decide(state)).toEqual(decision);
});
