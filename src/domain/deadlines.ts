/** What has to happen by when, in the order it usually comes. */
export const DEADLINE_CODES = ['confirm_by', 'pay_by', 'ship_by', 'close_by', 'answer_by'] as const;
export type DeadlineCode = (typeof DEADLINE_CODES)[number];

/** An instant by which something has to have happened. */
export interface Deadline {
  readonly code: DeadlineCode;
  readonly at: Date;
  /** From when on it is told that it is in danger; absent where nothing can be done about it before. */
  readonly warnAt?: Date;
}
