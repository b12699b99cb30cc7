import { z } from 'zod';
import { RmsError, type RmsIssue } from './errors';
import { asOutcome } from './expected-code';
import { issuesOf, parseAnswer } from './parse';
import { requireValid } from './request';
import { type ItemModel, itemAnswer, itemModel, itemsAnswer } from './schemas/item';
import { CONTENT_TYPE, type RmsConnection, send } from './transport';

/** Most items that items.bulk.get takes in one call (reference, item §4). */
export const MAX_ITEMS_PER_CALL = 50;

/** No item has this manageNumber; with HTTP 404, and with two different texts. */
const NOT_FOUND = 'GE0014';

const name = z.string().regex(/^[0-9A-Za-z_-]{1,32}$/, 'expected 1 to 32 letters, digits, - or _');
const names = z.array(name).min(1).max(MAX_ITEMS_PER_CALL);

/** Whether a manageNumber is one that an item can have; empty when it is (reference §5). */
export const checkItem = (manageNumber: string): readonly RmsIssue[] => issuesOf(name, manageNumber);

/** What of a request for items Rakuten would refuse; empty when it may be sent. */
const checkItems = (manageNumbers: readonly string[]): readonly RmsIssue[] => issuesOf(names, manageNumbers);

/**
 * items.get (reference §4); `undefined` when there is no such item. Needs the paid 商品一括編集; without it the key is
 * refused.
 * @throws RmsError
 */
export async function getItem(
  connection: RmsConnection,
  manageNumber: string,
): Promise<ItemModel | undefined> {
  const operation = 'items.get';
  requireValid(operation, checkItem(manageNumber));
  const path = `/es/2.0/items/manage-numbers/${manageNumber}`;
  const contentType = CONTENT_TYPE.inventory;
  return send(connection, { operation, effect: 'read', method: 'GET', path, contentType })
    .then((json) => parseAnswer(itemAnswer, json, { operation, effect: 'read' }))
    .then((item) => ({ ...item, manageNumber: item.manageNumber ?? manageNumber.toLowerCase() }))
    .catch(asOutcome(NOT_FOUND, undefined));
}

/** What items.bulk.get says about one manageNumber; an answer that cannot be read is malformed by itself. */
export type GetItemAnswer =
  | { readonly kind: 'found'; readonly item: ItemModel }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'malformed'; readonly error: RmsError };

const numberOf = (raw: unknown): unknown =>
  typeof raw === 'object' && raw !== null && 'manageNumber' in raw ? raw.manageNumber : undefined;

/** Rakuten leaves out what it does not know. */
function readItem(raw: unknown): GetItemAnswer {
  if (raw === undefined) return { kind: 'not_found' };
  try {
    const item = parseAnswer(itemModel, raw, { operation: 'items.bulk.get', effect: 'read' });
    return { kind: 'found', item };
  } catch (error) {
    if (error instanceof RmsError) return { kind: 'malformed', error };
    throw error;
  }
}

/**
 * items.bulk.get (reference §4) for 1–50 manageNumbers: one answer for every one asked, by its lower case. Needs the
 * paid 商品一括編集, as items.get does.
 * @throws RmsError when the call as a whole failed
 */
export async function getItems(
  connection: RmsConnection,
  manageNumbers: readonly string[],
): Promise<Map<string, GetItemAnswer>> {
  const operation = 'items.bulk.get';
  const asked = [...new Set(manageNumbers.map((number) => number.toLowerCase()))];
  requireValid(operation, checkItems(asked));
  const json = await send(connection, {
    operation,
    effect: 'read',
    method: 'POST',
    path: '/es/2.0/items/bulk-get',
    contentType: CONTENT_TYPE.inventory,
    body: { manageNumbers: asked },
  });
  const { results } = parseAnswer(itemsAnswer, json, { operation, effect: 'read' });
  const found = new Map(results.map((raw) => [numberOf(raw), raw] as const));
  return new Map(asked.map((number) => [number, readItem(found.get(number))]));
}
