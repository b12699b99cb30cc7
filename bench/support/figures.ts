import { cpus, loadavg } from 'node:os';
import { type Row, table } from './report';

/** One figure of a benchmark, and what it is held against. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** Stands behind the value; empty for a plain number. */
  readonly unit: string;
  /** What cannot be undercut, or surpassed where more is better; the ratio to it is told. */
  readonly floor?: number;
  readonly aim?: { readonly atMost: number } | { readonly atLeast: number };
  /** A missed aim that no machine excuses. */
  readonly inexcusable?: boolean;
  /** What it is made of. */
  readonly detail?: string;
}

/** Something that must not be, counted: calls over the limit, orders lost. */
export const never = (what: string, value: number, detail?: string): Figure => ({
  what,
  value,
  unit: '',
  aim: { atMost: 0 },
  inexcusable: true,
  ...(detail === undefined ? {} : { detail }),
});

const RAKUTENS_INTERVAL_MS = 1000;

/** An aim, where the limit is Rakuten's: at a faster one the machine counts and not the gateway. */
export const aimed = (
  { intervalMs }: { readonly intervalMs: number },
  aim: NonNullable<Figure['aim']>,
): Pick<Figure, 'aim'> => (intervalMs === RAKUTENS_INTERVAL_MS ? { aim } : {});

/** Whether a figure keeps to its aim; one without an aim does. */
export const met = ({ value, aim }: Figure): boolean => {
  if (aim === undefined) return true;
  return 'atMost' in aim ? value <= aim.atMost : value >= aim.atLeast;
};

const written = (value: number, unit: string): string =>
  `${Number.isInteger(value) ? value : value.toFixed(2)}${unit === '' ? '' : ` ${unit}`}`;

/** The figure in relation to its floor, if it has one. */
const ratioOf = ({ value, floor }: Figure): number | undefined =>
  floor === undefined ? undefined : value / floor;

const rowOf = (figure: Figure): Row => {
  const { what, value, unit, floor, aim, detail } = figure;
  const ratio = ratioOf(figure);
  const beside = ratio === undefined ? '' : `  ${ratio.toFixed(2)} x ${written(floor ?? 0, unit)}`;
  const bound =
    aim && ('atMost' in aim ? `at most ${written(aim.atMost, '')}` : `at least ${written(aim.atLeast, '')}`);
  return {
    what,
    measured: written(value, unit) + beside,
    ...(bound === undefined ? {} : { aim: { text: bound, met: met(figure) } }),
    ...(detail === undefined ? {} : { detail }),
  };
};

/** Figures as lines in columns: value, ratio to the floor, aim. */
export const lines = (figures: readonly Figure[]): string[] => table(figures.map(rowOf));

/** The same as one line of JSON, for machines. */
const json = (figures: readonly Figure[]): string =>
  JSON.stringify(figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), met: met(figure) })));

/** Prints what was measured and on what, then the same as JSON. @returns the exit code: 1 for what no machine excuses */
export const conclude = (figures: readonly Figure[]): number => {
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`\nMeasured on ${cpus().length} cores, load ${load.join(' ')} (1, 5, 15 minutes):`);
  for (const line of lines(figures)) console.log(line);
  console.log(json(figures));
  const broken = figures.filter((figure) => figure.inexcusable && !met(figure));
  for (const { what, value } of broken) console.log(`BROKEN: ${what}: ${value}`);
  return broken.length > 0 ? 1 : 0;
};
