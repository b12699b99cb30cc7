import type { z } from 'zod';
import type { Effect } from './classify';
import { RmsError, type RmsIssue } from './errors';

/** Where a value came from, for the error when it is not as documented. */
interface Origin {
  readonly operation: string;
  readonly effect: Effect;
  readonly orderNumber?: string;
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
    '',
  );

/** Where a value differs from its schema; empty when it fits. Paths and types, never the values themselves. */
export function issuesOf(schema: z.ZodType, value: unknown): readonly RmsIssue[] {
  const { error } = schema.safeParse(value);
  return error === undefined ? [] : toIssues(error);
}

const toIssues = ({ issues }: z.ZodError): RmsIssue[] =>
  issues.map(({ path, message }) => ({ path: pathText(path), message }));

/**
 * Reads an answer by its schema.
 * @throws RmsError `malformed` with the paths and the order number; for a write `unknown_outcome`, since it was
 *   answered with success but not in words that can be read.
 */
export function parseAnswer<S extends z.ZodType>(schema: S, value: unknown, origin: Origin): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new RmsError({
    kind: origin.effect === 'write' ? 'unknown_outcome' : 'malformed',
    operation: origin.operation,
    ...(origin.orderNumber === undefined ? {} : { orderNumber: origin.orderNumber }),
    issues: toIssues(result.error),
  });
}
