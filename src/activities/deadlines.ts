import type { Deadline, DeadlineNotice } from '../domain/deadlines';
import { deadlinesOf, nextInstant, noticesDue } from '../domain/deadlines';
import type { OrderState } from '../domain/decide';
import { missingRows, progressOf } from '../domain/shipping';
import { addAlert } from '../store/alerts';
import type { Transaction } from '../store/database';
import { noteDeadline } from '../store/deadlines';
import type { Hold } from '../store/holds';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import type { ActivityContext } from './context';
import type { Situation } from './situation';
import { rereadAt } from './situation';

/** The deadlines of an open order, the nearest first; none before it was read. */
export const deadlinesFor = ({ row, shop, parcels }: Situation, holds: readonly Hold[]): Deadline[] =>
  row.facts === null
    ? []
    : deadlinesOf({
        facts: row.facts,
        calendar: shop.settings,
        ...progressOf(row.facts.baskets, parcels),
        parcelLeftSince: holds.find(({ code }) => code === 'parcel_left')?.openedAt ?? null,
      });

/**
 * When an order that waits is to be looked at although nothing happened: the nearest moment ahead of everything that has
 * a time. What has passed was seen by this look; to look for it again would turn in a circle.
 */
export const nextLookOf = (
  context: ActivityContext,
  situation: Situation,
  deadlines: readonly Deadline[],
): Date | undefined => {
  const now = context.now();
  const times = [
    situation.settlesAt?.getTime() ?? Number.POSITIVE_INFINITY,
    nextInstant(deadlines, now)?.getTime() ?? Number.POSITIVE_INFINITY,
    rereadAt(situation, deadlines),
  ].filter((time) => time > now.getTime());
  const nearest = Math.min(...times);
  return Number.isFinite(nearest) ? new Date(nearest) : undefined;
};

/**
 * Tells what is due of each deadline, once: in the timeline and to the shop's alert webhook. What
 * was missed before the order came to us is nobody's news. That Rakuten did not close the order is told only after it
 * was read again.
 */
export const tellDeadlines = async (
  tx: Transaction,
  context: ActivityContext,
  situation: Situation,
  deadlines: readonly Deadline[],
  { rereadDue }: OrderState,
): Promise<void> => {
  const { ref, row } = situation;
  const due = noticesDue(deadlines, context.now())
    .filter(({ at }) => at > row.createdAt)
    .filter(({ code }) => !(code === 'close_by' && rereadDue));
  for (const notice of due) if (await noteDeadline(tx, ref, notice)) await tell(tx, situation, notice);
};

const tell = async (tx: Transaction, situation: Situation, notice: DeadlineNotice): Promise<void> => {
  const { ref } = situation;
  const lines: NewLine[] = [lineOf(notice)];
  if (notice.code === 'close_by') {
    const rows = missingRows(situation.row.facts?.baskets ?? []);
    lines.push({ code: 'order.not_closed', params: { rows: rows.join(', ') || '–' } });
  }
  await addLines(tx, ref, lines);
  for (const { code, params = {} } of lines) await addAlert(tx, { ...ref, code, params });
};

const lineOf = ({ code, at, kind }: DeadlineNotice): NewLine => ({
  code: kind === 'missed' ? 'deadline.missed' : 'deadline.at_risk',
  params: { deadline: code, at: at.toISOString() },
});
