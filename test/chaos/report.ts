import { WINDOW_SECONDS } from './rates';
import type { Outcome } from './run';

const SHOWN_VIOLATIONS = 10;

/** How often each value comes, most often first. */
const counted = (values: readonly string[]): string[] => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([value, count]) => `  ${String(count).padStart(6)}  ${value}`);
};

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Whether both sides' books agree. */
export const isSound = ({ findings }: Outcome): boolean =>
  findings.every(({ violations }) => violations.length === 0);

/** Whether everything held that is promised, the time of the first order too. */
export const isClean = (outcome: Outcome): boolean =>
  isSound(outcome) &&
  outcome.progress.firstMoves.every((ms) => ms <= (outcome.firstMoveMs ?? Number.POSITIVE_INFINITY));

/** What is broken, and for the first few cases of it whose and how. */
export const brokenOf = ({ findings }: Outcome): string[] =>
  findings
    .filter(({ violations }) => violations.length > 0)
    .flatMap(({ check, violations }) => [
      '',
      `BROKEN: ${check}`,
      ...violations.slice(0, SHOWN_VIOLATIONS).map(({ about, what }) => `  ${about}: ${what}`),
      ...(violations.length > SHOWN_VIOLATIONS ? [`  and ${violations.length - SHOWN_VIOLATIONS} more`] : []),
    ]);

/** What a run says of itself in the end. */
export const reportOf = (outcome: Outcome): string => {
  const { plan, findings, histories, progress, rates, firstMoveMs, settledAfterMs } = outcome;
  const { firstMoves, readyAfter } = progress;
  const broken = findings.filter(({ violations }) => violations.length > 0);
  return [
    '',
    `Orders: ${plan.orders.length}`,
    ...counted(plan.orders.map(({ kind }) => kind)),
    `Kills: ${plan.kills.length}`,
    ...counted(plan.kills.map(({ target }) => target)),
    `Other troubles: ${plan.troubles.length}`,
    ...counted(plan.troubles.map(({ kind }) => kind)),
    `Calls of people that were repeated with their key: ${progress.repeated}`,
    `After the last step everything had settled in ${(settledAfterMs / 1000).toFixed(1)} s.`,
    firstMoves.length === 0
      ? 'Everything was not killed at once.'
      : `After a kill of everything the first order moved ${middle(firstMoves)} ms after the start (most: ${Math.max(...firstMoves)}; ready after ${middle(readyAfter)})${firstMoveMs === undefined ? '' : `; at most ${firstMoveMs} are promised`}.`,
    'Calls of Rakuten, under each of its limits:',
    ...rates.map(
      ({ bucket, calls, refused, most }) =>
        `  ${String(calls).padStart(6)}  ${bucket}: ${refused} refused as too soon, at most ${most} in ${WINDOW_SECONDS} s`,
    ),
    'Checks:',
    ...findings.map(({ check, violations }) => `  ${String(violations.length).padStart(6)}  ${check}`),
    ...brokenOf(outcome),
    ...histories.flatMap((text) => ['', text]),
    '',
    isClean(outcome)
      ? `Seed ${plan.seed}: 0 lost, 0 double.`
      : `Seed ${plan.seed}: NOT CLEAN: ${broken.map(({ check }) => check).join('; ') || 'the first order moved too late'}.`,
  ].join('\n');
};
