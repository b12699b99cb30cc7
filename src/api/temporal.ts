import type { Client } from '@temporalio/client';

/** How long a request waits for Temporal, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Asks Temporal something within a bound; past it the call fails and the request is answered with 503. */
export const withinBound = <T>(temporal: Client, ask: () => Promise<T>, ms = PATIENCE_MS): Promise<T> =>
  temporal.withDeadline(Date.now() + ms, ask);
