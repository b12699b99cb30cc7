import { z } from 'zod';
import { columns } from './report';

const bound = z.union([z.strictObject({ atMost: z.number() }), z.strictObject({ atLeast: z.number() })]);

/** A figure as it is written down. */
export const figureSchema = z.strictObject({
  what: z.string(),
  /** JSON has no NaN, which stands for what could not be measured. */
  value: z.number().nullable(),
  unit: z.string(),
  floor: z.number().optional(),
  ratio: z.number().optional(),
  aim: bound.optional(),
  met: z.boolean().optional(),
  inexcusable: z.boolean().optional(),
  detail: z.string().optional(),
});

/** One figure of a benchmark, and what it is held against. */
export interface Figure {
  readonly what: string;
  /** NaN where it could not be measured, which misses every aim. */
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

const SMALL = 1;
const number = (value: number): string => {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return Math.abs(value) < SMALL ? String(Number(value.toPrecision(2))) : value.toFixed(2);
};

const written = (value: number, unit: string): string =>
  Number.isNaN(value) ? 'not measured' : `${number(value)}${unit === '' ? '' : ` ${unit}`}`;

/** The figure in relation to its floor, if it has one. */
const ratioOf = ({ value, floor }: Figure): number | undefined =>
  floor === undefined ? undefined : value / floor;

const aimOf = ({ aim }: Figure): string => {
  if (aim === undefined) return '';
  return 'atMost' in aim ? `at most ${number(aim.atMost)}` : `at least ${number(aim.atLeast)}`;
};

const verdictOf = (figure: Figure): string => {
  if (figure.aim === undefined) return '';
  return met(figure) ? 'met' : 'MISSED';
};

/** What stands above the cells of figures. */
export const HEAD = ['figure', 'measured', 'floor', 'ratio', 'aim', ''] as const;

/** A figure as the cells of one row. */
export const cells = (figure: Figure): string[] => [
  figure.what,
  written(figure.value, figure.unit),
  figure.floor === undefined ? '' : written(figure.floor, figure.unit),
  ratioOf(figure)?.toFixed(2) ?? '',
  aimOf(figure),
  verdictOf(figure),
];

/** Figures as lines in columns, each with what it is made of below it. */
export const lines = (figures: readonly Figure[]): string[] => {
  const [head = '', ...rows] = columns([[...HEAD], ...figures.map(cells)]);
  const detailed = rows.flatMap((row, index) => {
    const detail = figures[index]?.detail;
    return detail === undefined ? [row] : [row, `    ${detail}`];
  });
  return [head, ...detailed].map((line) => `  ${line}`);
};

/** Figures as they are written down, with ratio and verdict. */
export const asJson = (figures: readonly Figure[]): z.infer<typeof figureSchema>[] =>
  figures.map((figure) => ({
    ...figure,
    value: Number.isFinite(figure.value) ? figure.value : null,
    ...(figure.floor === undefined ? {} : { ratio: ratioOf(figure) }),
    ...(figure.aim === undefined ? {} : { met: met(figure) }),
  }));

/** A figure that was written down. */
export const fromJson = ({ value, ...rest }: z.infer<typeof figureSchema>): Figure => {
  const { what, unit, floor, aim, inexcusable, detail } = rest;
  return {
    ...{ what, unit, value: value ?? Number.NaN },
    ...(floor === undefined ? {} : { floor }),
    ...(aim === undefined ? {} : { aim }),
    ...(inexcusable === undefined ? {} : { inexcusable }),
    ...(detail === undefined ? {} : { detail }),
  };
};
