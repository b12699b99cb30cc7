import type { Effect } from './classify';
import { RmsError } from './errors';
import { Again, type Operation, type Said } from './operation';
import type { ApiFamily } from './ports';
import { AFTERMATH_MS, type Linger, lingerAt, ripeAt, USUAL_LINGER } from './ripeness';
import type { RmsConnection } from './transport';
import { type Urgency, WaitingList } from './waiting';

/** How urgent a call is, and how long it may wait. */
export interface CallOptions {
  /** When the order behind the call is due; earlier goes first. */
  readonly deadline?: Date;
  /** `order` work goes before `background` (searches, sweeps). */
  readonly priority?: 'order' | 'background';
  /** Longest wait for a turn in milliseconds, after which the call fails as `busy`. */
  readonly maxWaitMs?: number;
  /** The caller brings its company along: its call waits for no more of it. */
  readonly prompt?: boolean;
  /** Takes the call back while it still waits; what has been sent is not called back. */
  readonly signal?: AbortSignal;
}

/** Calls that leave together and with nobody else; `splitsLeft` bounds the search for a bad one among them. */
export interface Group {
  readonly search: { splitsLeft: number };
}

interface Entry<Item, Answer> {
  item: Item;
  readonly key: string;
  readonly urgency: Urgency;
  readonly expiresAt: number;
  readonly prompt: boolean;
  readonly signal: AbortSignal | undefined;
  readonly mark: unknown;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  group: Group | undefined;
  disarm: () => void;
}

/** How a request ended. */
export interface Sent {
  readonly error?: unknown;
  /** Hands the callers their answers or their error (another than `error` where more was found out), or queues parts again. */
  readonly settle: (error?: unknown) => void;
  /** Queues all of it again: it was refused for a reason that is gone. */
  readonly sendAgain: () => void;
}

/** A request ready to be sent. `send` never rejects. */
export interface Batch {
  /** The function that is called, by Rakuten's name. */
  readonly operation: string;
  readonly effect: Effect;
  /** Distinct keys in the request, and how many there would have been room for. */
  readonly size: number;
  readonly limit: number;
  readonly orderNumbers: readonly string[];
  /** When its oldest caller came. */
  readonly arrivedAt: number;
  /** What its callers were marked with, each once. */
  readonly marks: readonly unknown[];
  readonly send: (connect: () => Promise<RmsConnection>) => Promise<Sent>;
}

/** The queue of one operation as a lane sees it. */
export interface WaitingQueue {
  readonly operation: { readonly name: string; readonly family: ApiFamily };
  /** The most urgent call, if any waits. */
  head(): Urgency | undefined;
  /**
   * When what waits is worth a token, in milliseconds since the epoch; Infinity while nothing waits.
   * @param intervalMs between two requests, in milliseconds
   */
  ripeAt(intervalMs: number): number;
  /** Since when calls have waited here without this operation having had a turn. */
  waitingSince(): number | undefined;
  /** Closes a batch around the most urgent call; only to be called while a call waits. */
  takeBatch(): Batch;
  /** Ends the wait of all with this error. */
  rejectAll(error: (operation: string) => RmsError): void;
}

/** Two halves a level: seven levels find one bad number among a hundred, the rest is for a second one. */
const MAX_SPLITS = 10;

/** The callers of one operation that wait for their turn, and the batches they leave in. */
export class OperationQueue<Item, Answer> implements WaitingQueue {
  private readonly waiting = new WaitingList<Entry<Item, Answer>>();
  private lastTurnAt = Number.NEGATIVE_INFINITY;
  private placed = 0;
  /** The largest batch of late. */
  private burst = { size: 0, at: Number.NEGATIVE_INFINITY };
  /** How many that wait are prompt. */
  private prompt = 0;

  constructor(
    readonly operation: Operation<Item, Answer>,
    private readonly now: () => number,
    /** In the place of the operation's own. */
    private readonly linger?: Linger,
    /** Gives what a caller is marked with. */
    private readonly mark?: () => unknown,
  ) {}

  /**
   * Queues one item. Items of the same `group` leave with nobody else's.
   * @throws RmsError `invalid_request` when the operation's check has something against the item
   */
  enqueue(item: Item, options: CallOptions & { maxWaitMs: number }, group?: Group): Promise<Answer> {
    const issues = this.operation.check?.(item) ?? [];
    if (issues.length > 0)
      return Promise.reject(
        new RmsError({ kind: 'invalid_request', operation: this.operation.name, issues }),
      );
    const arrivedAt = this.now();
    return new Promise<Answer>((resolve, reject) => {
      this.push(
        {
          item,
          key: this.operation.key(item),
          urgency: {
            rank: options.priority === 'background' ? 1 : 0,
            deadline: options.deadline?.getTime() ?? Number.POSITIVE_INFINITY,
            arrivedAt,
            place: this.placed++,
          },
          expiresAt: arrivedAt + options.maxWaitMs,
          prompt: options.prompt ?? false,
          signal: options.signal,
          mark: this.mark?.(),
          resolve,
          reject,
          group,
          disarm: () => undefined,
        },
        arrivedAt,
      );
    });
  }

  head(): Urgency | undefined {
    return this.waiting.entries[0]?.urgency;
  }

