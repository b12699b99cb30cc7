import type { Books, Ours, StockOf, Theirs } from './books';
import { REQUESTS_PER_SECOND } from './load';
import { allowed, WINDOW_SECONDS } from './rates';

/** Something that the books of both sides do not agree on, or that should not be. */
interface Violation {
  /** The order or SKU that it is about. */
  readonly about: string;
  readonly what: string;
}

type Check = (books: Books) => Violation[];

/** An order that both sides have. */
interface Pair {
  readonly theirs: Theirs;
  readonly ours: Ours;
}

const isCancelled = ({ progress }: Theirs): boolean => progress === 900;
const isShipped = ({ progress }: Theirs): boolean => progress >= 500 && progress <= 700;

const pairsOf = ({ theirs, ours }: Books): Pair[] => {
  const known = new Map(ours.map((own) => [own.orderNumber, own]));
  return theirs.flatMap((their) => {
    const own = known.get(their.orderNumber);
    return own === undefined ? [] : [{ theirs: their, ours: own }];
  });
};

/** A check of each order: what is wrong with it, in words, or nothing. */
const ofOrders =
  (wrong: (pair: Pair) => readonly string[]): Check =>
  (books) =>
    pairsOf(books).flatMap((pair) => wrong(pair).map((what) => ({ about: pair.theirs.orderNumber, what })));

const times = (list: readonly string[], wanted: string): number =>
  list.filter((one) => one === wanted).length;
const unless = (fine: boolean, what: string): string[] => (fine ? [] : [what]);
const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Units of each line that have left, by what the warehouse and people say, as `<basket>/<line>` to units. */
const leftOf = (theirs: Theirs): Map<string, number> => {
  const left = new Map<string, number>();
  const add = (key: string, units: number) => left.set(key, (left.get(key) ?? 0) + units);
  for (const { parcels } of theirs.fulfilments)
    for (const { basketId, lines } of parcels)
      for (const { itemDetailId, units } of lines) add(`${basketId}/${itemDetailId}`, units);
  // Somebody who ships by hand sends all of it.
  if (left.size === 0 && isShipped(theirs))
    for (const { basketId, itemDetailId, units } of theirs.lines) add(`${basketId}/${itemDetailId}`, units);
  return left;
};

/** Units of each SKU that have left, over all orders. */
const goneOf = ({ theirs }: Books): Map<string, number> => {
  const gone = new Map<string, number>();
  for (const their of theirs) {
    const left = leftOf(their);
    for (const { basketId, itemDetailId, sku } of their.lines)
      gone.set(sku, (gone.get(sku) ?? 0) + (left.get(`${basketId}/${itemDetailId}`) ?? 0));
  }
  return gone;
};

const receivedOf = ({ entered }: Books, sku: string): number =>
  entered.filter((own) => own.sku === sku).reduce((sum, { units }) => sum + units, 0);

/** A check of each SKU: a number, and what it should be. */
const ofStock =
  (what: string, is: (row: StockOf) => number, shouldBe: (row: StockOf, books: Books) => number): Check =>
  (books) =>
    books.stock.flatMap((row) => {
      const [found, wanted] = [is(row), shouldBe(row, books)];
      return found === wanted ? [] : [{ about: row.sku, what: `${what}: ${found} instead of ${wanted}` }];
    });

const stays = ({ opening, sku }: StockOf, books: Books): number =>
  opening + receivedOf(books, sku) - (goneOf(books).get(sku) ?? 0);

/** Rows that Rakuten should show: one for each parcel that left, once. */
const expectedRows = (theirs: Theirs): string[] =>
  theirs.fulfilments
    .flatMap(({ parcels }) => parcels.map(({ basketId, number }) => `${basketId}/${number}`))
    .sort();

const END_OF: Readonly<Record<string, string>> = {
  completed: 'order.completed',
  cancelled: 'order.cancelled',
};
/** What tells people that Rakuten cancelled what had shipped: nothing is held, for nothing can be held back. */
const AFTERWARDS = 'order.cancelled_after_completion';
const wasCancelledAfterwards = ({ stage, timeline }: Ours): boolean =>
  stage === 'cancelled' && timeline.some((code) => code.startsWith(AFTERWARDS));
const LEFT_100 = ['order.confirmed', 'order.confirmed_elsewhere', 'order.status_changed:100'];
const BEGINNINGS = [
  'order.imported',
  'order.imported_late',
  'order.found_by_count',
  'order.confirmed_by_rakuten',
];

