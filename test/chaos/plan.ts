import { createRandom, type Random } from '../../src/sandbox/random';

/** What can be killed. `everything` is the supervisor with all of its children and the second worker. */
export const TARGETS = ['worker', 'second-worker', 'api', 'temporal', 'postgres', 'everything'] as const;
export type Target = (typeof TARGETS)[number];

/** What else goes wrong. */
export const TROUBLES = [
  'lost_answers',
  'odd_answers',
  'hours_of_503',
  'key_dies',
  'clock_jumps',
  'disk_full',
  'slow_database',
  'locked_database',
] as const;
/** `rolling_restart`: the workers are stopped in order and started anew, one after the other; where there are several. */
export type Trouble = (typeof TROUBLES)[number] | 'rolling_restart';

/** What becomes of an order beside being carried; how often each kind comes, of a hundred. */
const ORDER_KINDS = {
  card: 26,
  cash_on_delivery: 8,
  prepaid: 12,
  many_lines: 8,
  two_destinations: 8,
  unlinked: 6,
  remark: 6,
  address_changed: 5,
  cancelled_at_once: 4,
  cancelled_confirmed: 4,
  cancelled_instructed: 5,
  cancelled_by_shop: 4,
  shipped_by_hand: 2,
  shipped_by_api: 2,
} as const;
export type OrderKind = keyof typeof ORDER_KINDS;

/** SKUs that are linked from the start, and those that are linked while the run goes on. */
export const LINKED = ['tea', 'cup', 'pot', 'tin', 'jar', 'bag'] as const;
export const LINKED_LATER = ['new-a', 'new-b'] as const;

interface Step {
  /** Names the step within its run. */
  readonly id: string;
  /** When it is due, in milliseconds since the run began. */
  readonly atMs: number;
}

/** An order that a buyer places. */
export interface PlannedOrder extends Step {
  readonly kind: OrderKind;
  readonly settlementMethod: number;
  readonly destinations: number;
  readonly lines: readonly { readonly sku: string; readonly units: number }[];
}

/** A process that is killed; so many calls of people are under way just then. */
export interface PlannedKill extends Step {
  readonly target: Target;
  readonly callsUnderWay: number;
}

/** Something else that goes wrong, for a while. */
export interface PlannedTrouble extends Step {
  readonly kind: Trouble;
  readonly forMs: number;
  /** What there is to choose: which function, how often, how far a clock jumps. */
  readonly operation: string;
  readonly answer: string;
  readonly times: number;
  readonly hours: number;
  readonly who: 'worker' | 'second-worker';
}

/** Everything that happens in a run. */
export interface Plan {
  readonly seed: number;
  readonly orders: readonly PlannedOrder[];
  readonly kills: readonly PlannedKill[];
  readonly troubles: readonly PlannedTrouble[];
  /** When the SKUs that are linked later are linked. */
  readonly linksAtMs: number;
  readonly lengthMs: number;
}

/** What a plan is made of. */
export interface PlanInput {
  readonly seed: number;
  readonly orders: number;
  readonly kills: number;
  /** What the environment can kill, and what trouble it can make. */
  readonly targets: readonly Target[];
  readonly troubles: readonly Trouble[];
}

const MS_PER_ORDER = 650;
const MS_PER_KILL = 7_000;
/** Nothing is broken before the first orders are under way. */
const QUIET_MS = 2_500;
const TROUBLES_PER_KILL = 1.6;

/** Functions that write, whose answer may be lost before or after the work is done. */
const WRITES = [
  'confirmOrder',
  'updateOrderShipping',
  'updateOrderShippingAsync',
  'inventories.bulk.upsert',
  'cancelOrder',
];
const CALLS = [...WRITES, 'getOrder', 'searchOrder', 'inventories.bulk.get', '*'];
const LOSSES = ['lost_before_commit', 'lost_answer_after_commit', 'reset', 'cut_json'];
const ODDITIES = [
  'http_503_html',
  'http_500',
  'conflict_409',
  'slow',
  'retry_after',
  'html_200',
  'partial_answer',
  'unauthorised',
];

