import type { Books, Ours, Theirs } from './books';
import { CHECKS, checkAll } from './checks';

const SHIPPED: Theirs = {
  orderNumber: 'shipped',
  progress: 500,
  lines: [{ basketId: '1', itemDetailId: '11', sku: 'TEA', units: 2 }],
  rows: ['1/900'],
  confirmed: 1,
  byHand: false,
  byApi: false,
  fulfilments: [
    {
      id: 'f1',
      state: 'shipped',
      sentKnowingly: false,
      parcels: [{ basketId: '1', number: '900', lines: [{ itemDetailId: '11', units: 2 }] }],
    },
  ],
};
const OUR_SHIPPED: Ours = {
  orderNumber: 'shipped',
  stage: 'completed',
  parked: null,
  finished: true,
  openHolds: [],
  timeline: [
    'order.imported',
    'order.confirmed',
    'fulfilment.requested',
    'shipment.reported',
    'order.completed',
  ],
  shipments: [{ row: '1/900', reported: true, refused: null }],
  movements: [
    { kind: 'reserve', sku: 'TEA', basketId: '1', itemDetailId: '11', quantity: 2 },
    { kind: 'consume', sku: 'TEA', basketId: '1', itemDetailId: '11', quantity: 2 },
  ],
};
const CANCELLED: Theirs = {
  ...SHIPPED,
  ...{ orderNumber: 'cancelled', progress: 900, rows: [], confirmed: 0, fulfilments: [] },
};
const OUR_CANCELLED: Ours = {
  ...OUR_SHIPPED,
  ...{ orderNumber: 'cancelled', stage: 'cancelled', shipments: [], movements: [] },
  timeline: ['order.imported', 'order.cancelled'],
};

/** What both sides have after a run in which nothing went wrong. */
const SOUND: Books = {
  theirs: [SHIPPED, CANCELLED],
  ours: [OUR_SHIPPED, OUR_CANCELLED],
  stock: [{ sku: 'TEA', opening: 10, atRakuten: 13, onHand: 13, reserved: 0, sumOnHand: 13, sumReserved: 0 }],
  entered: [{ key: 'k1', sku: 'TEA', units: 5, booked: 1 }],
  rates: [{ bucket: 'order', calls: 900, refused: 2, most: 160 }],
  outbox: 0,
  bought: ['shipped', 'cancelled'],
  workflows: { running: [], broken: [], stuck: [] },
  unforeseen: [],
};

const theirs = (change: Partial<Theirs>): Books => ({
  ...SOUND,
  theirs: [{ ...SHIPPED, ...change }, CANCELLED],
});
const ours = (change: Partial<Ours>): Books => ({
  ...SOUND,
  ours: [{ ...OUR_SHIPPED, ...change }, OUR_CANCELLED],
});
const stock = (change: Partial<Books['stock'][number]>): Books => ({
  ...SOUND,
  stock: SOUND.stock.map((row) => ({ ...row, ...change })),
});
const sent = (cancelled: Partial<Theirs['fulfilments'][number]>): Books => ({
  ...SOUND,
  theirs: [
    SHIPPED,
    { ...CANCELLED, fulfilments: SHIPPED.fulfilments.map((one) => ({ ...one, ...cancelled })) },
  ],
});

/** Rakuten cancelled the order when we had completed it, and our timeline lacks this. */
const cancelledAfterwards = (missing?: string): Books => ({
  ...SOUND,
  theirs: [{ ...SHIPPED, progress: 900 }, CANCELLED],
  ours: [
    {
      ...OUR_SHIPPED,
      stage: 'cancelled',
      timeline: [...OUR_SHIPPED.timeline, 'order.cancelled_after_completion:500'].filter(
        (code) => code !== missing,
      ),
    },
    OUR_CANCELLED,
  ],
});

