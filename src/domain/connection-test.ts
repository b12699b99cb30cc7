/** What a test of the connection found of one function of Rakuten's. */
export interface ConnectionTestRow {
  /** The name of the tick box in RMS: `rpay.order.getOrder`. */
  readonly function: string;
  /** null: it was not found out, since Rakuten did not say. */
  readonly works: boolean | null;
  readonly httpStatus: number | null;
  /** Rakuten's code, where it gave one. */
  readonly code: string | null;
  /** What it can be, most likely first: codes of the text catalogue's `connection.cause.*`. Empty when it works. */
  readonly causes: readonly string[];
}
