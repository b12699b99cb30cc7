import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { claimKey, type KeyClaim, keepAnswer, releaseKey } from '../store/idempotency';
import { answerPlace } from '../store/places';
import { check } from './check';
import type { Deps } from './deps';
import { Problem } from './problems';
import { FileAnswer } from './route';

/** An answer as it goes over the wire. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Media type; JSON (or a problem) when absent. */
  readonly type?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The header that makes a repeated POST have one effect. */
export const IdempotencyHeader = z.strictObject({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
    .optional()
    .meta({
      description: 'A repeat with the same key within 24 hours gets the first answer and has no effect',
    }),
});

interface Attempt {
  readonly key: string | undefined;
  /** Who asks for what: the same key elsewhere is another key. */
  readonly scope: readonly [caller: string, method: string, url: string];
  /** SHA-256 of the body. */
  readonly bodyHash: string;
}

/**
 * Answers a request once per key. `run` gets what names the effect, for what a death before the answer is kept would let
 * happen twice: a UUID that all attempts at the request share. An answer below 500 is kept and given again; a failure of
 * ours gives the key back.
 * Raises `request_in_progress`, `idempotency_key_reused`.
 */
export const answerOnce = async (
  { db, vault, holder }: Pick<Deps, 'db' | 'vault' | 'holder'>,
  { key, scope, bodyHash }: Attempt,
  run: (effectId: string | undefined) => Promise<Reply>,
): Promise<Reply> => {
  if (key === undefined) return run(undefined);
  check(IdempotencyHeader, { 'Idempotency-Key': key });
  const place = sha256(scope.join('\n'));
  const request = { scope: place, key, bodyHash, holder: holder ?? null };
  const claim = await settledClaim(db, request);
  if (claim.kind === 'in_progress')
    throw new Problem('request_in_progress', undefined, { headers: { 'Retry-After': '1' } });
  if (claim.kind === 'other_body')
    throw new Problem('idempotency_key_reused', 'Use a new Idempotency-Key for a new request.');
  if (claim.kind === 'answered') return replayed(claim, (sealed) => vault.open(answerPlace(place), sealed));
  const reply = await run(claim.effectId).catch(async (error: unknown) => {
    // Without the database it stays claimed, and is given up after a while.
    await releaseKey(db, request).catch(() => undefined);
    throw error;
  });
  if (isFinal(reply)) {
    const { status, body = null, headers = {} } = reply;
    const sealedResponse = vault.seal(answerPlace(place), JSON.stringify({ body, headers }));
    await keepAnswer(db, request, { status, sealedResponse });
  } else await releaseKey(db, request);
  return reply;
};

/** Whether a repeat gets this answer. A file is made anew: asking for it changes nothing, and it may be large. */
const isFinal = ({ status, body }: Reply): boolean =>
  status < 500 && status !== 429 && !(body instanceof FileAnswer);

/** A second request that comes while the first is being answered waits for its answer this long, and looks this often. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 100;

const settledClaim = async (...claim: Parameters<typeof claimKey>): Promise<KeyClaim> => {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await claimKey(...claim);
    if (found.kind !== 'in_progress' || Date.now() > until) return found;
    await sleep(LOOK_MS);
  }
};

const Kept = z.strictObject({ body: z.unknown(), headers: z.record(z.string(), z.string()) });

const replayed = (
  { status, sealedResponse }: Extract<KeyClaim, { kind: 'answered' }>,
  open: (sealed: Buffer) => string,
): Reply => {
  const kept =
    sealedResponse === null ? { body: null, headers: {} } : Kept.parse(JSON.parse(open(sealedResponse)));
  return { status, body: kept.body, headers: { ...kept.headers, 'Idempotency-Replayed': 'true' } };
};

/** SHA-256 in hexadecimal digits. */
export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
