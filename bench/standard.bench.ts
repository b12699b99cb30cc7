/** `npm run bench [-- --small] [--write] [--only <name>,…]`: the standard set, one after the other (docs/benchmarks.md). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cells, HEAD } from './support/figures';
import { currentCommit, describeMachine } from './support/machine';
import { performancePage } from './support/performance';
import { columns, step } from './support/report';
import { figuresOf, merged, type Part, type Results, readFigures, readResults } from './support/results';
import { JSON_FILE } from './support/run';

/** A benchmark of the set, with what it is given in full and in little. */
interface Entry {
  readonly name: string;
  readonly title: string;
  readonly full: readonly string[];
  readonly small: readonly string[];
}

/** In the order in which people ask. */
const SET: readonly Entry[] = [
  {
    name: 'engine',
    title: 'The engine beside bare workflows',
    full: [],
    small: ['--orders', '20', '--rounds', '1'],
  },
  {
    name: 'rms',
    title: 'Calls per 1,000 orders',
    full: ['--only', 'life'],
    small: ['--only', 'life', '--small'],
  },
  { name: 'drain', title: 'After an outage', full: [], small: ['--small'] },
  { name: 'start', title: 'Start-up and memory', full: [], small: ['--small'] },
  { name: 'growth', title: 'Growth', full: [], small: ['--small'] },
  {
    name: 'access',
    title: 'The API under load',
    full: [],
    small: ['--orders', '20000', '--seconds', '3'],
  },
  { name: 'list', title: 'Lists of orders', full: [], small: ['--rounds', '3'] },
  { name: 'stock', title: 'Stock', full: [], small: ['--small'] },
];

const WRITTEN = 'bench/results.json';
const PAGE = 'docs/performance.md';
/** Where every run is left, and the next one takes its place. */
const LAST = '.okuri/bench.json';

async function runPart(
  { name, title, ...args }: Entry,
  small: boolean,
  dir: string,
): Promise<[Part, number]> {
  const given = small ? args.small : args.full;
  const command = ['npm run bench --', name, ...given].join(' ');
  const file = join(dir, `${name}.json`);
  const loadBefore = loadavg()[0] ?? Number.NaN;
  const [date, commit] = [new Date().toISOString(), await currentCommit()];
  step(command);
  const began = performance.now();
  const child = spawn(process.execPath, [resolve('scripts/bench.cjs'), name, ...given, '--json', file], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  const seconds = (performance.now() - began) / 1000;
  return [
    { name, title, command, date, commit, loadBefore, seconds, figures: readFigures(file) },
    Number(code ?? 1),
  ];
}

const summary = ({ parts }: Results): string[] => {
  const rows = parts.flatMap((part) => [
    [`${part.title} (load before ${part.loadBefore.toFixed(1)})`, ...HEAD.slice(1).map(() => '')],
    ...figuresOf(part)
      .map(cells)
      .map(([what, ...others]) => [`  ${what}`, ...others]),
  ]);
  return columns([[...HEAD], ...rows]);
};

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`Written: ${file}`);
};

const asText = (results: Results): string => `${JSON.stringify(results, null, 2)}\n`;

async function main(): Promise<number> {
  const flag = { type: 'boolean', default: false } as const;
  const options = { small: flag, write: flag, only: { type: 'string' } } as const;
  const { small, write: writes, only } = parseArgs({ options }).values;
  const names = only?.split(',') ?? SET.map(({ name }) => name);
  const chosen = SET.filter(({ name }) => names.includes(name));
  if (chosen.length !== names.length)
    throw new Error(`--only takes some of: ${SET.map(({ name }) => name).join(',')}`);
  let stopped = false;
  // A part cleans up after itself; what is left to do here is to begin no other.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      stopped = true;
    });
  const machine = await describeMachine();
  const dir = mkdtempSync(join(tmpdir(), 'okuri-figures-'));
  const parts: Part[] = [];
  let code = 0;
  try {
    for (const entry of chosen) {
      if (stopped) return 1;
      const [part, exit] = await runPart(entry, small, dir);
      parts.push(part);
      code = Math.max(code, exit);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const results: Results = { small, machine, parts };
  console.log(`\n${small ? 'In little: ' : ''}the standard set on ${machine.cores} cores, ${machine.cpu}`);
  for (const line of summary(results)) console.log(line);
  write(process.env[JSON_FILE] ?? LAST, asText(results));
  if (writes) {
    const all = merged(
      readResults(WRITTEN),
      results,
      SET.map(({ name }) => name),
    );
    write(WRITTEN, asText(all));
    write(PAGE, performancePage(all));
  }
  return code;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
