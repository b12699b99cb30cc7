/** One line of a benchmark's result. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  /** What it should be, and whether it is. */
  readonly aim?: { readonly text: string; readonly met: boolean };
  /** What it is made of; stands below. */
  readonly detail?: string;
}

/** The value that this share of all values does not exceed (nearest rank); NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The mean; NaN of none. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Milliseconds as `1.2 s`. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Bytes as `123 MB` (a million bytes each). */
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** An aim that a figure stays at or under. */
export const atMost = (value: number, limit: number, text: string): Row['aim'] => ({
  text: `at most ${text}`,
  met: value <= limit,
});

/** A result as lines in columns. */
export function table(rows: readonly Row[]): string[] {
  const width = (pick: (row: Row) => string) => Math.max(...rows.map((row) => pick(row).length));
  const [what, measured] = [width((row) => row.what), width((row) => row.measured)];
  return rows.flatMap((row) => {
    const aim = row.aim === undefined ? '' : `  aim: ${row.aim.text}${row.aim.met ? '' : '  MISSED'}`;
    const line = `  ${row.what.padEnd(what)}  ${row.measured.padEnd(measured)}${aim}`.trimEnd();
    return row.detail === undefined ? [line] : [line, `      ${row.detail}`];
  });
}