  ripeAt(intervalMs: number): number {
    const [first] = this.waiting.entries;
    const { oldest, keys, arrivals } = this.waiting;
    if (first === undefined || oldest === undefined) return Number.POSITIVE_INFINITY;
    // Parts of a refused request have waited for company already.
    if (first.group !== undefined || this.prompt > 0) return Number.NEGATIVE_INFINITY;
    const gathering = {
      waiting: Math.max(keys, this.now() - this.burst.at < AFTERMATH_MS ? this.burst.size : 0),
      full: keys >= (this.operation.form?.(Number.POSITIVE_INFINITY) ?? this.operation).limit,
      oldestAt: oldest.urgency.arrivedAt,
      arrivals,
      deadline: first.urgency.deadline,
    };
    const usual = this.operation.linger ?? USUAL_LINGER;
    return ripeAt(gathering, this.linger ?? lingerAt(usual, intervalMs));
  }

  waitingSince(): number | undefined {
    const { oldest } = this.waiting;
    return oldest && Math.max(oldest.urgency.arrivedAt, this.lastTurnAt);
  }

  takeBatch(): Batch {
    this.lastTurnAt = this.now();
    const { effect, duplicates, orderNumbers } = this.operation;
    const { name, limit } = this.form();
    const group = this.waiting.entries[0]?.group;
    const items = new Map<string, Item>();
    const entries = this.waiting.entries.filter((entry) => {
      if (entry.group !== group) return false;
      if (items.has(entry.key)) return duplicates === 'share';
      if (items.size >= limit) return false;
      items.set(entry.key, entry.item);
      return true;
    });
    for (const entry of entries) {
      this.waiting.remove(entry);
      entry.disarm();
    }
    if (items.size >= this.burst.size || this.lastTurnAt - this.burst.at >= AFTERMATH_MS)
      this.burst = { size: items.size, at: this.lastTurnAt };
    return {
      operation: name,
      effect,
      size: items.size,
      limit,
      orderNumbers: orderNumbers ? [...items.values()].flatMap(orderNumbers) : [],
      arrivedAt: entries.reduce((least, { urgency }) => Math.min(least, urgency.arrivedAt), this.lastTurnAt),
      marks: [...new Set(entries.flatMap(({ mark }) => (mark === undefined ? [] : [mark])))],
      send: (connect) => this.send(name, entries, items, connect),
    };
  }

  rejectAll(error: (operation: string) => RmsError): void {
    for (const entry of [...this.waiting.entries]) {
      this.waiting.remove(entry);
      entry.disarm();
      entry.reject(error(this.operation.name));
    }
  }

  /** The function to call for as many as wait now. */
  private form(): { readonly name: string; readonly limit: number } {
    return this.operation.form?.(this.waiting.keys) ?? this.operation;
  }

  private async send(
    name: string,
    entries: readonly Entry<Item, Answer>[],
    items: ReadonlyMap<string, Item>,
    connect: () => Promise<RmsConnection>,
  ): Promise<Sent> {
    const sendAgain = () => {
      for (const entry of entries) this.push(entry);
    };
    try {
      const answers = await this.operation.send(await connect(), [...items.values()]);
      const [error] = [...answers.values()].flatMap((said) =>
        said instanceof Again ? (said.because ?? []) : [],
      );
      return { error, settle: () => this.hand(name, entries, answers), sendAgain };
    } catch (error) {
      return { error, settle: (refined = error) => this.refuse(entries, items, refined), sendAgain };
    }
  }

  private hand(
    operation: string,
    entries: readonly Entry<Item, Answer>[],
    answers: ReadonlyMap<string, Said<Item, Answer>>,
  ): void {
    const unanswered = this.operation.effect === 'write' ? 'unknown_outcome' : 'malformed';
    for (const [key, answer] of answers)
      for (const entry of entries.filter((one) => one.key === key)) this.give(entry, answer);
    for (const entry of entries.filter(({ key }) => !answers.has(key)))
      entry.reject(new RmsError({ kind: unanswered, operation }));
  }

  private give(entry: Entry<Item, Answer>, answer: Said<Item, Answer>): void {
    if (answer instanceof RmsError) entry.reject(answer);
    else if (answer instanceof Again) {
      entry.item = answer.item;
      this.push(entry);
    } else entry.resolve(answer);
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

  /** `arrivesAt`: for a caller who comes just now; absent for one that is sent again. */
  private push(entry: Entry<Item, Answer>, arrivesAt?: number): void {
    const leave = (kind: 'busy' | 'withdrawn') => () => {
      this.waiting.remove(entry);
      entry.disarm();
      entry.reject(new RmsError({ kind, operation: this.operation.name }));
    };
    const withdraw = leave('withdrawn');
    if (entry.signal?.aborted) {
      withdraw();
      return;
    }
    if (entry.prompt) this.prompt += 1;
    const timer = setTimeout(leave('busy'), Math.max(0, entry.expiresAt - this.now()));
    entry.signal?.addEventListener('abort', withdraw, { once: true });
    entry.disarm = () => {
      clearTimeout(timer);
      entry.signal?.removeEventListener('abort', withdraw);
      if (entry.prompt) this.prompt -= 1;
      entry.disarm = () => undefined;
    };
    this.waiting.add(entry, arrivesAt);
  }
}

/** A group for the items of one caller who must not be mixed with others. */
export const newGroup = (): Group => ({ search: { splitsLeft: MAX_SPLITS } });
