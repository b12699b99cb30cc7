import { cells, HEAD, met } from './figures';
import { figuresOf, type Machine, type Part, type Results } from './results';

const NOTE =
  '<!-- Generated from bench/results.json. Do not edit: run `npm run bench -- --write`, or `UPDATE_DOCS=1 npx jest test/domain/docs`. -->';

/** A bar would end the cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const row = (texts: readonly string[]): string => `| ${texts.map(cell).join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const machineTable = ({ cores, cpu, memoryGb, os, node, temporal, postgres }: Machine): string =>
  table(
    ['', ''],
    [
      ['machine', `${cores} cores (${cpu}), ${memoryGb} GB`],
      ['system', os],
      ['Node', node],
      ['Temporal CLI', `${temporal}, dev server on a file`],
      ['PostgreSQL', `${postgres}, embedded, durable`],
    ],
  );

const MOST_DETAIL = 400;

const bold = (verdict: string): string => (verdict === 'MISSED' ? '**missed**' : verdict);

const section = (part: Part): string[] => {
  const { title, command, date, commit, loadBefore, seconds } = part;
  const when = `${date.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}`;
  const figures = figuresOf(part);
  const details = figures.flatMap(({ what, detail }) =>
    detail === undefined ? [] : [`- ${what}: ${detail.slice(0, MOST_DETAIL)}`],
  );
  return [
    `## ${title}`,
    `\`${command}\`, ${Math.round(seconds)} s, ${when}; load before it: ${loadBefore.toFixed(1)}.`,
    figures.length === 0
      ? 'It broke off before anything was measured.'
      : table(
          HEAD,
          figures.map((figure) => cells(figure).map(bold)),
        ),
    ...(details.length === 0 ? [] : [`What they are made of:`, details.join('\n')]),
  ];
};

/** How many aims there are, and which were missed. */
const summary = ({ parts }: Results): string => {
  const aimed = parts.flatMap(figuresOf).filter(({ aim }) => aim !== undefined);
  const missed = aimed.filter((figure) => !met(figure));
  const names = missed.map(({ what }) => what).join('; ');
  return `${aimed.length - missed.length} of ${aimed.length} aims met${missed.length === 0 ? '.' : `; missed: ${names}.`}`;
};

/** `docs/performance.md`: the last run of the standard set that was written down, the machine, and how to repeat it. */
export const performancePage = (results: Results): string =>
  [
    '# Performance',
    NOTE,
    ...(results.small
      ? ['**Measured in little (`--small`): this shows that everything runs, and not what it costs.**']
      : []),
    'What the standard set of benchmarks gave when it was last written down. How each figure is measured, what it depends on and what was found stands in [benchmarks.md](benchmarks.md).',
    summary(results),
    machineTable(results.machine),
    '## How to repeat it',
    '```\nnpm run bench                    # the standard set, about an hour; needs nothing but the clone\nnpm run bench -- --small         # everything in little, to see that it runs\nnpm run bench -- --write         # also writes bench/results.json and this page\nnpm run bench -- --write --only engine,growth   # takes these anew, and keeps the others\nnpm run bench -- <name>          # one of them\n```',
    'Run it with nothing else on the machine: the load before each part tells whether that was so. Compare ratios over machines, and other figures on one machine alone. *Floor* is what no software on the same machine and servers, or at the same limit, can undercut; *ratio* is the figure in relation to it. What an aim does not excuse on any machine ends the run with exit code 1.',
    ...results.parts.flatMap(section),
    '',
  ].join('\n\n');
