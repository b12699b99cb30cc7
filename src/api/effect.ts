import type { RawCall } from './route';

/**
 * Who has an effect, and what names it where the request has an `Idempotency-Key`: what such a request makes has this id,
 * so that a repeat whose first answer was lost finds it there.
 */
export type Effect = Pick<RawCall, 'actor' | 'effectId'>;
