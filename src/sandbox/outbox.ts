import type { Books } from './books';
import { sign } from './signature';
import type { WarehouseOptions } from './warehouse';

const BATCH = 20;
const TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

/** Refusals that a repeat would not change: the other side knows the event and will not have it. */
const REFUSED_FOR_GOOD: readonly number[] = [409, 422];

interface Event {
  readonly event_id: string;
  readonly body: string;
  readonly shop_id: string;
  readonly attempts: number;
}

/**
 * Delivers the events that are due, signed. What is not taken stays for a later try, unless it is refused for
 * good. Gives how many are settled.
 */
export const deliverEvents = async (
  books: Books,
  { callbackUrl, signingSecret }: WarehouseOptions,
): Promise<number> => {
  const { rows } = await books.query<Event>(
    `SELECT event_id, body, body::json ->> 'shopId' AS shop_id, attempts FROM warehouse_outbox
     WHERE delivered_at IS NULL AND next_at <= $1 ORDER BY next_at LIMIT ${BATCH}`,
    [new Date()],
  );
  const outcomes = await Promise.all(
    rows.map(async (event) => {
      const { final, failure } = await post(callbackUrl, signingSecret(event.shop_id), event.body);
      await (final ? settle(books, event, failure) : postpone(books, event, failure));
      return final;
    }),
  );
  return outcomes.filter((final) => final).length;
};

interface Outcome {
  /** Whether nothing more is to be tried. */
  readonly final: boolean;
  /** What went wrong; null when nothing did. */
  readonly failure: string | null;
}

const post = async (url: string, secret: string, body: string): Promise<Outcome> => {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Okuri-Signature': sign(secret, body, new Date()) },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    return {
      final: answer.ok || REFUSED_FOR_GOOD.includes(answer.status),
      failure: answer.ok ? null : `HTTP ${answer.status}`,
    };
  } catch (error) {
    return {
      final: false,
      failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
};

const settle = (books: Books, event: Event, failure: string | null) =>
  books.query(
    'UPDATE warehouse_outbox SET delivered_at = $2, attempts = attempts + 1, last_error = $3 WHERE event_id = $1',
    [event.event_id, new Date(), failure],
  );

const postpone = (books: Books, event: Event, failure: string | null) =>
  books.query(
    'UPDATE warehouse_outbox SET attempts = attempts + 1, next_at = $2, last_error = $3 WHERE event_id = $1',
    [
      event.event_id,
      new Date(Date.now() + Math.min(FIRST_RETRY_MS * 2 ** event.attempts, LAST_RETRY_MS)),
      failure,
    ],
  );
