import type { Basket, OrderFacts, ShippingRow } from './order';
import { RAKUTEN_STATUS } from './order';

/** A parcel that left: what we know and Rakuten should show. `shippedOn` is `YYYY-MM-DD` in JST. */
export interface Parcel {
  readonly basketId: string;
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly shippedOn: string;
  /** Units per line; undefined means the whole basket. */
  readonly lines?: readonly { readonly itemDetailId: string; readonly units: number }[];
}

/** One change of Rakuten's shipping rows. Without an id it inserts, and a repeated insert would make a second row. */
export type RowChange =
  | { readonly op: 'insert'; readonly parcel: Parcel }
  | { readonly op: 'update'; readonly shippingDetailId: string; readonly parcel: Parcel }
  | DeletedRow;

interface DeletedRow {
  readonly op: 'delete';
  readonly shippingDetailId: string;
}

const sameNumber = (row: ShippingRow, parcel: Parcel): boolean =>
  row.trackingNumber === parcel.trackingNumber;
const complete = (row: ShippingRow, parcel: Parcel): boolean =>
  row.carrier === parcel.carrier && row.shippedOn === parcel.shippedOn;
const blank = (row: ShippingRow): boolean => row.trackingNumber === null || row.trackingNumber === '';

/**
 * What must change at Rakuten so that a basket shows exactly one complete row for each of our parcels.
 * Nothing to change means an empty list. Rows of other parcels are left alone; a row registered beforehand without
 * a number is filled in rather than doubled; further rows with the same number are deleted (order reference §6.1).
 */
export const planShippingRows = (basket: Basket, parcels: readonly Parcel[]): RowChange[] => {
  const changes: RowChange[] = [];
  const free = basket.shippingRows.filter(blank);
  for (const parcel of parcels.filter((candidate) => candidate.basketId === basket.basketId)) {
    const matches = basket.shippingRows.filter((row) => sameNumber(row, parcel));
    const [kept, ...doubles] = [...matches].sort(
      (a, b) => Number(complete(b, parcel)) - Number(complete(a, parcel)),
    );
    const target = kept ?? free.shift();
    if (target === undefined) changes.push({ op: 'insert', parcel });
    else if (kept === undefined || !complete(target, parcel))
      changes.push({ op: 'update', shippingDetailId: target.shippingDetailId, parcel });
    changes.push(
      ...doubles.map((row) => ({ op: 'delete', shippingDetailId: row.shippingDetailId }) as const),
    );
  }
  return changes;
};

/** A parcel that has been dealt with or not: when Rakuten was seen to show it, whether it was refused, who told of it. */
interface ReportedParcel extends Omit<Parcel, 'lines'> {
  readonly reportedAt: Date | null;
  readonly refusedCode: string | null;
  readonly source: string;
}

/**
 * Rows of a basket that say again what another row says of a parcel that we reported: what came of a report that went
 * out twice, because its first answer was lost and its rows appeared later. Rows of the shop's own are left alone.
 */
export const doubleRows = (basket: Basket, parcels: readonly ReportedParcel[]): DeletedRow[] => {
  const shown = parcels.filter(
    ({ reportedAt, refusedCode, source }) =>
      reportedAt !== null && refusedCode === null && source !== 'rakuten',
  );
  return planShippingRows(basket, shown.map(toParcel)).flatMap((change) =>
    change.op === 'delete' ? [change] : [],
  );
};

/** What of a parcel stands in its row. */
export const toParcel = ({
  basketId,
  carrier,
  trackingNumber,
  shippedOn,
}: Omit<Parcel, 'lines'>): Parcel => ({
  basketId,
  carrier,
  trackingNumber,
  shippedOn,
});

/** Units of each line that the given parcels carry. A parcel without lines carries what is left of its basket. */
export const unitsShipped = (basket: Basket, parcels: readonly Parcel[]): Map<string, number> => {
  const own = parcels.filter((parcel) => parcel.basketId === basket.basketId);
  const whole = own.some((parcel) => parcel.lines === undefined);
  return new Map(
    basket.lines.map((line) => {
      const named = own
        .flatMap((parcel) => parcel.lines ?? [])
        .filter((part) => part.itemDetailId === line.itemDetailId)
        .reduce((sum, part) => sum + part.units, 0);
      return [line.itemDetailId, whole ? line.units : Math.min(named, line.units)];
    }),
  );
};

/** Whether the given parcels carry every unit of every basket. */
export const coversAll = (baskets: readonly Basket[], parcels: readonly Parcel[]): boolean =>
  baskets.every((basket) => {
    const shipped = unitsShipped(basket, parcels);
    return (
      parcels.some((parcel) => parcel.basketId === basket.basketId) &&
      basket.lines.every((line) => (shipped.get(line.itemDetailId) ?? 0) >= line.units)
    );
  });

/** The code of a carrier that Rakuten does not name (その他). */
const OTHER_CARRIER = '1000';

