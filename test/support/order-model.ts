import type { OrderState } from '../../src/domain/decide';
import { decide } from '../../src/domain/decide';

/**
 * A small world around one order: what Rakuten, the shop and the warehouse can do to it, and what the steps that
 * `decide` asks for do. It knows nothing of the decision table, so that the two can be held against each other.
 */
export interface World extends OrderState {
  /** The status to which a withdrawn cancellation goes back. */
  readonly before800: number;
  /** Parcels that are still to leave. */
  readonly toShip: number;
}

/** Something that happens: where it can happen, and what it makes of the world. */
export interface WorldEvent {
  readonly name: string;
  readonly can: (world: World) => boolean;
  readonly makes: (world: World) => Partial<World>;
}

const settled = (world: World): boolean => world.snapshot === 'read' && !isGone(world);
const isGone = ({ rakutenStatus, snapshot }: World): boolean =>
  rakutenStatus === 900 || snapshot === 'missing';
const status =
  (from: number, to: number) =>
  (name: string): WorldEvent => ({
    name,
    can: (world) => settled(world) && world.rakutenStatus === from,
    makes: () => ({ rakutenStatus: to }),
  });
const hasParcels = ({ toShip, allParcelsKnown, unreportedParcels }: World): boolean =>
  toShip < 2 || allParcelsKnown || unreportedParcels > 0;
const isOpen = (world: World): boolean => settled(world) && world.rakutenStatus < 500;

const parcelLeaves = (name: string, can: (world: World) => boolean): WorldEvent => ({
  name,
  can: (world) => isOpen(world) && world.toShip > 0 && can(world),
  makes: ({ toShip, unreportedParcels, fulfilment, cancellation }) => ({
    // What has left cannot be cancelled here any more.
    cancellation: cancellation === 'requested' ? 'none' : cancellation,
    parcelLeft: false,
    toShip: toShip - 1,
    unreportedParcels: unreportedParcels + 1,
    allParcelsKnown: toShip === 1,
    fulfilment: toShip === 1 && fulfilment !== 'none' ? 'shipped' : fulfilment,
  }),
});

/** What carries an order on when nothing is in its way. */
export const FORWARD: readonly WorldEvent[] = [
  {
    ...status(100, 200)('confirmed in RMS'),
    can: (w) => isOpen(w) && w.rakutenStatus === 100 && !w.confirmHere,
  },
  status(200, 300)('Rakuten: 300'),
  status(400, 300)('change settled: 300'),
  parcelLeaves('parcel leaves', (world) => world.rakutenStatus === 300),
  {
    name: 'time to look for the report',
    can: (world) => world.reportSettling,
    makes: () => ({ reportSettling: false }),
  },
  {
    name: 'Rakuten: 500',
    can: (w) => settled(w) && w.rakutenStatus === 300 && w.allParcelsKnown && w.unreportedParcels === 0,
    makes: () => ({ rakutenStatus: 500 }),
  },
];

/** What gets into an order's way, and out of it again. */
export const HINDRANCES: readonly WorldEvent[] = [
  { name: 'held', can: isOpen, makes: () => ({ confirmBlocked: true }) },
  { name: 'released', can: (w) => w.confirmBlocked, makes: () => ({ confirmBlocked: false }) },
  { name: 'held', can: isOpen, makes: () => ({ shipBlocked: true }) },
  { name: 'released', can: (w) => w.shipBlocked, makes: () => ({ shipBlocked: false }) },
  status(300, 400)('change requested: 400'),
  parcelLeaves('parcel leaves early', (world) => world.rakutenStatus !== 300),
  {
    name: 'cancellation requested: 800',
    can: (w) => isOpen(w),
    makes: ({ rakutenStatus }) => ({ rakutenStatus: 800, before800: rakutenStatus }),
  },
  {
    name: 'cancellation withdrawn',
    can: (w) => settled(w) && w.rakutenStatus === 800,
    makes: ({ before800 }) => ({ rakutenStatus: before800, cancellation: 'none', parcelLeft: false }),
  },
  {
    name: 'more ordered',
    can: (w) => isOpen(w) && w.allParcelsKnown && w.unreportedParcels === 0,
    makes: () => ({ toShip: 1, allParcelsKnown: false }),
  },
  {
    name: 'changed outside, or held by a person',
    can: isOpen,
    makes: () => ({ shipBlocked: true, recallWanted: true }),
  },
  {
    name: 'change accepted, or released',
    can: (w) => w.recallWanted,
    makes: () => ({ shipBlocked: false, recallWanted: false }),
  },
  {
    name: 'cancellation asked for here',
    can: (w) => isOpen(w) && w.rakutenStatus < 400 && w.cancellation === 'none' && !hasParcels(w),
    makes: () => ({ cancellation: 'requested' }),
  },
  {
    name: 'cancellation withdrawn here',
    can: (w) => w.cancellation !== 'none' && w.rakutenStatus < 800,
    makes: () => ({ cancellation: 'none', parcelLeft: false }),
  },
  {
    name: 'parcel stopped or taken back',
    can: (w) => w.parcelLeft,
    makes: () => ({ parcelLeft: false }),
  },
  {
    name: 'parcel registered in RMS',
    can: (w) => isOpen(w) && w.toShip > 0,
    makes: ({ toShip }) => ({ toShip: toShip - 1, allParcelsKnown: toShip === 1 }),
  },
];

