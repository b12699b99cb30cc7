import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { asJson, type Figure, lines, met } from './figures';

/** Where `--json` asks for the figures (scripts/bench.cjs). */
export const JSON_FILE = 'OKURI_BENCH_JSON';

/** Runs a benchmark to its exit code; its figures are told and, where somebody asked for it, written down. */
export const runBenchmark = (main: () => Promise<readonly Figure[]>): void => {
  main().then(
    (figures) => process.exit(conclude(figures)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
};

/** Says what was measured and on what. @returns the exit code: 1 for what no machine excuses */
const conclude = (figures: readonly Figure[]): number => {
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`\nMeasured on ${cpus().length} cores, load ${load.join(' ')} (1, 5, 15 minutes):`);
  for (const line of lines(figures)) console.log(line);
  const file = process.env[JSON_FILE];
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(asJson(figures), null, 2)}\n`);
  const broken = figures.filter((figure) => figure.inexcusable && !met(figure));
  for (const { what, value } of broken) console.log(`BROKEN: ${what}: ${value}`);
  return broken.length > 0 ? 1 : 0;
};