/** What must hold after a run, by name. A check that finds nothing gives an empty list. */
export const CHECKS: Readonly<Record<string, Check>> = {
  'every purchase is at Rakuten once': ({ bought, theirs }) => [
    ...bought
      .filter((number) => !theirs.some(({ orderNumber }) => orderNumber === number))
      .map((about) => ({ about, what: 'was bought and is not in Rakuten’s books' })),
    ...theirs
      .filter(({ orderNumber }) => !bought.includes(orderNumber))
      .map(({ orderNumber }) => ({ about: orderNumber, what: 'nobody bought it' })),
  ],
  'no order is lost': ({ theirs, ours }) => {
    const known = new Set(ours.map(({ orderNumber }) => orderNumber));
    // Who cancels before we have looked for the first time leaves nothing to do.
    const untouched = (their: Theirs) => isCancelled(their) && their.confirmed === 0;
    return theirs
      .filter((their) => !known.has(their.orderNumber) && !untouched(their))
      .map(({ orderNumber, progress }) => ({
        about: orderNumber,
        what: `stands at ${progress} and we do not have it`,
      }));
  },
  'no order is forgotten': ofOrders(({ theirs, ours }) => {
    const stage = isCancelled(theirs) ? 'cancelled' : 'completed';
    return unless(
      (isCancelled(theirs) || isShipped(theirs)) && ours.finished && ours.stage === stage,
      `stands at ${theirs.progress}, and with us in ${ours.stage}${ours.finished ? '' : ', unfinished'}`,
    );
  }),
  'no order is parked or held for good': ofOrders(({ ours }) => [
    ...unless(ours.parked === null, `is parked: ${ours.parked}`),
    ...unless(ours.openHolds.length === 0, `is held: ${ours.openHolds.join(', ')}`),
  ]),
  'confirmed exactly once': ofOrders(({ theirs }) =>
    unless(
      isCancelled(theirs) ? theirs.confirmed <= 1 : theirs.confirmed === 1,
      `was confirmed ${theirs.confirmed} times`,
    ),
  ),
  'instructed once': ofOrders(({ theirs }) => {
    const active = theirs.fulfilments.filter(({ state }) => state !== 'recalled');
    const most = theirs.byHand || theirs.byApi ? 0 : 1;
    return [
      ...unless(active.length <= most, `${active.length} fulfilment orders are in force`),
      ...unless(
        !isShipped(theirs) || active.length === most,
        `was shipped, and ${active.length} fulfilment orders are in force`,
      ),
    ];
  }),
  'one row for each parcel and number': ofOrders(({ theirs }) => {
    if (isCancelled(theirs))
      return unless(new Set(theirs.rows).size === theirs.rows.length, 'has a row twice');
    if (!isShipped(theirs)) return [];
    if (theirs.byHand || theirs.byApi)
      return unless(theirs.rows.length === 1, `shows ${theirs.rows.length} rows for one parcel`);
    const wanted = expectedRows(theirs);
    return unless(same(theirs.rows, wanted), `shows ${theirs.rows.join(', ')} for ${wanted.join(', ')}`);
  }),
  'one consume for each line that left, none for others': ofOrders(({ theirs, ours }) => {
    const left = leftOf(theirs);
    return theirs.lines.flatMap(({ basketId, itemDetailId, sku }) => {
      const units = left.get(`${basketId}/${itemDetailId}`) ?? 0;
      const booked = ours.movements.filter(
        (own) =>
          own.kind === 'consume' &&
          own.basketId === basketId &&
          own.itemDetailId === itemDetailId &&
          own.sku === sku,
      );
      const parcels = theirs.fulfilments
        .flatMap((own) => own.parcels)
        .filter(
          (own) => own.basketId === basketId && own.lines.some((line) => line.itemDetailId === itemDetailId),
        );
      const sum = booked.reduce((total, { quantity }) => total + quantity, 0);
      return [
        ...unless(sum === units, `line ${itemDetailId}: ${units} units left and ${sum} were consumed`),
        // A line that leaves in two parcels may be booked with each of them.
        ...unless(
          booked.length <= Math.max(units > 0 ? 1 : 0, parcels.length),
          `line ${itemDetailId} was consumed ${booked.length} times`,
        ),
      ];
    });
  }),
  'nothing that was cancelled is sent knowingly': ofOrders(({ theirs }) =>
    unless(
      !isCancelled(theirs) || theirs.fulfilments.every(({ sentKnowingly }) => !sentKnowingly),
      'went to the warehouse after we had read that it was cancelled',
    ),
  ),
  'a parcel that left a cancelled order is told to people': ofOrders(({ theirs, ours }) =>
    unless(
      !isCancelled(theirs) ||
        leftOf(theirs).size === 0 ||
        ours.timeline.includes('hold.opened') ||
        wasCancelledAfterwards(ours),
      'left although it was cancelled, and nobody was told',
    ),
  ),
  'the timeline is complete': ofOrders(({ theirs, ours }) => {
    const { timeline, shipments } = ours;
    const end = END_OF[wasCancelledAfterwards(ours) ? 'completed' : ours.stage];
    const reported = shipments.filter((own) => own.reported && own.refused === null).length;
    // An instruction whose process died is told by its recall alone, when it is not wanted any more.
    const instructed = Math.max(
      times(timeline, 'fulfilment.requested'),
      times(timeline, 'fulfilment.recalled'),
    );
    const told = times(timeline, 'shipment.reported') + times(timeline, 'shipment.adopted');
    return [
      ...unless(BEGINNINGS.includes(timeline[0] ?? ''), `begins with ${timeline[0] ?? 'nothing'}`),
      ...unless(
        end !== undefined && times(timeline, end) === 1,
        `does not end once with ${end ?? ours.stage}`,
      ),
      ...unless(
        times(timeline, 'order.confirmed') <= theirs.confirmed,
        `tells ${times(timeline, 'order.confirmed')} of ${theirs.confirmed} confirmations`,
      ),
      // Where our confirmation lost its answer with the process, what is told is that the status has changed.
      ...unless(
        theirs.confirmed === 0 || LEFT_100.some((code) => timeline.includes(code)),
        'does not tell that it was confirmed',
      ),
      ...unless(told >= reported, `tells ${told} of ${reported} reported parcels`),
      ...unless(
        theirs.fulfilments.length <= instructed,
        `tells ${instructed} of ${theirs.fulfilments.length} instructions`,
      ),
    ];
  }),
  'balances are the sum of their movements': ({ stock }) =>
    stock
      .filter((row) => row.onHand !== row.sumOnHand || row.reserved !== row.sumReserved)
      .map((row) => ({
        about: row.sku,
        what: `${row.onHand} on hand and ${row.reserved} reserved; the movements say ${row.sumOnHand} and ${row.sumReserved}`,
      })),
  'nothing stays reserved': ofStock(
    'reserved',
    ({ reserved }) => reserved,
    () => 0,
  ),
  'what is on hand is what did not leave': ofStock('on hand', ({ onHand }) => onHand, stays),
  'Rakuten offers what is on hand': ofStock('at Rakuten', ({ atRakuten }) => atRakuten, stays),
  'people’s calls had their effect once': ({ entered }) =>
    entered
      .filter(({ booked }) => booked !== 1)
      .map(({ key, booked }) => ({ about: key, what: `was booked ${booked} times` })),
  'no call above Rakuten’s limit': ({ rates }) =>
    rates.flatMap(({ bucket, most }) => {
      const limit = allowed(bucket, REQUESTS_PER_SECOND);
      const what = `${most} calls in ${WINDOW_SECONDS} s, of ${limit} with a tenth of grace`;
      return most <= limit ? [] : [{ about: bucket, what }];
    }),
  'the outbox is empty': ({ outbox }) =>
    outbox === 0 ? [] : [{ about: 'outbox', what: `${outbox} messages wait` }],
  'running workflows are those of open orders': ({ ours, workflows: { running } }) => {
    const open = ours.filter(({ finished }) => !finished).map(({ orderNumber }) => orderNumber);
    return [
      ...running
        .filter((number) => !open.includes(number))
        .map((about) => ({ about, what: 'has ended and its workflow runs' })),
      ...open
        .filter((number) => !running.includes(number))
        .map((about) => ({ about, what: 'is open and has no workflow' })),
    ];
  },
  'no workflow failed': ({ workflows: { broken } }) => broken.map((about) => ({ about, what: 'failed' })),
  'no workflow task is stuck': ({ workflows: { stuck } }) =>
    stuck.map((about) => ({ about, what: 'is stuck' })),
  'no error that nobody foresaw': ({ unforeseen }) => unforeseen.map((what) => ({ about: 'log', what })),
};

/** What a check found. */
export interface Finding {
  readonly check: string;
  readonly violations: readonly Violation[];
}

/** Makes every check. */
export const checkAll = (books: Books): Finding[] =>
  Object.entries(CHECKS).map(([check, violations]) => ({ check, violations: violations(books) }));
