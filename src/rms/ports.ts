import type { ClockReading } from '../domain/clock-offset';
import type { ApiFamily } from '../domain/rate-limits';
import type { Effect } from './classify';
import type { CircuitCause, RmsErrorKind } from './error-kinds';

export type { ApiFamily, CircuitCause };

/** A shop that is parked: nothing but probes is sent for it. */
export interface OpenCircuit {
  readonly cause: CircuitCause;
  readonly since: Date;
}

/** No turn is given, and none begins: the shop is parked. */
export class ShopParked extends Error {
  override readonly name = 'ShopParked';
  constructor(readonly circuit: OpenCircuit) {
    super(`The shop is parked: ${circuit.cause}`);
  }
}

/** Whose turn is asked for. */
interface TurnOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** A probe is sent for a parked shop too. */
  readonly probe?: boolean;
}

/** What a granted turn tells beside that it was granted. */
export interface Turn {
  /** How many times its usual interval the family keeps at present; 1 is usual. */
  readonly slowness: number;
  /** The family's usual interval between two requests, in milliseconds. */
  readonly intervalMs: number;
  /**
   * To be awaited right before the request leaves: a process that was busy when its turn came sends late, and whoever
   * has the next turn keeps its distance from that. Rejects when the limit cannot be told, and with `ShopParked` when
   * the shop was parked meanwhile.
   */
  begin(): Promise<void>;
}

/** The rate limit of a shop that is not parked, shared by every process that calls for it. */
export interface RateLimiter {
  /**
   * Resolves when one request may be sent now. Rejects when the limit cannot be told, with `ShopParked`, or with the
   * signal's reason when it is aborted first.
   */
  take(shopId: string, family: ApiFamily, options?: TurnOptions): Promise<Turn>;
  /** Rakuten asked for less: grants nothing for the next `ms` milliseconds, to no process, and less often from then on. */
  slowDown(shopId: string, family: ApiFamily, ms: number): Promise<void>;
  /** Rakuten serves again: grants a step more often, up to the usual. */
  speedUp(shopId: string, family: ApiFamily): Promise<void>;
}

/** The circuit of a shop, shared by every process. Who probes and closes it is no business of the gateway. */
export interface CircuitStore {
  /** `undefined` while calls go out. */
  read(shopId: string): Promise<OpenCircuit | undefined>;
  /** Parks the shop; one that is parked already stays as it is. */
  open(shopId: string, cause: CircuitCause): Promise<void>;
}

/**
 * The keys of a shop beside the one that calls go out with. A shop's connection can be had with each of them, by its
 * `keyId`.
 */
export interface KeyRing {
  /** Which of them calls could go out with, the most promising first. */
  others(shopId: string): Promise<readonly string[]>;
  /** Calls go out with `keyId`, which Rakuten takes, since it refuses `refused`. Does nothing when that is out of use already. */
  fallBack(shopId: string, refused: string, keyId: string): Promise<void>;
}

/**
 * Where asynchronous shipping reports are written down, so that one whose answer is lost is known: its requestId is
 * lost with it, and its rows appear later (reference §6.1).
 */
export interface SubmissionJournal {
  /** Before the request leaves: these orders are under way. Gives the submission's own id. */
  begin(shopId: string, orderNumbers: readonly string[]): Promise<string>;
  /** Rakuten took these orders in under this requestId. */
  accepted(submissionId: string, requestId: string, orderNumbers: readonly string[]): Promise<void>;
  /** Rakuten surely did not take these orders in; they are under way no more. */
  dropped(submissionId: string, orderNumbers: readonly string[]): Promise<void>;
}

/** One request that was sent, or that failed for want of a connection, for metrics and logs. */
export interface ObservedCall {
  readonly shopId: string;
  /** By Rakuten's name: `getOrder`, `inventories.bulk.upsert`. */
  readonly operation: string;
  readonly family: ApiFamily;
  readonly effect: Effect;
  /** `no_connection`: keys or address of the shop could not be had, nothing was sent. */
  readonly outcome: 'ok' | 'no_connection' | RmsErrorKind;
  readonly httpStatus: number | undefined;
  /** Rakuten's codes in the answer, without their texts. */
  readonly codes: readonly string[];
  /** What the answer told of Rakuten's clock; undefined without an answer that tells its time. */
  readonly clock: ClockReading | undefined;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** How long the request's oldest caller had waited for its turn, in milliseconds. */
  readonly waitedMs: number;
  /** Distinct orders, pairs or entries in the request, and how many there would have been room for. */
  readonly batchSize: number;
  readonly batchLimit: number;
  /** The orders that the request is about, where it is about orders. */
  readonly orderNumbers: readonly string[];
  /** What the observer's `mark` gave when each of its callers came. */
  readonly marks?: readonly unknown[];
  /** Bodies as `redact` leaves them: no name, address, mail, phone or key. */
  readonly request: unknown;
  readonly response: unknown;
}

/** Is told of every request after its callers have their answers. Must not throw. */
export interface CallObserver {
  /** Asked when a caller comes; what it gives comes back with each of that caller's requests. */
  mark?(): unknown;
  call(call: ObservedCall): void;
}
