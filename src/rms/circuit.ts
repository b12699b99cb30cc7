import { type KeyCause, RmsError } from './errors';
import type { CircuitCause, CircuitStore, OpenCircuit } from './ports';
import { fallBack, keyIsAlive, type ProbeWiring, withKey } from './probe';

/** So many failures of the order API in a row are no hiccup: with their pauses they take a quarter of a minute. */
const DOWN_AFTER_FAILURES = 4;
/** A key that was found alive is not asked about again for each further call of a function that is not ticked. */
const ALIVE_FOR_MS = 60_000;

/** What a circuit needs of its shop. */
export interface CircuitWiring extends ProbeWiring {
  /** Absent: the shop is never parked. */
  readonly circuit?: CircuitStore;
}

/** The key was changed while a request was under way with the old one: the request is to be made again. */
export const KEY_CHANGED = Symbol('key changed');

/**
 * Whether calls of a shop go out, as a process sees it. It finds out why a key was refused, parks the shop when the
 * key is dead or Rakuten is away, and leaves the probes that end it to somebody else.
 */
export class Circuit {
  private inquiry: Promise<KeyCause | undefined> | undefined;
  /** Until when a refusal of each function needs no further question. */
  private readonly aliveUntil = new Map<string, number>();

  constructor(private readonly wiring: CircuitWiring) {}

  /** Resolves when it is not being found out whether the shop is to be parked. */
  async settled(): Promise<void> {
    await this.inquiry?.catch(() => undefined);
  }

  /** Why the shop is parked, once that is settled. */
  async read(): Promise<OpenCircuit | undefined> {
    await this.settled();
    return this.wiring.circuit?.read(this.wiring.shopId);
  }

  /**
   * The error that callers of a refused key get: with the cause, once it is found out, or `KEY_CHANGED`. When the key is
   * dead, calls go on with another one of the shop that Rakuten takes; without one the shop is parked.
   */
  async refine(error: unknown, operation: string, usedKey: string | undefined): Promise<unknown> {
    if (!(error instanceof RmsError) || error.advice !== 'wait_for_key') return error;
    if (await this.hasChanged(usedKey)) return KEY_CHANGED;
    this.inquiry ??= this.inquire(operation).finally(() => {
      this.inquiry = undefined;
    });
    // What keeps the question from being asked says nothing of the key: the callers have their refusal as it came.
    const cause = await this.inquiry.catch(() => undefined);
    if (await this.hasChanged(usedKey)) return KEY_CHANGED;
    return cause === undefined ? error : error.withKeyCause(cause);
  }

  /** Takes note of failures of the order API in a row, of which this was the last. Whoever asks for less is not away. */
  async noteFailures(failures: number, last: unknown): Promise<void> {
    const away = last instanceof RmsError && last.kind !== 'throttled';
    if (away && failures >= DOWN_AFTER_FAILURES) await this.open('rakuten_down');
  }

  private async inquire(refused: string): Promise<KeyCause | undefined> {
    const { now } = this.wiring;
    if (now() < (this.aliveUntil.get(refused) ?? 0)) return 'function_not_ticked';
    const { keyId, keyExpiresAt } = await this.wiring.connection();
    const alive = await keyIsAlive(withKey(this.wiring, keyId), refused);
    if (alive === undefined) return undefined;
    if (alive) {
      this.aliveUntil.set(refused, now() + ALIVE_FOR_MS);
      return 'function_not_ticked';
    }
    if (!(await fallBack(this.wiring, keyId))) await this.open('key_refused');
    return keyExpiresAt !== undefined && keyExpiresAt.getTime() <= now() ? 'expired' : 'wrong_or_not_live';
  }

  private async hasChanged(usedKey: string | undefined): Promise<boolean> {
    // Without its connection nobody can tell, and the refusal stands as it came.
    const current = await this.wiring.connection().catch(() => undefined);
    return current !== undefined && usedKey !== undefined && current.credentials.licenseKey !== usedKey;
  }

  private async open(cause: CircuitCause): Promise<void> {
    await this.wiring.circuit?.open(this.wiring.shopId, cause);
  }
}
