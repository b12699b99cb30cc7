import { cancellationSignal } from '@temporalio/activity';
import { type ImportSearch, searchesOf } from '../domain/imports';
import type { FoundWindow } from '../rms/order-search';
import { earliestReach, searchAllOrders } from '../rms/order-search';
import type { ImportProgress, ImportRow } from '../store/imports';
import { endImport, findImport, noteImportFailure, saveProgress, sortForImport } from '../store/imports';
import type { Shop } from '../store/shops';
import { findShop } from '../store/shops';
import type { ActivityContext } from './context';
import type { ParkCause } from './failures';
import { noCounts, readAll } from './intake';

/** Searches count in whole seconds, and the second at which one ended was searched. */
const SECOND_MS = 1000;

/** What the import of a range is started with. */
export interface ImportInput {
  readonly shopId: string;
  readonly importId: string;
}

/** How an import ended. */
export interface ImportResult {
  readonly state: ImportRow['state'];
}

/** The activities of an import. */
export const importActivities = (context: ActivityContext) => ({
  /**
   * Imports a range, from where the last attempt stopped. What it has come to stands in PostgreSQL after each window,
   * so that a killed worker's successor goes on there. It ends early once the import was cancelled. @throws RmsError
   */
  importRange: async ({ shopId, importId }: ImportInput): Promise<ImportResult> => {
    const row = await findImport(context.db, importId);
    if (row === undefined || row.state !== 'running') return resultOf(row);
    const shop = await findShop(context.db, shopId);
    if (shop === undefined || shop.retiredAt !== null)
      return resultOf(await endImport(context.db, importId, 'failed', 'shop_retired'));
    await searchAll(context, shop, row);
    return resultOf(await endImport(context.db, importId, 'done'));
  },

  /** Writes down why an import waits. Runs as a local activity. */
  noteImportWaits: ({ importId }: ImportInput, cause: ParkCause): Promise<void> =>
    noteImportFailure(context.db, importId, cause),

  /** Ends an import that does not end by itself. Runs as a local activity. */
  finishImport: async (
    { importId }: ImportInput,
    state: 'failed' | 'cancelled',
    cause: ParkCause | null = null,
  ): Promise<ImportResult> => resultOf(await endImport(context.db, importId, state, cause)),
});

/** What the workflow of an import can call. */
export type ImportActivities = ReturnType<typeof importActivities>;

/** An import that is gone can only have been removed by hand: nothing is to be done for it. */
const resultOf = (row: ImportRow | undefined): ImportResult => ({ state: row?.state ?? 'cancelled' });

const searchAll = async (context: ActivityContext, shop: Shop, row: ImportRow): Promise<void> => {
  let { progress } = row;
  let seen = new Set<string>();
  let status: number | undefined;
  for (const search of searchesOf(row)) {
    if (search.status !== status) {
      seen = await seenBefore(context, row, search.status);
      ({ status } = search);
    }
    for await (const window of windowsOf(context, row, search, startOf(row, search), row.rangeTo)) {
      const fresh = window.orderNumbers.filter((number) => !seen.has(number));
      for (const number of fresh) seen.add(number);
      progress = advance(progress, search, window, fresh, await takeWindow(context, shop, row, fresh));
      if (!(await saveProgress(context.db, row.importId, progress))) return;
    }
  }
};

/** Where a search goes on: after the last second that was searched. */
const startOf = ({ rangeFrom, progress }: ImportRow, { key }: ImportSearch): Date => {
  const until = progress.until[key];
  return until === undefined ? rangeFrom : new Date(Date.parse(until) + SECOND_MS);
};

/**
 * The numbers of a status that its searches had given before the import was interrupted. Several dates of one order
 * can lie in the range, and it is counted once; a search by one date gives no number twice.
 */
const seenBefore = async (context: ActivityContext, row: ImportRow, status: number): Promise<Set<string>> => {
  const seen = new Set<string>();
  const searches = searchesOf(row).filter((search) => search.status === status);
  if (searches.length === 1) return seen;
  // Of a status that is done nothing is searched any more.
  if (searches.every(({ key }) => isDone(row, key))) return seen;
  for (const search of searches) {
    const until = row.progress.until[search.key];
    if (until === undefined) continue;
    for await (const { orderNumbers } of windowsOf(context, row, search, row.rangeFrom, new Date(until)))
      for (const number of orderNumbers) seen.add(number);
  }
  return seen;
};

const isDone = ({ progress, rangeTo }: ImportRow, key: string): boolean =>
  Date.parse(progress.until[key] ?? '') >= rangeTo.getTime();

/** The windows of a search; what can no longer be reached, since the import waited for days, is left out. */
async function* windowsOf(
  { gateway, now }: ActivityContext,
  { shopId }: ImportRow,
  { status, dateType }: ImportSearch,
  from: Date,
  end: Date,
): AsyncGenerator<FoundWindow> {
  const reach = earliestReach(now());
  const start = from > reach ? from : reach;
  if (start > end) return;
  const signal = cancellationSignal();
  yield* searchAllOrders((search) => gateway(shopId).searchOrder(search, { signal }), {
    orderProgressList: [status],
    dateType,
    start,
    end,
  });
}

/** Takes in what a window holds, unless this is a dry run. @returns the numbers that were known before */
const takeWindow = async (
  context: ActivityContext,
  shop: Shop,
  { dryRun, createdAt }: ImportRow,
  orderNumbers: readonly string[],
): Promise<ReadonlySet<string>> => {
  const { known, toRead } = await sortForImport(context.db, shop.shopId, orderNumbers, createdAt);
  const reading = { urgency: { priority: 'background', signal: cancellationSignal() } } as const;
  if (!dryRun) await readAll(context, shop, toRead, reading, noCounts());
  return known;
};

const advance = (
  before: ImportProgress,
  { key, status }: ImportSearch,
  { end }: FoundWindow,
  fresh: readonly string[],
  known: ReadonlySet<string>,
): ImportProgress => ({
  until: { ...before.until, [key]: end.toISOString() },
  found: { ...before.found, [status]: (before.found[status] ?? 0) + fresh.length },
  known: before.known + known.size,
  new: before.new + fresh.length - known.size,
});
