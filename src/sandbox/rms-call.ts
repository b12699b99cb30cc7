import type { Db } from './books';
import type { Settings } from './settings';
import type { Shop } from './shops';

/** What one request changed at the simulated Rakuten. */
export type Change =
  | { kind: 'confirmed' | 'cancelled'; orderNumber: string }
  | { kind: 'shipping_accepted'; requestId: string }
  | {
      kind: 'shipping_row_inserted' | 'shipping_row_updated' | 'shipping_row_deleted';
      orderNumber: string;
      basketId: number;
      shippingDetailId: number;
      /** False when an update wrote what stood there already. */
      changed: boolean;
    }
  | {
      kind: 'stock_written' | 'stock_deleted';
      manageNumber: string;
      variantId: string;
      mode?: string;
      from: number | null;
      to: number | null;
    };

/** An authorised request on its way to a handler, inside the transaction that its effects are committed with. */
export interface RmsCall {
  readonly db: Db;
  readonly shop: Shop;
  readonly now: Date;
  readonly settings: Settings;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** `2.0` or `2.1` of the inventory API. */
  readonly apiVersion: '2.0' | '2.1';
  /** Tells the journal what the request changed. */
  record(change: Change): void;
}

/** An HTTP answer; without a body it is empty. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** Answers one function of Rakuten's API. */
export type Handler = (call: RmsCall) => Promise<Answer>;

/** Rakuten's gateways; each stands before its functions with error bodies of its own. */
export const FAMILIES = ['order', 'inventory', 'licence'] as const;

/** One of {@link FAMILIES}. */
export type Family = (typeof FAMILIES)[number];

/** One function of Rakuten's API. */
export interface Operation {
  /** The name in journals and faults, such as `searchOrder` or `inventories.bulk.upsert`. */
  readonly name: string;
  /** The name that is ticked in 利用機能編集. */
  readonly functionName: string;
  readonly family: Family;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Express path, without a trailing slash. */
  readonly path: string;
  /** Whether the inventory function has the higher of the two documented rates (inventory reference §3.4). */
  readonly fast?: boolean;
  readonly handler: Handler;
}
