import type { Connection } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  encodeSearchAttributeIndexedValueType,
  SearchAttributeType,
} from '@temporalio/common/lib/search-attributes';

/** Our id of the shop that a workflow works for. */
export const OkuriShopId = defineSearchAttributeKey('OkuriShopId', SearchAttributeType.KEYWORD);
/** The order's stage, as the contract names it. */
export const OkuriStage = defineSearchAttributeKey('OkuriStage', SearchAttributeType.KEYWORD);
/** Codes of the holds that are in force. */
export const OkuriHolds = defineSearchAttributeKey('OkuriHolds', SearchAttributeType.KEYWORD_LIST);
/** The order's nearest deadline. */
export const OkuriDeadline = defineSearchAttributeKey('OkuriDeadline', SearchAttributeType.DATETIME);

const ALL = [OkuriShopId, OkuriStage, OkuriHolds, OkuriDeadline];
const DEADLINE_MS = 15_000;
/** How the CLI writes the types that we use. */
const CLI_TYPES: Partial<Record<SearchAttributeType, string>> = {
  KEYWORD: 'Keyword',
  KEYWORD_LIST: 'KeywordList',
  DATETIME: 'Datetime',
};
const listed = ALL.map(({ name, type }) => `${name}=${CLI_TYPES[type]}`);

/** The flags by which the CLI's dev server registers them from the start. */
export const searchAttributeFlags = listed.flatMap((attribute) => ['--search-attribute', attribute]);

/** Search attributes are missing and this Temporal does not let a client create them; the message names them. */
class SearchAttributeError extends Error {
  override readonly name = 'SearchAttributeError';
}

/**
 * Registers the search attributes that the namespace lacks. Temporal Cloud refuses that to clients: then raises
 * SearchAttributeError, which says what to create by hand.
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  await connection.withDeadline(Date.now() + DEADLINE_MS, async () => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = ALL.filter(({ name }) => !(name in customAttributes));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(
      missing.map(({ name, type }) => [name, encodeSearchAttributeIndexedValueType(type) ?? 0]),
    );
    try {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    } catch (error) {
      throw new SearchAttributeError(
        `Temporal's namespace ${namespace} lacks the search attributes ${missing.map(({ name }) => name).join(', ')}, and ` +
          `creating them was refused (${error instanceof Error ? error.message : String(error)}). Create them in the namespace's ` +
          `settings, or with \`temporal operator search-attribute create\` or \`tcld\`: ${listed.join(', ')}.`,
        { cause: error },
      );
    }
  });
}
