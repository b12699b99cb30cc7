/**
 * An asynchronous shipping report that Rakuten has not shown yet. Its rows appear when Rakuten has carried it out, and
 * where the answer was lost nobody can be asked about it (order reference §6.1): the order is read at set times, and
 * only a read without the rows after the last one permits to report again.
 */
export interface Settling {
  readonly submittedAt: Date;
  /** Rakuten's id for asking about the result; null when the answer was lost. */
  readonly requestId: string | null;
  /** How often the order was read since without the rows being there. */
  readonly looks: number;
}

/** A report that was taken in is mostly carried out within seconds; in seconds after it left. */
const FIRST_LOOK_SECONDS = 10;

/** When an order is looked at after its report left, in seconds; `readBack` is the shop's setting. */
const looksOf = ({ requestId }: Settling, readBack: readonly number[]): readonly number[] =>
  requestId === null ? readBack : [FIRST_LOOK_SECONDS, ...readBack.filter((at) => at > FIRST_LOOK_SECONDS)];

/** When the order is to be looked at next; undefined after the last time. */
export const nextLook = (settling: Settling, readBack: readonly number[]): Date | undefined => {
  const seconds = looksOf(settling, readBack)[settling.looks];
  return seconds === undefined ? undefined : new Date(settling.submittedAt.getTime() + seconds * 1000);
};
