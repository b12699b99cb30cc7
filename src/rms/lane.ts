import { BackOff } from './back-off';
import { type Circuit, KEY_CHANGED } from './circuit';
import { RmsError } from './errors';
import { beginCall, type CallWiring } from './observed-call';
import { type ApiFamily, type OpenCircuit, type RateLimiter, ShopParked, type Turn } from './ports';
import type { Batch, WaitingQueue } from './queue';
import { byUrgency } from './waiting';

/** What a lane needs to know of its shop. */
export interface LaneOptions extends CallWiring {
  readonly limiter: RateLimiter;
}

/** An operation that has waited this long without a turn gets the next one, whatever the others' deadlines. */
const LONGEST_WITHOUT_TURN_MS = 10_000;
/** Slow answers must not pile up: more requests at a time than this are not opened per family. */
const MAX_IN_FLIGHT = 8;

/** The queue whose turn it is: one that has waited too long, or else the one with the most urgent call. */
function whoseTurn(queues: readonly WaitingQueue[], now: number): WaitingQueue | undefined {
  const candidates = queues.flatMap((queue) => {
    const urgency = queue.head();
    return urgency ? [{ queue, urgency, since: queue.waitingSince() ?? now }] : [];
  });
  const overdue = candidates
    .filter(({ since }) => now - since >= LONGEST_WITHOUT_TURN_MS)
    .sort((a, b) => a.since - b.since);
  return (overdue[0] ?? candidates.sort((a, b) => byUrgency(a.urgency, b.urgency))[0])?.queue;
}

/**
 * The way of one API family of one shop: asks for one token at a time, and closes a batch only when the token is
 * granted, so that it keeps collecting while it waits and a lone call leaves at once. While the shop is parked nothing
 * is sent, and whoever calls is told so at once.
 */
export class Lane {
  private readonly inFlight = new Set<Promise<void>>();
  private readonly closing = new AbortController();
  private backOff: BackOff;
  private running = false;
  /** Between two requests, in milliseconds, as the last turn had it; at first Rakuten's own. */
  private intervalMs = 1_000;
  private ring: () => void = () => undefined;

  constructor(
    private readonly family: ApiFamily,
    private readonly queues: readonly WaitingQueue[],
    private readonly circuit: Circuit,
    private readonly options: LaneOptions,
  ) {
    this.backOff = new BackOff(options.now);
  }

  /** To be called when a call was queued. */
  wake(): void {
    this.ring();
    if (this.running || this.closing.signal.aborted) return;
    this.running = true;
    void this.run();
  }

  /** Rejects what waits and resolves when what is in flight has its answer. */
  async close(): Promise<void> {
    this.closing.abort(new RmsError({ kind: 'withdrawn', operation: 'close' }));
    this.ring();
    this.rejectWaiting('withdrawn');
    await Promise.all(this.inFlight);
    // Parts of a request that are to be sent again.
    this.rejectWaiting('withdrawn');
  }

  private async run(): Promise<void> {
    while (!this.closing.signal.aborted && this.queues.some((queue) => queue.head())) {
      if (this.inFlight.size >= MAX_IN_FLIGHT) await Promise.race(this.inFlight);
      try {
        if (await this.waitsInVain()) continue;
        await this.ripe();
        if (!this.queues.some((queue) => queue.head())) continue;
        this.sendNext(await this.turn());
      } catch (cause) {
        // Without its limit and its circuit a shop must not be called: those who wait are told, and come again.
        if (cause instanceof ShopParked) this.rejectParked(cause.circuit);
        else this.rejectWaiting('busy', cause);
      }
    }
    this.running = false;
  }

  /** The next turn of the shop. @throws ShopParked, or what the limit rejects with */
  private async turn(): Promise<Turn> {
    const { limiter, shopId } = this.options;
    await this.circuit.settled();
    const turn = await limiter.take(shopId, this.family, { signal: this.closing.signal });
    await this.circuit.settled();
    this.intervalMs = turn.intervalMs * turn.slowness;
    return turn;
  }

  /**
   * Who would wait for company while the shop is parked is told so at once; who is ready finds out with the turn.
   * @throws what the circuit's store rejects with
   */
  private async waitsInVain(): Promise<boolean> {
    if (this.untilRipe() <= 0) return false;
    const open = await this.circuit.read();
    if (open !== undefined) this.rejectParked(open);
    return open !== undefined;
  }

  /** Milliseconds until a batch is worth its token; Infinity while nothing waits. */
  private untilRipe(): number {
    return Math.min(...this.queues.map((queue) => queue.ripeAt(this.intervalMs))) - this.options.now();
  }

  /** Resolves when a batch is worth its token. */
  private async ripe(): Promise<void> {
    for (;;) {
      const ms = this.untilRipe();
      // Nothing waits any more, or something is ready.
      if (ms <= 0 || ms === Number.POSITIVE_INFINITY || this.closing.signal.aborted) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.ring = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  private sendNext(turn: Turn): void {
    const now = this.options.now();
    const ripe = this.queues.filter((queue) => queue.ripeAt(this.intervalMs) <= now);
    // A token in hand is not thrown away: what would have waited for company goes with it.
    const queue = whoseTurn(ripe.length > 0 ? ripe : this.queues, now);
    // Whoever wanted the token may have given up while it was waited for.
    if (queue === undefined) return;
    const request = this.request(queue.takeBatch(), turn).finally(() => this.inFlight.delete(request));
    this.inFlight.add(request);
  }

  private async request(batch: Batch, turn: Turn): Promise<void> {
    const call = beginCall(this.options, { ...batch, family: this.family, turn });
    const { error, settle, sendAgain } = await batch.send(call.connect);
    if (error instanceof RmsError && error.kind === 'parked') {
      // Nothing was sent: there is nothing to tell but to those who waited, and the next turn says the same.
      settle();
      this.wake();
      return;
    }
    // Before the callers hear of it and come again.
    const refined = await this.afterwards(batch, turn, call.startedAt, error, call.usedKey());
    if (refined === KEY_CHANGED) sendAgain();
    else settle(refined);
    this.wake();
    call.tell(refined === KEY_CHANGED ? error : refined);
  }

  /** Slows down or speeds up, parks the shop where that is due, and gives the error that the callers get. */
  private async afterwards(
    batch: Batch,
    turn: Turn,
    startedAt: number,
    error: unknown,
    usedKey: string | undefined,
  ): Promise<unknown> {
    const { shopId, limiter } = this.options;
    const pause = this.backOff.note(startedAt, error);
    try {
      if (pause !== undefined) await limiter.slowDown(shopId, this.family, pause.ms);
      else if (error === undefined && turn.slowness > 1) await limiter.speedUp(shopId, this.family);
      if (pause !== undefined && this.family === 'order')
        await this.circuit.noteFailures(pause.failures, error);
      return await this.circuit.refine(error, batch.operation, usedKey);
    } catch (cause) {
      // The answer stands; only what follows from it for the shop could not be written down.
      this.rejectWaiting('busy', cause);
      return error;
    }
  }

  private rejectWaiting(kind: 'busy' | 'withdrawn', cause?: unknown): void {
    for (const queue of this.queues) queue.rejectAll((operation) => new RmsError({ kind, operation, cause }));
  }

  private rejectParked({ cause: parkedBecause }: OpenCircuit): void {
    // What failed before belongs to the time that is over when the shop goes on.
    this.backOff = new BackOff(this.options.now);
    for (const queue of this.queues)
      queue.rejectAll((operation) => new RmsError({ kind: 'parked', operation, parkedBecause }));
  }
}
