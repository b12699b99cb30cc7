import { sha256 } from './idempotency';
import type { RawCall } from './route';

/** A UUID (version 8) that stands for a text: what a repeated request makes has the id of the first. */
export const uuidOf = (text: string): string =>
  sha256(text).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');

/** Who has an effect, and what names it where the request has an `Idempotency-Key`. */
export type Effect = Pick<RawCall, 'actor' | 'effectKey'>;

/** The id of what a request makes: for a repeat that of the first; undefined when any new one will do. */
export const effectId = (effectKey: string | undefined): string | undefined =>
  effectKey === undefined ? undefined : uuidOf(effectKey);
