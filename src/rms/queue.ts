import { RmsError } from './errors';
import type { ApiFamily } from './ports';
import type { RmsConnection } from './transport';

/** A call of Rakuten as the gateway queues it. */
export interface Operation<Item, Answer> {
  readonly name: string;
  readonly family: ApiFamily;
  /** Most distinct keys in one request. */
  readonly limit: number;
  readonly key: (item: Item) => string;
  /** Sends one request and gives an answer for every key. */
  readonly send: (connection: RmsConnection, items: readonly Item[]) => Promise<ReadonlyMap<string, Answer>>;
  /** Callers of the same key `share` one answer, or go in `separate` requests because each must take effect. */
  readonly duplicates: 'share' | 'separate';
  /** Whether items of a refused request may be sent again in halves to find the one that is to blame. */
  readonly splits: (items: readonly Item[]) => boolean;
}

/** How urgent a call is, and how long it may wait. */
export interface CallOptions {
  /** When the order behind the call is due; earlier goes first. */
  readonly deadline?: Date;
  /** `order` work goes before `background` (searches, sweeps). */
  readonly priority?: 'order' | 'background';
  /** Longest wait for a turn in milliseconds, after which the call fails as `busy`. */
  readonly maxWaitMs?: number;
  /** Takes the call back while it still waits; what has been sent is not called back. */
  readonly signal?: AbortSignal;
}

/** Sort key: `background` after `order`, then by deadline, then by arrival. */
export type Urgency = readonly [rank: number, deadline: number, arrivedAt: number];

/** Negative when `a` is more urgent. */
export const byUrgency = (a: Urgency, b: Urgency): number =>
  a[0] - b[0] || compare(a[1], b[1]) || a[2] - b[2];

/** Like subtraction, but two calls without a deadline (Infinity) are equal. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** Calls that leave together and with nobody else; `splitsLeft` bounds the search for a bad one among them. */
export interface Group {
  readonly search: { splitsLeft: number };
}

interface Entry<Item, Answer> {
  readonly item: Item;
  readonly key: string;
  readonly urgency: Urgency;
  readonly expiresAt: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  group: Group | undefined;
  disarm: () => void;
}

/** How a request ended; `settle` hands the callers their answers or the error, or queues halves of it again. */
export interface Sent {
  readonly error?: unknown;
  readonly settle: () => void;
}

/** A request ready to be sent. `send` never rejects. */
export interface Batch {
  readonly operation: string;
  readonly size: number;
  readonly arrivedAt: number;
  readonly send: (connect: () => Promise<RmsConnection>) => Promise<Sent>;
}

/** The queue of one operation as a lane sees it. */
export interface WaitingQueue {
  readonly operation: { readonly name: string; readonly family: ApiFamily };
  /** The most urgent call, if any waits. */
  head(): Urgency | undefined;
  /** Since when calls have waited here without this operation having had a turn. */
  waitingSince(): number | undefined;
  /** Closes a batch around the most urgent call; only to be called while a call waits. */
  takeBatch(): Batch;
  rejectAll(error: RmsError): void;
}

/** Two halves a level: seven levels find one bad number among a hundred, the rest is for a second one. */
const MAX_SPLITS = 10;

