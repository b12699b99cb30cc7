/** What can look wrong with how a shop is set up. */
export const WARNING_CODES = ['auto_confirm_on'] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** Whether a string is the code of a warning. */
export const isWarningCode = (code: string): code is WarningCode =>
  WARNING_CODES.some((known) => known === code);