/** What passes by without a trace: it changes no more than what is done in the meantime. */
const INTERRUPTIONS: readonly WorldEvent[] = [
  { name: 'stop switch on', can: isOpen, makes: () => ({ stopped: true }) },
  { name: 'stop switch off', can: (w) => w.stopped, makes: () => ({ stopped: false }) },
  {
    name: 'time to read again',
    can: (w) => settled(w) && !w.rereadDue,
    makes: () => ({ rereadDue: true }),
  },
];

/** What ends an order otherwise than by shipping it. */
const ENDINGS: readonly WorldEvent[] = [
  { name: 'cancelled: 900', can: (w) => settled(w), makes: () => ({ rakutenStatus: 900 }) },
  { name: 'shop retired', can: () => true, makes: () => ({ shopRetired: true }) },
];

/** Everything that can happen without us and leaves its traces. */
export const LASTING: readonly WorldEvent[] = [...FORWARD, ...HINDRANCES, ...ENDINGS];

/** Everything that can happen without us. */
export const EVENTS: readonly WorldEvent[] = [...LASTING, ...INTERRUPTIONS];

const isToBeCancelled = ({ rakutenStatus, cancellation }: World): boolean =>
  rakutenStatus >= 800 || cancellation !== 'none';

/** The worlds that the step which is due can lead to; the first is the usual one. */
export const afterStep = (world: World): readonly World[] => {
  switch (decide(world).step) {
    case 'fetch':
      if (world.snapshot === 'read') return [{ ...world, rereadDue: false }];
      return [
        { ...world, snapshot: 'read', rakutenStatus: 100 },
        { ...world, snapshot: 'read', rakutenStatus: 300 },
        { ...world, snapshot: 'missing' },
      ];
    case 'confirm':
      return [
        { ...world, rakutenStatus: 200 },
        { ...world, confirmBlocked: true },
      ];
    case 'instruct':
      return [
        { ...world, fulfilment: 'open' },
        { ...world, fulfilment: 'created' },
      ];
    case 'report':
      return [
        { ...world, unreportedParcels: 0 },
        { ...world, unreportedParcels: 0, shipBlocked: true },
        { ...world, reportSettling: true },
      ];
    case 'recall':
      return [
        { ...world, fulfilment: 'recalled' },
        { ...world, fulfilment: 'too_late', parcelLeft: isToBeCancelled(world) },
      ];
    case 'cancel':
      return [
        { ...world, cancellation: 'none', rakutenStatus: 900 },
        { ...world, cancellation: 'applied', rakutenStatus: 800, before800: world.rakutenStatus },
        { ...world, cancellation: 'applied' },
        { ...world, cancellation: 'none', shipBlocked: true },
      ];
    default:
      return [world];
  }
};

/** A world in which the order was just heard of. */
export const newWorld = (settings: Partial<World> = {}): World => ({
  snapshot: 'unread',
  rakutenStatus: 0,
  before800: 0,
  shopRetired: false,
  confirmBlocked: false,
  shipBlocked: false,
  recallWanted: false,
  parcelLeft: false,
  cancellation: 'none',
  stopped: false,
  rereadDue: false,
  confirmHere: true,
  instructHere: true,
  fulfilment: 'none',
  allParcelsKnown: false,
  unreportedParcels: 0,
  reportSettling: false,
  toShip: 1,
  ...settings,
});

/** One way from a world to the next. */
export interface Move {
  readonly from: World;
  readonly to: World;
  readonly by: string;
}

const FIELDS = Object.keys(newWorld()).sort() as (keyof World)[];
const key = (world: World): string => FIELDS.map((field) => String(world[field])).join();

/** Every move that is possible from these worlds on, by steps and by the given events. */
export const explore = (starts: readonly World[], events: readonly WorldEvent[]): Move[] => {
  const seen = new Map(starts.map((world) => [key(world), world]));
  const moves: Move[] = [];
  for (const from of seen.values()) {
    const { step } = decide(from);
    if (step === 'end') continue;
    const next = [
      ...(step === 'wait' ? [] : afterStep(from).map((to) => ({ from, to, by: step }))),
      ...events
        .filter((event) => event.can(from))
        .map((event) => ({ from, to: { ...from, ...event.makes(from) }, by: event.name })),
    ];
    for (const move of next) {
      moves.push(move);
      // The map grows while it is walked through: what is new has its turn later.
      if (!seen.has(key(move.to))) seen.set(key(move.to), move.to);
    }
  }
  return moves;
};

/** Names a world, so that two of the same can be told. */
export const worldKey = key;