/** The callers of one operation that wait for their turn, and the batches they leave in. */
export class OperationQueue<Item, Answer> implements WaitingQueue {
  private waiting: Entry<Item, Answer>[] = [];
  private lastTurnAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly operation: Operation<Item, Answer>,
    private readonly now: () => number,
  ) {}

  /** Queues one item. Items of the same `group` leave with nobody else's. */
  enqueue(item: Item, options: CallOptions & { maxWaitMs: number }, group?: Group): Promise<Answer> {
    const arrivedAt = this.now();
    return new Promise<Answer>((resolve, reject) => {
      this.push({
        item,
        key: this.operation.key(item),
        urgency: [
          options.priority === 'background' ? 1 : 0,
          options.deadline?.getTime() ?? Number.POSITIVE_INFINITY,
          arrivedAt,
        ],
        expiresAt: arrivedAt + options.maxWaitMs,
        signal: options.signal,
        resolve,
        reject,
        group,
        disarm: () => undefined,
      });
    });
  }

  head(): Urgency | undefined {
    return this.waiting.reduce<Urgency | undefined>(
      (first, { urgency }) => (first === undefined || byUrgency(urgency, first) < 0 ? urgency : first),
      undefined,
    );
  }

  waitingSince(): number | undefined {
    if (this.waiting.length === 0) return undefined;
    const oldest = this.waiting.reduce((least, { urgency }) => Math.min(least, urgency[2]), this.now());
    return Math.max(oldest, this.lastTurnAt);
  }

  takeBatch(): Batch {
    this.lastTurnAt = this.now();
    const { limit, duplicates, name } = this.operation;
    const sorted = [...this.waiting].sort((a, b) => byUrgency(a.urgency, b.urgency));
    const items = new Map<string, Item>();
    const entries = sorted.filter((entry) => {
      if (entry.group !== sorted[0]?.group) return false;
      if (items.has(entry.key)) return duplicates === 'share';
      if (items.size >= limit) return false;
      items.set(entry.key, entry.item);
      return true;
    });
    const taken = new Set(entries);
    this.waiting = this.waiting.filter((entry) => !taken.has(entry));
    for (const entry of entries) entry.disarm();
    return {
      operation: name,
      size: items.size,
      arrivedAt: entries.reduce((least, { urgency }) => Math.min(least, urgency[2]), this.lastTurnAt),
      send: (connect) => this.send(entries, items, connect),
    };
  }

  rejectAll(error: RmsError): void {
    for (const entry of this.waiting.splice(0)) {
      entry.disarm();
      entry.reject(error);
    }
  }

  private async send(
    entries: readonly Entry<Item, Answer>[],
    items: ReadonlyMap<string, Item>,
    connect: () => Promise<RmsConnection>,
  ): Promise<Sent> {
    try {
      const answers = await this.operation.send(await connect(), [...items.values()]);
      return { settle: () => this.hand(entries, answers) };
    } catch (error) {
      return { error, settle: () => this.refuse(entries, items, error) };
    }
  }

  private hand(entries: readonly Entry<Item, Answer>[], answers: ReadonlyMap<string, Answer>): void {
    for (const { key, resolve, reject } of entries) {
      const answer = answers.get(key);
      if (answer === undefined) reject(new RmsError({ kind: 'malformed', operation: this.operation.name }));
      else resolve(answer);
    }
  }

  /** Hands out the error, or sends a refused request again in halves so that one bad number fails alone. */
  private refuse(
    entries: readonly Entry<Item, Answer>[],
    items: ReadonlyMap<string, Item>,
    error: unknown,
  ): void {
    const refused = error instanceof RmsError && error.kind === 'refused';
    const search = entries[0]?.group?.search ?? { splitsLeft: MAX_SPLITS };
    const divisible = items.size > 1 && search.splitsLeft > 0 && this.operation.splits([...items.values()]);
    if (!refused || !divisible) {
      for (const { reject } of entries) reject(error);
      return;
    }
    search.splitsLeft -= 1;
    const firstHalf = new Set([...items.keys()].slice(0, Math.ceil(items.size / 2)));
    const [first, second]: [Group, Group] = [{ search }, { search }];
    for (const entry of entries) {
      entry.group = firstHalf.has(entry.key) ? first : second;
      this.push(entry);
    }
  }

  private push(entry: Entry<Item, Answer>): void {
    const leave = (kind: 'busy' | 'withdrawn') => () => {
      this.waiting = this.waiting.filter((other) => other !== entry);
      entry.disarm();
      entry.reject(new RmsError({ kind, operation: this.operation.name }));
    };
    const withdraw = leave('withdrawn');
    if (entry.signal?.aborted) {
      withdraw();
      return;
    }
    const timer = setTimeout(leave('busy'), Math.max(0, entry.expiresAt - this.now()));
    entry.signal?.addEventListener('abort', withdraw, { once: true });
    entry.disarm = () => {
      clearTimeout(timer);
      entry.signal?.removeEventListener('abort', withdraw);
    };
    this.waiting.push(entry);
  }
}

/** A group for the items of one caller who must not be mixed with others. */
export const newGroup = (): Group => ({ search: { splitsLeft: MAX_SPLITS } });
