/** What one answer tells of how this machine's clock stands against Rakuten's. */
export interface ClockReading {
  /** Seconds that this machine is ahead of Rakuten; negative: behind. */
  readonly aheadSeconds: number;
  /** So many seconds the truth may lie on either side: half of what the answer took, and half of Rakuten's second. */
  readonly withinSeconds: number;
}

/** Rakuten writes whole seconds. */
const HALF_SECOND_MS = 500;

/**
 * Compares the time in an answer with ours half-way through the request.
 * @param serverMs Rakuten's time, cut to seconds; undefined when the answer does not tell it
 * @param sentMs, answeredMs our time, milliseconds since the epoch
 */
export const readClock = (
  serverMs: number | undefined,
  sentMs: number,
  answeredMs: number,
): ClockReading | undefined => {
  if (serverMs === undefined) return undefined;
  const half = Math.max(0, answeredMs - sentMs) / 2;
  return {
    aheadSeconds: (sentMs + half - serverMs - HALF_SECOND_MS) / 1000,
    withinSeconds: (half + HALF_SECOND_MS) / 1000,
  };
};

/** How many answers in a row have to agree before anything is believed of them. */
const IN_A_ROW = 5;
/** Beyond this the clock is off, below the lower bound it is right again. */
const OFF_SECONDS = 60;
const RIGHT_SECONDS = 30;
/** A clock that is off is told anew when it went so much further. */
const NEWS_SECONDS = 30;

/** What the answers so far say of the clock, as a process has seen them. */
export interface ClockState {
  /** What was told last; undefined: nothing yet. Seconds ahead while it is off. */
  readonly told: 'right' | { readonly aheadSeconds: number } | undefined;
  /** The last verdict and how often in a row it came; `unsure` breaks the row. */
  readonly last: Verdict;
  readonly times: number;
}

type Verdict = 'ahead' | 'behind' | 'right' | 'unsure';

export const UNSEEN_CLOCK: ClockState = { told: undefined, last: 'unsure', times: 0 };

/** A slow answer says little: only what holds for certain counts. */
const verdictOf = ({ aheadSeconds, withinSeconds }: ClockReading): Verdict => {
  if (aheadSeconds - withinSeconds > OFF_SECONDS) return 'ahead';
  if (aheadSeconds + withinSeconds < -OFF_SECONDS) return 'behind';
  return Math.abs(aheadSeconds) + withinSeconds < RIGHT_SECONDS ? 'right' : 'unsure';
};

/** Whether what is known now has to be told, given what was told last. */
const isNews = (told: ClockState['told'], verdict: Verdict, aheadSeconds: number): boolean => {
  if (verdict === 'right') return told !== 'right';
  return told === undefined || told === 'right' || Math.abs(told.aheadSeconds - aheadSeconds) > NEWS_SECONDS;
};

/**
 * Takes one more answer into account. `news`: what is to be told now, after several answers in a row; a busy machine or
 * one odd answer is none.
 */
export const noteClock = (
  { told, last, times }: ClockState,
  reading: ClockReading,
): { readonly state: ClockState; readonly news: Exclude<ClockState['told'], undefined> | undefined } => {
  const verdict = verdictOf(reading);
  const row = verdict === last ? Math.min(times + 1, IN_A_ROW) : 1;
  const aheadSeconds = Math.round(reading.aheadSeconds);
  const state = { told, last: verdict, times: row };
  if (verdict === 'unsure' || row < IN_A_ROW || !isNews(told, verdict, aheadSeconds))
    return { state, news: undefined };
  const news = verdict === 'right' ? verdict : { aheadSeconds };
  return { state: { ...state, told: news }, news };
};