/** A parcel that somebody registered at Rakuten. */
export interface ForeignParcel extends Parcel {
  /** The number of a known parcel that its row showed before: it was corrected, and nothing more has left. */
  readonly corrects?: string;
}

/**
 * Parcels that Rakuten shows and we do not know: somebody registered them elsewhere. A row with a number says that a
 * parcel left. A row without one says so only from its date on, while the order waits for shipment and no instruction
 * of ours is under way: shops register carrier and date ahead of time (order reference §7.4).
 */
export const foreignParcels = (
  facts: OrderFacts,
  known: readonly { readonly basketId: string; readonly trackingNumber: string }[],
  {
    today,
    instructed,
    before,
  }: { readonly today: string; readonly instructed: boolean; readonly before: OrderFacts | null },
): ForeignParcel[] => {
  const numbers = new Map(
    (before?.baskets ?? []).flatMap(({ shippingRows }) =>
      shippingRows.map((row) => [row.shippingDetailId, row.trackingNumber] as const),
    ),
  );
  const left = (row: ShippingRow): boolean =>
    !blank(row) ||
    (!instructed &&
      row.shippedOn !== null &&
      row.shippedOn !== '' &&
      row.shippedOn <= today &&
      facts.rakutenStatus >= RAKUTEN_STATUS.awaitingShipment);
  return facts.baskets.flatMap(({ basketId, shippingRows }) => {
    const own = known.filter((parcel) => parcel.basketId === basketId);
    const gone = own.filter(
      ({ trackingNumber }) =>
        trackingNumber !== '' && !shippingRows.some((row) => row.trackingNumber === trackingNumber),
    );
    const corrected = (row: ShippingRow) =>
      gone.find(({ trackingNumber }) => trackingNumber === numbers.get(row.shippingDetailId));
    return shippingRows
      .filter(left)
      .map((row) => ({
        basketId,
        carrier: row.carrier ?? OTHER_CARRIER,
        trackingNumber: row.trackingNumber ?? '',
        shippedOn: row.shippedOn || today,
        ...correctionOf(corrected(row)),
      }))
      .filter(({ trackingNumber }) =>
        trackingNumber === ''
          ? own.length === 0
          : !own.some((parcel) => parcel.trackingNumber === trackingNumber),
      );
  });
};

const correctionOf = (known: { readonly trackingNumber: string } | undefined) =>
  known === undefined ? {} : { corrects: known.trackingNumber, lines: [] };

/** A parcel as it is stored: `lines` is null where it carries the whole basket. */
interface StoredParcel extends ReportedParcel {
  readonly lines: readonly { readonly itemDetailId: string; readonly units: number }[] | null;
}

const withLines = ({ lines, ...parcel }: StoredParcel): Parcel => ({
  ...parcel,
  ...(lines === null ? {} : { lines }),
});

/** How far an order has been shipped. */
export interface Progress {
  /** The parcels that are known carry everything that was ordered. */
  readonly allParcelsKnown: boolean;
  /** Rakuten shows them all: the last day of shipment, and when the last one was seen. */
  readonly reported: { readonly lastShippedOn: string; readonly lastReportedAt: Date } | null;
}

/** How far an order has been shipped, by its parcels; those that Rakuten refused do not count. */
export const progressOf = (baskets: readonly Basket[], parcels: readonly StoredParcel[]): Progress => {
  const known = parcels.filter(({ refusedCode }) => refusedCode === null);
  const allParcelsKnown = coversAll(baskets, known.map(withLines));
  const reported = known.flatMap(({ reportedAt }) => reportedAt ?? []);
  const lastShippedOn = known
    .map(({ shippedOn }) => shippedOn)
    .sort()
    .at(-1);
  if (!allParcelsKnown || lastShippedOn === undefined || reported.length < known.length)
    return { allParcelsKnown, reported: null };
  const lastReportedAt = new Date(Math.max(...reported.map((at) => at.getTime())));
  return { allParcelsKnown, reported: { lastShippedOn, lastReportedAt } };
};

/**
 * What keeps Rakuten from closing an order: destinations without a shipping row, and rows that lack the carrier, the
 * number or the date (order reference §7.3), as `basket 10: row 55 shippingNumber`.
 */
export const missingRows = (baskets: readonly Basket[]): string[] =>
  baskets.flatMap(({ basketId, shippingRows }) => {
    if (shippingRows.length === 0) return [`basket ${basketId}: no row`];
    return shippingRows.flatMap((row) => {
      const fields = {
        deliveryCompany: row.carrier,
        shippingNumber: row.trackingNumber,
        shippingDate: row.shippedOn,
      };
      const missing = Object.entries(fields).flatMap(([name, value]) => (value ? [] : [name]));
      return missing.length === 0
        ? []
        : [`basket ${basketId}: row ${row.shippingDetailId} ${missing.join('+')}`];
    });
  });
