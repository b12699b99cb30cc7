import type { Effect } from './classify';
import type { RmsError, RmsIssue } from './errors';
import type { ApiFamily } from './ports';
import type { Linger } from './ripeness';
import type { RmsConnection } from './transport';

/** In the place of an answer: this key is to be sent once more, as `item`. Whoever gives it bounds how often. */
export class Again<Item> {
  /** `because`: what went wrong with the request, where the limit and the circuit of the shop have to know. */
  constructor(
    readonly item: Item,
    readonly because?: RmsError,
  ) {}
}

/** What one request said about one key: an answer, its own refusal, or that it has to be sent once more. */
export type Said<Item, Answer> = Answer | RmsError | Again<Item>;

/** A call of Rakuten as the gateway queues it. */
export interface Operation<Item, Answer> {
  readonly name: string;
  readonly family: ApiFamily;
  readonly effect: Effect;
  /** Most distinct keys in one request. */
  readonly limit: number;
  readonly key: (item: Item) => string;
  /** Sends one request and says something about every key. */
  readonly send: (
    connection: RmsConnection,
    items: readonly Item[],
  ) => Promise<ReadonlyMap<string, Said<Item, Answer>>>;
  /**
   * Callers of the same key `share` one answer, or go in `separate` requests, one after the other, because each must
   * take effect.
   */
  readonly duplicates: 'share' | 'separate';
  /** Whether items of a refused request may be sent again in halves to find the one that is to blame. */
  readonly splits: (items: readonly Item[]) => boolean;
  /** What is wrong with an item; with anything wrong it is refused before a call is spent on it. */
  readonly check?: (item: Item) => readonly RmsIssue[];
  /** The orders that an item is about. */
  readonly orderNumbers?: (item: Item) => readonly string[];
  /** The function that is called, and its limit, where both depend on how many distinct keys wait. */
  readonly form?: (waiting: number) => { readonly name: string; readonly limit: number };
  /** How long a batch may gather, where that is not the usual. */
  readonly linger?: Linger;
}
