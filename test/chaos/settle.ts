import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Books, type Known, readBooks } from './books';
import { checkAll } from './checks';
import { endAllTrouble } from './faults';
import { OPENING_STOCK } from './load';
import { type Run, startTending } from './running';
import { readWorkflows } from './workflows';

const LOOK_EVERY_MS = 600;

/** What has to have ended before books are compared: every check but those of logs. */
export const settle = async (run: Run): Promise<number> => {
  const began = Date.now();
  await endAllTrouble(run.world);
  const tending = startTending(run, run.hurry);
  let waited = { for: '', since: began, told: began };
  try {
    while (Date.now() - began < run.settleMs) {
      const open = await readAll(run).then(unsettled, String);
      const now = Date.now();
      if (open.length === 0) break;
      if (open !== waited.for) waited = { ...waited, for: open, since: now };
      if (now - waited.since > STANDS_MS && !open.includes(UNFINISHED)) break;
      if (now - waited.told > TELL_EVERY_MS) {
        run.say(`waiting for: ${open}`);
        waited = { ...waited, told: now };
      }
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await tending.stop();
  }
  return Date.now() - began;
};

const TELL_EVERY_MS = 15_000;
/** Where every order has ended and nothing moves for so long, nothing will. */
const STANDS_MS = 60_000;
const UNFINISHED = 'no order is forgotten';
/** What time does not mend. */
const STAYS: readonly string[] = [
  'no error that nobody foresaw',
  'no workflow failed',
  'no call above Rakuten’s limit',
];

/** The checks that time may still mend, with how much is wrong. */
const unsettled = (books: Books): string =>
  checkAll(books)
    .filter(({ check, violations }) => violations.length > 0 && !STAYS.includes(check))
    .map(({ check, violations }) => `${check} (${violations.length}, ${violations[0]?.about})`)
    .join('; ');

const knownOf = ({ plan, deeds }: Run): Known => ({
  bought: new Map(
    plan.orders.flatMap(({ id, kind }) => {
      const number = deeds.numbers.get(id);
      const shipped = deeds.acted.has(`${id}/ship`);
      const how = {
        byHand: shipped && kind === 'shipped_by_hand',
        byApi: shipped && kind === 'shipped_by_api',
      };
      return number === undefined ? [] : [[number, how] as const];
    }),
  ),
  opening: OPENING_STOCK,
  entered: deeds.movements,
});

/** Both sides' books as they stand now. */
export const readAll = async (run: Run): Promise<Books> => ({
  ...(await readBooks(run.world.query, knownOf(run))),
  workflows: await readWorkflows(run.world),
  unforeseen: run.env.logs().flatMap(unforeseenIn),
});

const UNFORESEEN = /nobody foresaw|Unhandled/;

const unforeseenIn = (file: string): string[] => {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter((line) => UNFORESEEN.test(line)).map((line) => line.slice(0, 600));
  } catch {
    // A process that has written nothing has no log.
    return [];
  }
};
