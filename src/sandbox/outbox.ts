import type { Books } from './books';
import { sign } from './signature';
import type { WarehouseOptions } from './warehouse';

const BATCH = 20;
const TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

interface Event {
  readonly event_id: string;
  readonly body: string;
  readonly attempts: number;
}

/** Delivers the events that are due, signed; what is not taken with 2xx stays, for a later try. Gives how many were delivered. */
export const deliverEvents = async (
  books: Books,
  { callbackUrl, signingSecret }: WarehouseOptions,
): Promise<number> => {
  const { rows } = await books.query<Event>(
    `SELECT event_id, body, attempts FROM warehouse_outbox
     WHERE delivered_at IS NULL AND next_at <= $1 ORDER BY next_at LIMIT ${BATCH}`,
    [new Date()],
  );
  const failures = await Promise.all(
    rows.map(async (event) => {
      const failure = await post(callbackUrl, signingSecret, event.body);
      await (failure === undefined ? settle(books, event) : postpone(books, event, failure));
      return failure;
    }),
  );
  return failures.filter((failure) => failure === undefined).length;
};

/** Posts a body; gives what went wrong, or undefined. */
const post = async (url: string, secret: string, body: string): Promise<string | undefined> => {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Okuri-Signature': sign(secret, body, new Date()) },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `HTTP ${answer.status}`;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
};

const settle = (books: Books, event: Event) =>
  books.query(
    'UPDATE warehouse_outbox SET delivered_at = $2, attempts = attempts + 1, last_error = NULL WHERE event_id = $1',
    [event.event_id, new Date()],
  );

const postpone = (books: Books, event: Event, failure: string) =>
  books.query(
    'UPDATE warehouse_outbox SET attempts = attempts + 1, next_at = $2, last_error = $3 WHERE event_id = $1',
    [
      event.event_id,
      new Date(Date.now() + Math.min(FIRST_RETRY_MS * 2 ** event.attempts, LAST_RETRY_MS)),
      failure,
    ],
  );
