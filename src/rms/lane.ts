import { setTimeout as sleep } from 'node:timers/promises';
import { BackOff } from './back-off';
import { RmsError } from './errors';
import type { ApiFamily, CallObserver, ObservedCall, RateLimiter } from './ports';
import { type Batch, byUrgency, type WaitingQueue } from './queue';
import type { RmsConnection } from './transport';

/** What a lane needs to know of its shop. */
export interface LaneOptions {
  readonly shopId: string;
  readonly connection: () => Promise<RmsConnection>;
  readonly limiter: RateLimiter;
  readonly observer?: CallObserver;
  readonly now: () => number;
}

/** An operation that has waited this long without a turn gets the next one, whatever the others' deadlines. */
const LONGEST_WITHOUT_TURN_MS = 10_000;
/** Slow answers must not pile up: more requests at a time than this are not opened per family. */
const MAX_IN_FLIGHT = 8;
/** Reading a shop's keys from the database takes milliseconds. */
const CONNECTION_TIMEOUT_MS = 10_000;

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

const outcomeOf = (error: unknown): ObservedCall['outcome'] => {
  if (error === undefined) return 'ok';
  return error instanceof RmsError ? error.kind : 'malformed';
};

/**
 * The way of one API family of one shop: asks for one token at a time, and closes a batch only when the token is
 * granted, so that it keeps collecting while it waits and a lone call leaves at once.
 */
export class Lane {
  private readonly inFlight = new Set<Promise<void>>();
  private readonly closing = new AbortController();
  private readonly backOff: BackOff;
  private running = false;

  constructor(
    private readonly family: ApiFamily,
    private readonly queues: readonly WaitingQueue[],
    private readonly options: LaneOptions,
  ) {
    this.backOff = new BackOff(options.now);
  }

  /** To be called when a call was queued. */
  wake(): void {
    if (this.running || this.closing.signal.aborted) return;
    this.running = true;
    void this.run();
  }

  /** Rejects what waits and resolves when what is in flight has its answer. */
  async close(): Promise<void> {
    this.closing.abort(new RmsError({ kind: 'withdrawn', operation: 'close' }));
    this.rejectWaiting('withdrawn');
    await Promise.all(this.inFlight);
    // Halves of a request that was refused meanwhile.
    this.rejectWaiting('withdrawn');
  }

  private async run(): Promise<void> {
    const { shopId, limiter } = this.options;
    while (!this.closing.signal.aborted && this.queues.some((queue) => queue.head())) {
      if (this.inFlight.size >= MAX_IN_FLIGHT) await Promise.race(this.inFlight);
      try {
        await limiter.take(shopId, this.family, this.closing.signal);
      } catch (cause) {
        // Without its limit a shop must not be called: those who wait are told, and come again.
        this.rejectWaiting('busy', cause);
        continue;
      }
      this.sendNext();
    }
    this.running = false;
  }

  private sendNext(): void {
    const queue = whoseTurn(this.queues, this.options.now());
    // Whoever wanted the token may have given up while it was waited for.
    if (queue === undefined) return;
    const request = this.request(queue.takeBatch()).finally(() => this.inFlight.delete(request));
    this.inFlight.add(request);
  }

  private async request(batch: Batch): Promise<void> {
    const { shopId, limiter, observer, now } = this.options;
    const startedAt = now();
    let connected = false;
    const { error, settle } = await batch.send(async () => {
      const connection = await this.connect(batch.operation);
      connected = true;
      return connection;
    });
    const durationMs = now() - startedAt;
    const pauseMs = this.backOff.note(startedAt, error);
    // Before the callers hear of it and come again.
    const slowed = pauseMs === undefined ? undefined : limiter.slowDown(shopId, this.family, pauseMs);
    settle();
    this.wake();
    observer?.call({
      shopId,
      operation: batch.operation,
      family: this.family,
      outcome: connected ? outcomeOf(error) : 'no_connection',
      durationMs,
      batchSize: batch.size,
      waitedMs: startedAt - batch.arrivedAt,
    });
    await slowed?.catch((cause: unknown) => this.rejectWaiting('busy', cause));
  }

  /** Keys may have been changed since the last request, so each asks anew. */
  private async connect(operation: string): Promise<RmsConnection> {
    const waiting = new AbortController();
    const late = sleep(CONNECTION_TIMEOUT_MS, undefined, { signal: waiting.signal }).then(() => {
      throw new RmsError({
        kind: 'busy',
        operation,
        cause: new Error('The shop’s keys were not read in time.'),
      });
    });
    try {
      return await Promise.race([this.options.connection(), late]);
    } finally {
      waiting.abort();
    }
  }

  private rejectWaiting(kind: 'busy' | 'withdrawn', cause?: unknown): void {
    for (const queue of this.queues) {
      queue.rejectAll(new RmsError({ kind, operation: queue.operation.name, cause }));
    }
  }
}
