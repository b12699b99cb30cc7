const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** People are told so many days before a key ends, and, at 0, that it has ended. */
const ANNOUNCED_AT = [30, 14, 7, 3, 1, 0] as const;

/** Days until a key ends, begun ones counted in full; 0 and less: it has ended. */
export const daysLeft = (expiresAt: Date, now: Date): number =>
  Math.ceil((expiresAt.getTime() - now.getTime()) / DAY_MS);

/**
 * What people are to be told of a key's end now: days before it, or 0; undefined when it is too early or they know.
 * Of several that were missed only the nearest is told.
 * @param told what they were told last
 */
export const dueAnnouncement = (expiresAt: Date, told: number | null, now: Date): number | undefined => {
  const due = ANNOUNCED_AT.findLast((days) => now.getTime() >= expiresAt.getTime() - days * DAY_MS);
  return due !== undefined && (told === null || told > due) ? due : undefined;
};

/** When people are to be told next after now; undefined when a key has ended. */
export const nextAnnouncement = (expiresAt: Date, now: Date): Date | undefined => {
  const at = ANNOUNCED_AT.map((days) => expiresAt.getTime() - days * DAY_MS);
  const next = at.find((instant) => instant > now.getTime());
  return next === undefined ? undefined : new Date(next);
};

/** A new key is tried at once, then after pauses that double from the first to the longest. */
const FIRST_PAUSE_MS = 5 * SECOND_MS;
const LONGEST_PAUSE_MS = 60 * SECOND_MS;

/** Of a renewal, what its next probe depends on. */
interface Probed {
  readonly probes: number;
  readonly probedAt: Date | null;
  readonly reason: string | null;
  readonly limitAt: Date;
}

/** What a renewal says once Rakuten has taken its key and is to take it once more before calls go out with it. */
export const TAKEN_ONCE = 'taken_once';

/**
 * When a new key is to be tried next. One that was taken is tried again soon: a second success, some seconds later,
 * says that Rakuten's gateways know it. At its limit it is tried a last time. A probe that lies ahead was noted by a
 * process whose clock was wrong: nobody waits for that.
 */
export const nextProbe = ({ probes, probedAt, reason, limitAt }: Probed, now: Date): Date => {
  if (probedAt === null || probedAt > now) return new Date(0);
  const pause =
    reason === TAKEN_ONCE
      ? FIRST_PAUSE_MS
      : Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, probes - 1), LONGEST_PAUSE_MS);
  const usual = probedAt.getTime() + pause;
  return new Date(probedAt < limitAt ? Math.min(usual, limitAt.getTime()) : usual);
};

/** What Rakuten makes of a key by one function: takes it, refuses it, or does not say because it is away. */
export type Verdict = 'taken' | 'refused' | 'away';

/** What Rakuten makes of a key by the functions that were asked. */
export interface Verdicts {
  readonly order: Verdict;
  /** Absent: not asked. */
  readonly licence?: Verdict;
  /** What the order API makes of the key in use; absent: not asked. */
  readonly orderOfKeyInUse?: Verdict;
  /** What the inventory API makes of the key, and of the one in use; absent: not asked. */
  readonly inventory?: Verdict;
  readonly inventoryOfKeyInUse?: Verdict;
}

/** What a probe of a new key found, as `renewal.*` of the text catalogue words it. */
export type ProbeFinding =
  | 'live'
  | 'not_taken'
  | 'order_api_refuses'
  | 'inventory_api_refuses'
  | 'rakuten_away';

/**
 * Whether calls can go out with a new key. The order API has to take it. Where it refuses and the licence function takes
 * it, the order API does not know it yet or the function is not ticked: only the latter, which refuses the key in use
 * just as well, makes the new one as good as that. The same goes for the inventory API, whose gateways may learn of a
 * key later than those of orders.
 */
export const findingOf = (verdicts: Verdicts): ProbeFinding => {
  const { order, licence, orderOfKeyInUse, inventory, inventoryOfKeyInUse } = verdicts;
  if (order === 'taken')
    return inventory === 'refused' && inventoryOfKeyInUse === 'taken' ? 'inventory_api_refuses' : 'live';
  if (order === 'away' || licence === 'away') return 'rakuten_away';
  if (licence !== 'taken') return 'not_taken';
  return orderOfKeyInUse === 'refused' ? 'live' : 'order_api_refuses';
};
