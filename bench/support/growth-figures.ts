import { type Figure, never } from './figures';
import type { Answers } from './growth-api';
import { percentile } from './report';
import { grown, type Statement, totalOf } from './statements';
import { inWords, type ProcessorTime } from './watched';

/** What was measured while so many orders were stored. */
export interface AtSize {
  readonly stored: number;
  /** Carried all their way meanwhile. */
  readonly orders: number;
  readonly processor: ProcessorTime;
  /** Of the worker, while it carried them. */
  readonly statements: readonly Statement[];
  readonly answers: Answers;
  readonly unfinished: number;
}

/** Flat means: not more than this with a hundred times as many orders. */
const MOST_GROWTH = 1.2;
const SHOWN = 12;
const QUERY_LENGTH = 300;

interface Measure {
  readonly what: string;
  readonly unit: string;
  readonly of: (at: AtSize) => number;
  readonly detail?: (at: AtSize) => string;
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

const MEASURES: readonly Measure[] = [
  {
    what: 'processor time per order',
    unit: 'ms',
    of: ({ processor }) => sum(processor.values()),
    detail: ({ processor }) => inWords([processor]),
  },
  {
    what: 'statements per order',
    unit: '',
    of: ({ statements, orders }) => totalOf(statements).calls / orders,
  },
  {
    what: 'pages of PostgreSQL per order',
    unit: '',
    of: ({ statements, orders }) => totalOf(statements).blocks / orders,
    detail: ({ statements, orders }) =>
      `${(totalOf(statements).ms / orders).toFixed(1)} ms within PostgreSQL, commits among them`,
  },
  ...['one order', 'the newest orders of a shop', 'the newest completed orders'].map(
    (what): Measure => ({
      what: `${what}, over HTTP`,
      unit: 'ms (p50)',
      of: ({ answers }) => percentile(answers.get(what) ?? [], 0.5),
      detail: ({ answers }) => `p95 ${percentile(answers.get(what) ?? [], 0.95).toFixed(1)} ms`,
    }),
  ),
];

/** Each measure at each size; beside it the same at the smallest, to which the largest is held. */
export function growthFigures(sizes: readonly AtSize[]): Figure[] {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing was measured');
  const figures = MEASURES.flatMap(({ what, unit, of, detail }) =>
    sizes.map(
      (at): Figure => ({
        what: `${what}, ${at.stored.toLocaleString('en')} stored`,
        value: of(at),
        unit,
        ...(at === first ? {} : { floor: of(first) }),
        ...(at === last ? { aim: { atMost: MOST_GROWTH * of(first) } } : {}),
        ...(detail === undefined ? {} : { detail: detail(at) }),
      }),
    ),
  );
  const unfinished = sizes.reduce((total, at) => total + at.unfinished, 0);
  return [...figures, never('orders that did not come to their end', unfinished)];
}

/** Tells the statements that look at more pages than they did with fewer orders, for whoever wants to mend it. */
export function sayWhatGrew(sizes: readonly AtSize[]): void {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (first === undefined || last === undefined) return;
  console.log('\nStatements that grew, pages a call and more pages an order:');
  for (const { query, before, after, more } of grown(first.statements, last.statements).slice(0, SHOWN)) {
    const text = query.replaceAll(/\s+/g, ' ').slice(0, QUERY_LENGTH);
    const perOrder = (more / last.orders).toFixed(1);
    console.log(`  ${before.toFixed(1)} -> ${after.toFixed(1)}, ${perOrder} more: ${text}`);
  }
}
