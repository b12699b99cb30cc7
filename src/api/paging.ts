import { z } from 'zod';
import { check } from './check';
import { Problem } from './problems';

/** The query fields of every list. */
export const PAGE = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(1000).optional().meta({ description: '`nextCursor` of the page before' }),
};

/** The schema of a page of such items. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: '`null` on the last page' }),
  });

/** Where a cursor points, or undefined for the first page. Raises `invalid_cursor` for anything this list did not give out. */
export const positionOf = <T extends z.ZodType>(
  schema: T,
  cursor: string | undefined,
): z.output<T> | undefined => {
  if (cursor === undefined) return undefined;
  try {
    return check(schema, JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    if (!(cause instanceof Problem) && !(cause instanceof SyntaxError)) throw cause;
    throw new Problem('invalid_cursor', 'Use `nextCursor` of the page before, unchanged, or leave it out.', {
      errors: [{ path: 'cursor', code: 'invalid_cursor', message: 'was not given out by this list' }],
      cause,
    });
  }
};

/** The cursor of a page that begins after this position. */
export const cursorOf = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/**
 * A page of rows that were asked for with one more than `limit`, so that the last page is known as such.
 * @param position what the cursor remembers of a page's last row
 */
export const toPage = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => unknown,
  view: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } => {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: page.map(view),
    nextCursor: more ? cursorOf(position(last)) : null,
  };
};