/** The plan of a run: the same input gives the same plan. Every target and every trouble has its turn before one comes again. */
export const planOf = ({ seed, orders, kills, targets, troubles }: PlanInput): Plan => {
  const random = createRandom(seed);
  const lengthMs = Math.max(orders * MS_PER_ORDER, kills * MS_PER_KILL);
  const aims = inTurn(random, targets, kills);
  const kinds = inTurn(random, troubles, Math.max(troubles.length, Math.round(kills * TROUBLES_PER_KILL)));
  const planned = spread(random, aims.length, QUIET_MS, lengthMs)
    .map((atMs, index) => ({
      ...{ id: `k${index + 1}`, atMs, target: aims[index] ?? 'worker' },
      callsUnderWay: random.integer(1, 3),
    }))
    .reduce(afterStarts, []);
  return {
    seed,
    lengthMs,
    kills: planned,
    linksAtMs: Math.round(lengthMs * 0.55),
    orders: spread(random, orders, 0, lengthMs).map((atMs, index) => orderOf(random, `o${index + 1}`, atMs)),
    troubles: spread(random, kinds.length, QUIET_MS, lengthMs * 0.9).map((atMs, index) =>
      awayFrom(planned, troubleOf(random, `t${index + 1}`, atMs, kinds[index] ?? 'lost_answers')),
    ),
  };
};

/** What is started after a kill of everything is let come up: how soon the first order moves is measured then. */
const afterStarts = (before: readonly PlannedKill[], kill: PlannedKill): PlannedKill[] => {
  const last = before.findLast(({ target }) => target === 'everything');
  return [...before, { ...kill, atMs: Math.max(kill.atMs, last === undefined ? 0 : last.atMs + AFTER_MS) }];
};

/** Trouble in which orders move all the same. */
const HARMLESS_TO_STARTS: readonly Trouble[] = ['lost_answers', 'clock_jumps'];
const BEFORE_MS = 18_000;
const AFTER_MS = 15_000;
const CLOSER_BY = 3;

const awayFrom = (kills: readonly PlannedKill[], trouble: PlannedTrouble): PlannedTrouble => {
  if (HARMLESS_TO_STARTS.includes(trouble.kind)) return trouble;
  const atMs = kills
    .filter(({ target }) => target === 'everything')
    .reduce((at, kill) => {
      const into = at - (kill.atMs - BEFORE_MS);
      return into > 0 && into < BEFORE_MS + AFTER_MS ? kill.atMs + AFTER_MS + into / CLOSER_BY : at;
    }, trouble.atMs);
  return { ...trouble, atMs: Math.round(atMs) };
};

/** So many of a list, in rounds of chance order. */
const inTurn = <T>(random: Random, list: readonly T[], count: number): T[] => {
  const rounds = list.length === 0 ? 0 : Math.ceil(count / list.length);
  return Array.from({ length: rounds }, () => shuffled(random, list))
    .flat()
    .slice(0, count);
};

const shuffled = <T>(random: Random, list: readonly T[]): T[] => {
  const left = [...list];
  return list.flatMap(() => left.splice(random.integer(0, left.length - 1), 1));
};

/** Instants that are spread over a span, each somewhere in its share. */
const spread = (random: Random, count: number, fromMs: number, toMs: number): number[] => {
  const share = (toMs - fromMs) / Math.max(1, count);
  return Array.from({ length: count }, (_, index) =>
    Math.round(fromMs + share * (index + random.integer(0, 999) / 1000)),
  );
};

const PREPAID = [9, 13, 14];
const METHODS: Partial<Record<OrderKind, readonly number[]>> = {
  card: [1, 12],
  cash_on_delivery: [2],
  prepaid: PREPAID,
};

const orderOf = (random: Random, id: string, atMs: number): PlannedOrder => {
  const kind = random.pick(WEIGHTED);
  const skus = kind === 'unlinked' ? LINKED_LATER : LINKED;
  const count = kind === 'many_lines' ? random.integer(2, 4) : 1;
  const lines = shuffled(random, skus)
    .slice(0, count)
    .map((sku) => ({ sku, units: random.pick([1, 1, 2, 3]) }));
  return {
    ...{ id, atMs, kind, lines },
    settlementMethod: random.pick(METHODS[kind] ?? [1, 1, 12, 2]),
    destinations: kind === 'two_destinations' ? 2 : 1,
  };
};

const WEIGHTED = (Object.entries(ORDER_KINDS) as [OrderKind, number][]).flatMap(([kind, weight]) =>
  Array.from({ length: weight }, () => kind),
);

const troubleOf = (random: Random, id: string, atMs: number, kind: Trouble): PlannedTrouble => ({
  ...{ id, atMs, kind },
  forMs: random.integer(4_000, 8_000),
  operation: random.pick(kind === 'lost_answers' ? WRITES : CALLS),
  answer: random.pick(kind === 'lost_answers' ? LOSSES : ODDITIES),
  times: random.integer(1, 3),
  hours: kind === 'hours_of_503' ? random.integer(1, 3) : random.pick([-1, -0.1, 0.05, 0.5, 1]),
  who: random.pick(['worker', 'second-worker'] as const),
});
