import { decide } from '../../src/domain/decide';
import type { HoldCode } from '../../src/domain/holds';
import { HOLD_KINDS, RELEASE_ACCEPTS } from '../../src/domain/holds';
import { isFinal, STAGES } from '../../src/domain/order';
import { allTexts, isTextCode, say } from '../../src/domain/texts';
import type { Move, World } from './order-model';
import { explore, FORWARD, HINDRANCES, newWorld } from './order-model';

const NOTE =
  '<!-- Generated from src/domain. Do not edit: run `UPDATE_DOCS=1 npx jest test/domain/docs`. -->';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const wordings = (code: string): string[] =>
  isTextCode(code) ? [say('ja', code), say('en', code)] : ['', ''];

const holdRow = (code: HoldCode): string[] => {
  const { blocks, releasableBy } = HOLD_KINDS[code];
  const release = RELEASE_ACCEPTS.includes(code)
    ? `${releasableBy}, and tried or compared anew`
    : releasableBy;
  return [`\`${code}\``, blocks, release, ...wordings(`hold.${code}`)];
};

/** The codes of `prefix`, without those that name a hold. */
const codesOf = (...prefixes: readonly string[]): string[] =>
  allTexts()
    .map(([code]) => code)
    .filter((code) => prefixes.includes(code.split('.')[0] ?? '') && !isHoldName(code));
const isHoldName = (code: string): boolean => Object.keys(HOLD_KINDS).some((hold) => code === `hold.${hold}`);

/** `docs/codes.md`: every code that a person or a program meets, with its wording. */
export const codesPage = (): string =>
  [
    '# Codes and what they say',
    NOTE,
    'Programs go by the code, people read the wording. `{name}` stands for a value that is filled in.',
    '## Stages of an order',
    table(
      ['stage', 'final', '日本語', 'English'],
      STAGES.map((stage) => [`\`${stage}\``, isFinal(stage) ? 'yes' : '', ...wordings(`stage.${stage}`)]),
    ),
    '## Holds',
    'A hold that blocks `confirm` also blocks the shipment. `system`: it goes by itself once its cause is gone.',
    'A person who holds an order by hand gives the hold a code and a text of their own.',
    table(
      ['hold', 'blocks', 'released by', '日本語', 'English'],
      (Object.keys(HOLD_KINDS) as HoldCode[]).map(holdRow),
    ),
    '## Why an order is parked',
    'Parked orders wait for something outside of them and go on by themselves.',
    table(
      ['cause', '日本語', 'English'],
      codesOf('park').map((code) => [`\`${code.replace('park.', '')}\``, ...wordings(code)]),
    ),
    '## Warnings about a shop',
    'They stand with the shop while what they say is seen, and go by themselves.',
    table(
      ['warning', '日本語', 'English'],
      codesOf('warning').map((code) => [`\`${code.replace('warning.', '')}\``, ...wordings(code)]),
    ),
    'Why the room of searches is nearly used up:',
    table(
      ['reason', '日本語', 'English'],
      codesOf('window_reason').map((code) => [
        `\`${code.replace('window_reason.', '')}\``,
        ...wordings(code),
      ]),
    ),
    '## What a test of the connection says',
    'As a whole, which is also a line of the shop’s timeline where it differs from the test before; and why a function does not work, with what to do.',
    table(
      ['code', '日本語', 'English'],
      codesOf('connection').map((code) => [`\`${code.replace('connection.', '')}\``, ...wordings(code)]),
    ),
    '## Why an import failed',
    'An import that waits for something outside of it names the cause, one of those for which orders are parked.',
    table(
      ['cause', '日本語', 'English'],
      codesOf('import').map((code) => [`\`${code.replace('import.', '')}\``, ...wordings(code)]),
    ),
    '## Why a reading of listings failed',
    'Or one of the causes for which orders are parked.',
    table(
      ['cause', '日本語', 'English'],
      codesOf('listings').map((code) => [`\`${code.replace('listings.', '')}\``, ...wordings(code)]),
    ),
    '## Why a link is suggested, and what speaks against it',
    table(
      ['code', '日本語', 'English'],
      codesOf('link').map((code) => [`\`${code.replace('link.', '')}\``, ...wordings(code)]),
    ),
    '## What is wrong with a file',
    'Named by row and column; a file with any of it is refused as a whole.',
    table(
      ['code', '日本語', 'English'],
      codesOf('file').map((code) => [`\`${code.replace('file.', '')}\``, ...wordings(code)]),
    ),
    '## Why stock differs',
    'Causes of a difference that a reconciliation found; why one is left as it is; when it is mended; where a publication stands; and why a reconciliation failed.',
    table(
      ['code', '日本語', 'English'],
      codesOf('difference', 'left', 'fix_when', 'publication', 'reconciliation').map((code) => [
        `\`${code}\``,
        ...wordings(code),
      ]),
    ),
    '## Timeline',
    table(
      ['code', '日本語', 'English'],
      codesOf(
        'order',
        'hold',
        'stock',
        'fulfilment',
        'shipment',
        'cancel',
        'deadline',
        'alert',
        'rms',
        'shop',
        'personal_data',
      ).map((code) => [`\`${code}\``, ...wordings(code)]),
    ),
    '',
  ].join('\n\n');

/** Ways between stages, each with everything that makes an order go it, in the order in which they are found. */
const ways = (moves: readonly Move[]): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>();
  for (const { from, to, by } of moves) {
    const [before, after] = [decide(from).stage, decide(to).stage];
    if (before === after) continue;
    const way = `${before} --> ${after}`;
    found.set(way, (found.get(way) ?? new Set()).add(by));
  }
  return found;
};

const diagram = (moves: readonly Move[]): string => {
  const found = ways(moves);
  const ends = STAGES.filter(isFinal).filter((stage) => [...found.keys()].some((way) => way.endsWith(stage)));
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> imported',
    ...[...found].map(([way, causes]) => `  ${way}: ${[...causes].join('<br>').replaceAll(':', '')}`),
    ...ends.map((stage) => `  ${stage} --> [*]`),
    '```',
  ].join('\n');
};

const isHeld = ({ confirmBlocked, shipBlocked }: World): boolean => confirmBlocked || shipBlocked;

/** `docs/order-life.md`: the decision table as a picture, found by walking through everything that can happen. */
export const orderLifePage = (): string => {
  const shops = [true, false].map((confirmHere) => newWorld({ confirmHere }));
  return [
    '# An order’s life',
    NOTE,
    'Found by asking the decision table (`src/domain/decide.ts`) about every situation an order can get into.',
    '## When nothing is in its way',
    'A shop that confirms here and one that confirms in RMS.',
    diagram(explore(shops, FORWARD).filter(({ from, to }) => !isHeld(from) && !isHeld(to))),
    '## With everything that may get in its way',
    'Beside these ways: from every stage that is not final, a cancellation that became final (900) and a shop that was retired lead to `cancelled`, over `instructed` while the warehouse still has to be told. A status that Rakuten introduces later shows as `checking`.',
    diagram(explore(shops, [...FORWARD, ...HINDRANCES])),
    '',
  ].join('\n\n');
};
