import { type ArrivalLimit, tooSoon } from './arrivals';
import { arrivalsOf } from './backlog';
import type { Drained } from './drain-shop';
import { described } from './engine-history';
import { aimed, type Figure, never } from './figures';
import type { BareKind } from './floor';
import { byFunction, notOnce, orderCalls } from './life-calls';
import { mean } from './report';

/** How much longer than the larger of its two floors it may take. */
const MOST_RATIO = 1.5;
const ORDERS_PER_CALL = 100;
const ORDERS_PER_PAGE = 1_000;

/** How long it took beside its two floors, in which order it went, and what must not be. */
export function drainFigures(
  limit: ArrivalLimit,
  drained: Drained,
  kinds: readonly BareKind[],
  bareSeconds: number,
): Figure[] {
  const { all, backAt, settledSeconds, unsettled } = drained;
  const calls = orderCalls(drained.calls);
  const confirmed = confirmations(drained);
  const after = (at: number): number => (at - backAt.getTime()) / 1000;
  const answered = calls.filter(({ httpStatus }) => httpStatus === 200).map(({ at }) => Date.parse(at));
  const fewest = fewestCalls(drained);
  const limitSeconds = (fewest * limit.intervalMs) / 1000;
  const floor = Math.max(limitSeconds, bareSeconds);
  const name = `${all.length} orders after an outage`;
  return [
    {
      what: `${name}: until the last is confirmed`,
      value: after(Math.max(...confirmed.map(({ at }) => at))),
      unit: 's',
      floor,
      ...aimed(limit, { atMost: MOST_RATIO * floor }),
      detail: `${drained.known.length} were known and parked, ${drained.fresh.length} placed meanwhile; Rakuten was asked again ${after(Math.min(...answered)).toFixed(1)} s after it was back; half were confirmed after ${after(middleOf(confirmed)).toFixed(0)} s; ${byFunction(calls)}`,
    },
    { what: `${name}: until the last is stored so`, value: settledSeconds, unit: 's', floor },
    {
      what: 'floor: the rate limit',
      value: limitSeconds,
      unit: 's',
      detail: `${fewest} full calls, one every ${limit.intervalMs} ms`,
    },
    {
      what: 'floor: as many bare workflows',
      value: bareSeconds,
      unit: 's',
      detail: kinds
        .map(
          ({ count, waiting, shape }) =>
            `${count} ${waiting ? 'that wait already' : 'new'} with ${described(shape)}`,
        )
        .join('; '),
    },
    { what: `${name}: calls`, value: calls.length, unit: 'calls', floor: fewest },
    rankFigure('known', drained.known, drained),
    rankFigure('placed meanwhile', drained.fresh, drained),
    never(`${name}: lost`, unsettled.length),
    never(`${name}: not confirmed exactly once`, notOnce(calls, 'confirmed', all)),
    never(`${name}: calls sooner than the limit`, tooSoon(arrivalsOf(calls), limit)),
  ];
}

/** Full pages to find the new orders, full batches to read those and to confirm all, and full pages to see that it was done. */
const fewestCalls = ({ all, fresh }: Drained): number =>
  Math.ceil(fresh.length / ORDERS_PER_PAGE) +
  Math.ceil(fresh.length / ORDERS_PER_CALL) +
  Math.ceil(all.length / ORDERS_PER_CALL) +
  Math.ceil(all.length / ORDERS_PER_PAGE);

interface Confirmation {
  readonly orderNumber: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** In the order in which they came; those of one call came together. */
const confirmations = ({ calls }: Drained): Confirmation[] =>
  calls
    .flatMap(({ at, changes }) =>
      changes.flatMap(({ kind, orderNumber }) =>
        kind === 'confirmed' && orderNumber !== undefined ? [{ orderNumber, at: Date.parse(at) }] : [],
      ),
    )
    .sort((a, b) => a.at - b.at);

const middleOf = (confirmed: readonly Confirmation[]): number =>
  confirmed[Math.floor(confirmed.length / 2)]?.at ?? Number.NaN;

/** Where the orders that are wanted first stood among those of their kind: 0 all before the others, 1 all behind. */
function rankFigure(what: string, numbers: readonly string[], drained: Drained): Figure {
  const own = new Set(numbers);
  const confirmed = confirmations(drained).filter(({ orderNumber }) => own.has(orderNumber));
  const days = [...new Set(numbers.flatMap((number) => drained.wantedOn.get(number) ?? []))].sort();
  const ranks = new Map(days.map((day) => [day, [] as number[]]));
  for (const { orderNumber, at } of confirmed) {
    const before = confirmed.filter((other) => other.at < at).length;
    const together = confirmed.filter((other) => other.at === at).length;
    const rank = (before + (together - 1) / 2) / Math.max(1, confirmed.length - 1);
    ranks.get(drained.wantedOn.get(orderNumber) ?? '')?.push(rank);
  }
  const [first = [], ...others] = [...ranks.values()];
  return {
    what: `mean rank of the orders wanted first, ${what}`,
    value: mean(first),
    unit: '',
    aim: { atMost: mean(others.flat()) },
    detail: `${first.length} orders, which would have ${(first.length / 2 / Math.max(1, confirmed.length)).toFixed(2)} if all went first; by day: ${[...ranks.values()].map((own) => mean(own).toFixed(2)).join(', ')}`,
  };
}
