import { z } from 'zod';

/** Control characters by their ranges rather than by `\p{Cc}`: a JSON Schema pattern has no flags. */
const without = (ranges: string) =>
  ({ pattern: new RegExp(`^[^${ranges}]*$`), error: 'must not contain control characters' }) as const;

/** What one line of text consists of. */
export const ONE_LINE = without(String.raw`\u0000-\u001f\u007f-\u009f`);
/** What text of several lines consists of. */
export const LINES = without(String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f`);

/** One line of text that may be empty: trimmed, without control characters. */
export const lineOrNothing = (max: number) =>
  z.string().trim().max(max).regex(ONE_LINE.pattern, ONE_LINE.error);

/** One line of text: trimmed, not empty, without control characters. */
export const line = (max: number) => lineOrNothing(max).min(1);
