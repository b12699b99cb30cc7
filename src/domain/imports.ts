/** What an import of a range searches for, and how far it has come. */

/** An import reaches as far back as a search does, 730 days, less a day that keeps clear of the edge. */
export const MOST_IMPORT_DAYS = 729;

/** By what an import looks for orders: when they were placed, or when they last moved. */
export const IMPORT_BY = ['ordered', 'updated'] as const;
type ImportBy = (typeof IMPORT_BY)[number];

/**
 * The dates that Rakuten can be asked for (order reference §3.1, dateType). It knows no "updated since": an order has
 * moved within a range when any of its dates lies in there.
 */
const DATES_OF = {
  ordered: ['ordered'],
  updated: ['ordered', 'confirmed', 'fixed', 'shipped', 'shippingReported', 'paymentFixed'],
} as const satisfies Record<ImportBy, readonly string[]>;

/** One of the searches that an import consists of, over the whole of its range. */
export interface ImportSearch {
  /** Names it among the others: `300`, or `300/fixed` where a status is searched for by several dates. */
  readonly key: string;
  readonly status: number;
  readonly dateType: (typeof DATES_OF)[ImportBy][number];
}

/** What an import was asked for. */
export interface ImportRange {
  readonly from: Date;
  readonly to: Date;
  readonly by: ImportBy;
  readonly statuses: readonly number[];
}

/** The searches of an import, in the order in which they are made: a status of its own each, since Rakuten answers without it. */
export const searchesOf = ({ by, statuses }: Pick<ImportRange, 'by' | 'statuses'>): ImportSearch[] => {
  const dates = DATES_OF[by];
  return statuses.flatMap((status) =>
    dates.map((dateType) => ({
      key: dates.length === 1 ? `${status}` : `${status}/${dateType}`,
      status,
      dateType,
    })),
  );
};

/** How much of its searches an import has done, in whole percent. `until` tells how far each has come, ISO 8601. */
export const percentOf = (range: ImportRange, until: Readonly<Record<string, string>>): number => {
  const from = range.from.getTime();
  const span = range.to.getTime() - from;
  const searches = searchesOf(range);
  const done = searches.reduce((sum, { key }) => {
    const at = until[key];
    return sum + (at === undefined ? 0 : Math.min(span, Math.max(0, Date.parse(at) - from)));
  }, 0);
  return span === 0 ? 0 : Math.floor((done / (span * searches.length)) * 100);
};