/** For each check, books in which one thing is wrong, and the name of what that is about. */
const PLANTED: Readonly<Record<string, readonly (readonly [string, Books, string])[]>> = {
  'every purchase is at Rakuten once': [
    ['a purchase that is not there', { ...SOUND, bought: [...SOUND.bought, 'gone'] }, 'gone'],
    ['an order that nobody bought', { ...SOUND, bought: ['shipped'] }, 'cancelled'],
  ],
  'no order is lost': [['an order that we do not have', { ...SOUND, ours: [OUR_CANCELLED] }, 'shipped']],
  'no order is forgotten': [
    ['an order that stands still', ours({ finished: false, stage: 'instructed' }), 'shipped'],
    ['a cancelled order that we completed', theirs({ progress: 900 }), 'shipped'],
  ],
  'no order is parked or held for good': [
    ['a parked order', ours({ parked: 'internal' }), 'shipped'],
    ['a held order', ours({ openHolds: ['stock_short'] }), 'shipped'],
  ],
  'confirmed exactly once': [
    ['a second confirmation', theirs({ confirmed: 2 }), 'shipped'],
    ['no confirmation', theirs({ confirmed: 0 }), 'shipped'],
  ],
  'instructed once': [
    [
      'a second instruction',
      theirs({ fulfilments: [...SHIPPED.fulfilments, ...SHIPPED.fulfilments] }),
      'shipped',
    ],
    ['a shipped order without one', theirs({ fulfilments: [] }), 'shipped'],
  ],
  'one row for each parcel and number': [
    ['a double row', theirs({ rows: ['1/900', '1/900'] }), 'shipped'],
    ['a missing row', theirs({ rows: [] }), 'shipped'],
    ['a row of another number', theirs({ rows: ['1/901'] }), 'shipped'],
  ],
  'one consume for each line that left, none for others': [
    ['a missing consume', ours({ movements: OUR_SHIPPED.movements.slice(0, 1) }), 'shipped'],
    [
      'a second consume',
      ours({ movements: [...OUR_SHIPPED.movements, ...OUR_SHIPPED.movements.slice(1)] }),
      'shipped',
    ],
    [
      'a consume of what stayed',
      { ...SOUND, ours: [OUR_SHIPPED, { ...OUR_CANCELLED, movements: OUR_SHIPPED.movements }] },
      'cancelled',
    ],
  ],
  'nothing that was cancelled is sent knowingly': [
    ['an instruction after the cancellation was read', sent({ sentKnowingly: true }), 'cancelled'],
  ],
  'a parcel that left a cancelled order is told to people': [
    ['a parcel without a hold', sent({}), 'cancelled'],
    ['a parcel without a word', cancelledAfterwards('order.cancelled_after_completion:500'), 'shipped'],
  ],
  'the timeline is complete': [
    ['no beginning', ours({ timeline: OUR_SHIPPED.timeline.slice(1) }), 'shipped'],
    ['no confirmation', ours({ timeline: without('order.confirmed') }), 'shipped'],
    ['no instruction', ours({ timeline: without('fulfilment.requested') }), 'shipped'],
    ['no reported parcel', ours({ timeline: without('shipment.reported') }), 'shipped'],
    ['no end', ours({ timeline: OUR_SHIPPED.timeline.slice(0, -1) }), 'shipped'],
    ['no end before it was cancelled afterwards', cancelledAfterwards('order.completed'), 'shipped'],
    ['two ends', ours({ timeline: [...OUR_SHIPPED.timeline, 'order.completed'] }), 'shipped'],
  ],
  'balances are the sum of their movements': [
    ['a balance beside its ledger', stock({ sumOnHand: 12 }), 'TEA'],
  ],
  'nothing stays reserved': [['a reservation that stayed', stock({ reserved: 1 }), 'TEA']],
  'what is on hand is what did not leave': [['a unit that is missing', stock({ onHand: 12 }), 'TEA']],
  'Rakuten offers what is on hand': [['a unit too much at Rakuten', stock({ atRakuten: 14 }), 'TEA']],
  'people’s calls had their effect once': [
    [
      'a call that was booked twice',
      { ...SOUND, entered: [{ key: 'k1', sku: 'TEA', units: 5, booked: 2 }] },
      'k1',
    ],
    ['a call without effect', { ...SOUND, entered: [{ key: 'k1', sku: 'TEA', units: 5, booked: 0 }] }, 'k1'],
  ],
  'no call above Rakuten’s limit': [
    [
      'two workers that each take the whole limit',
      { ...SOUND, rates: [{ bucket: 'order', calls: 900, refused: 290, most: 300 }] },
      'order',
    ],
    [
      'a function that is called a little too often for half a minute',
      { ...SOUND, rates: [{ bucket: 'inventories.bulk.upsert', calls: 40, refused: 4, most: 35 }] },
      'inventories.bulk.upsert',
    ],
  ],
  'the outbox is empty': [['a message that waits', { ...SOUND, outbox: 1 }, 'outbox']],
  'running workflows are those of open orders': [
    [
      'a workflow of an order that has ended',
      { ...SOUND, workflows: { ...SOUND.workflows, running: ['shipped'] } },
      'shipped',
    ],
    ['an open order without a workflow', ours({ finished: false }), 'shipped'],
  ],
  'no workflow failed': [
    ['a failed workflow', { ...SOUND, workflows: { ...SOUND.workflows, broken: ['order/x'] } }, 'order/x'],
  ],
  'no workflow task is stuck': [
    ['a stuck task', { ...SOUND, workflows: { ...SOUND.workflows, stuck: ['order/x'] } }, 'order/x'],
  ],
  'no error that nobody foresaw': [['a line in a log', { ...SOUND, unforeseen: ['TypeError'] }, 'log']],
};

function without(code: string): string[] {
  return OUR_SHIPPED.timeline.filter((one) => one !== code);
}

describe('the books after a run', () => {
  it('are content where nothing is wrong', () => {
    expect(checkAll(SOUND).filter(({ violations }) => violations.length > 0)).toEqual([]);
  });

  it('are content with an order that Rakuten cancelled when we had completed it, where people were told', () => {
    expect(checkAll(cancelledAfterwards()).filter(({ violations }) => violations.length > 0)).toEqual([]);
  });

  it('an order that was cancelled before anybody looked is nothing that was lost', () => {
    expect(CHECKS['no order is lost']?.({ ...SOUND, ours: [OUR_SHIPPED] })).toEqual([]);
  });

  const cases = Object.entries(PLANTED).flatMap(([check, planted]) =>
    planted.map(([what, books, about]) => ({ check, what, books, about })),
  );
  it.each(cases)('show $what', ({ check, books, about }) => {
    expect(CHECKS[check]?.(books).map((violation) => violation.about)).toContain(about);
  });

  it('are looked at for a planted fault by every check', () => {
    expect(Object.keys(PLANTED).sort()).toEqual(Object.keys(CHECKS).sort());
  });
});
