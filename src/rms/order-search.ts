import type { OrderSearchPage } from './orders';
import { requireValid } from './request';
import {
  checkOrderQuery,
  MAX_PAGE_SIZE,
  MAX_REACH_MS,
  MAX_WINDOW_MS,
  type OrderQuery,
  type OrderSearch,
} from './search-request';

/** Rakuten gives at most 15,000 rows of a search (reference, order API §3.1): more means that the window must be cut. */
const REACHABLE_ROWS = 15_000;
const MAX_PAGES = REACHABLE_ROWS / MAX_PAGE_SIZE;
/** An hour less than Rakuten allows keeps clear of the edge. */
const WINDOW_MS = MAX_WINDOW_MS - 3_600_000;
/** So does a day less than it looks back. */
const REACH_MS = MAX_REACH_MS - 86_400_000;
const SECOND_MS = 1000;
/** How often a window is read when orders move in or out of it while its pages are read. */
const ROUNDS = 3;
/** Searches that one query may take to cut its windows: room for some ten million orders. */
const MAX_CUTS = 1000;

interface Window {
  readonly start: Date;
  readonly end: Date;
}

/** What one window of a query holds: every number once, from the oldest order. */
export interface FoundWindow extends Window {
  readonly orderNumbers: readonly string[];
}

/** One way to have a page: the gateway's `searchOrder`, or the call itself. */
export type SearchPage = (search: OrderSearch) => Promise<OrderSearchPage>;

/** A window that cannot be cut any further still holds more orders than Rakuten lets anybody read. */
export class WindowTooFullError extends Error {
  override readonly name = 'WindowTooFullError';

  constructor(readonly window: Window) {
    super(
      `More than ${REACHABLE_ROWS} orders fall between ${window.start.toISOString()} and ${window.end.toISOString()}, and Rakuten ` +
        'lets nobody read further. None of them was taken in; search for fewer at once, one status or one order type.',
    );
  }
}

/** The earliest instant that a search made now can reach. */
export const earliestReach = (now: Date): Date => new Date(now.getTime() - REACH_MS);

/**
 * Every order number of a query over a span of up to 730 days, window by window in ascending order, so that a caller can
 * note after each how far it is. Windows are at most 63 days long and hold at most 15,000 orders; neighbours share
 * their boundary, and a number found on it comes once. Pages are read from the oldest order on, and anew, up to three
 * times, when they shift meanwhile.
 * @throws RmsError `invalid_request`, and whatever `searchPage` rejects with
 * @throws WindowTooFullError
 */
export async function* searchAllOrders(
  searchPage: SearchPage,
  query: OrderQuery,
): AsyncGenerator<FoundWindow> {
  requireValid('searchOrder', checkOrderQuery(query));
  const pending = windowsOf(query);
  let before: ReadonlySet<string> = new Set();
  let cuts = 0;
  for (let window = pending.shift(); window !== undefined; window = pending.shift()) {
    const found = await readWindow(searchPage, { ...query, ...window });
    if (found === 'too_many') {
      cuts += 1;
      pending.unshift(...halves(window, cuts));
      continue;
    }
    const seen = before;
    yield { ...window, orderNumbers: [...found].filter((number) => !seen.has(number)) };
    before = found;
  }
}

function windowsOf({ start, end }: Window): Window[] {
  const count = Math.max(1, Math.ceil((end.getTime() - start.getTime()) / WINDOW_MS));
  const at = (index: number) => new Date(Math.min(start.getTime() + index * WINDOW_MS, end.getTime()));
  return Array.from({ length: count }, (_, index) => ({ start: at(index), end: at(index + 1) }));
}

/** Rakuten counts in whole seconds, so a window is cut at one. */
function halves(window: Window, cuts: number): Window[] {
  const [first, last] = [window.start.getTime(), window.end.getTime()];
  const middle = Math.ceil((first + last) / 2 / SECOND_MS) * SECOND_MS;
  if (middle <= first || middle >= last || cuts > MAX_CUTS) throw new WindowTooFullError(window);
  return [
    { start: window.start, end: new Date(middle) },
    { start: new Date(middle), end: window.end },
  ];
}

async function readWindow(
  searchPage: SearchPage,
  query: OrderQuery,
): Promise<ReadonlySet<string> | 'too_many'> {
  const found = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const outcome = await readPages(searchPage, query, found);
    if (outcome === 'too_many') return outcome;
    if (outcome === 'whole') break;
  }
  return found;
}

/** Reads the pages of a window once into `found`; `moved` when they shifted meanwhile, so that a number may be missing. */
async function readPages(
  searchPage: SearchPage,
  query: OrderQuery,
  found: Set<string>,
): Promise<'whole' | 'moved' | 'too_many'> {
  const totals = new Set<number>();
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const answer = await searchPage({ ...query, page, pageSize: MAX_PAGE_SIZE, sort: 'asc' });
    if (answer.totalRecords > REACHABLE_ROWS) return 'too_many';
    for (const number of answer.orderNumbers) found.add(number);
    totals.add(answer.totalRecords);
    pages = Math.min(answer.totalPages, MAX_PAGES);
  }
  return totals.size > 1 || found.size < Math.max(...totals) ? 'moved' : 'whole';
}
