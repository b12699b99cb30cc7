import type { Db } from './books';
import type { Settings } from './settings';
import type { Shop } from './shops';

/** What one request changed at the simulated Rakuten. */
export type Change =
  | {
      kind:
        | 'confirmed'
        | 'cancelled'
        | 'sender_updated'
        | 'memo_updated'
        | 'remarks_updated'
        | 'sub_status_updated';
      orderNumber: string;
    }
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

/** An HTTP answer; without a body it is empty. Text is sent as it is, HTML unless `type` says XML; all else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly type?: 'html' | 'xml';
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers one function of Rakuten's API. */
export type Handler = (call: RmsCall) => Promise<Answer>;

/** Rakuten's gateways; each stands before its functions with error bodies of its own. */
export const FAMILIES = ['order', 'inventory', 'item', 'shop', 'licence'] as const;

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
  /** Whether the function has the higher of its family's two documented rates (inventory reference §3.4, §4). */
  readonly fast?: boolean;
  /** Whether the request may come without any body. */
  readonly bodyOptional?: boolean;
  readonly handler: Handler;
}
