import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';

/** A statement counts as one that returns once it was made so often; a connection keeps the plans of so many at most. */
const RETURNS = 3;
const MOST_KEPT = 250;
/** Lists of another length each time are other statements each time. */
const MOST_VALUES = 30;

const timesMade = new Map<string, number>();
const names = new Map<string, string>();

/** The name of a statement that is made again and again; undefined of one that is not, or not yet. */
const nameOf = (text: string): string | undefined => {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_KEPT) return known;
  const times = (timesMade.get(text) ?? 0) + 1;
  if (times < RETURNS) {
    if (timesMade.size < 10 * MOST_KEPT) timesMade.set(text, times);
    return undefined;
  }
  timesMade.delete(text);
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 16);
  names.set(text, name);
  return name;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What is asked of a connection, with its name where it returns. */
const named = (query: unknown, values: unknown): unknown => {
  if (!isObject(query) || !('text' in query) || typeof query.text !== 'string') return query;
  if (!Array.isArray(values) || values.length === 0 || values.length > MOST_VALUES) return query;
  const name = nameOf(query.text);
  return name === undefined ? query : { ...query, name };
};

/**
 * Makes a connection keep the plans of the statements that return, under a name for each: planning a short statement
 * costs PostgreSQL more than carrying it out. Only for work that finds its rows by their keys: a kept plan is made for
 * any values, and what the planner must see the values for would be slower with it.
 */
export const keepPlans = (client: PoolClient): void => {
  const query = client.query;
  Object.defineProperty(client, 'query', {
    value: (asked: unknown, values: unknown, ...rest: readonly unknown[]): unknown =>
      Reflect.apply(query, client, [named(asked, values), values, ...rest]),
  });
};
