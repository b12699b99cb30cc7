import type { Logger } from 'pino';
import type { Database, OpenDatabase } from '../store/database';
import { type OpenVault, STALE_MS } from '../store/keyring';
import { withLock } from '../store/locks';
import { deleteSealKeysBefore, type Resealing, resealAll, sealKeysIn } from '../store/reseal';
import { type Repeating, repeat } from './repeat';

/** What re-sealing works with. */
export interface ResealWiring {
  readonly db: Database;
  readonly pool: OpenDatabase['pool'];
  readonly keys: Pick<OpenVault, 'vault' | 'sealingKeyId'>;
  readonly log: Logger;
}

const EVERY_MS = 60_000;
/** Everything is looked through again after so long, as long as there are older keys. */
const AGAIN_MS = 3_600_000;
/** By then nobody has sealed with an older key for long, and what was sealed with it has long been written. */
const SETTLED_MS = STALE_MS + 3_300_000;
const BROKEN_NAMED = 10;

/** Seals with the current key what older ones sealed, and deletes those once nothing is left under them. */
export const startResealing = (wiring: ResealWiring): Repeating => {
  let closed = false;
  const turn = resealer(wiring, () => closed);
  const repeating = repeat(turn, EVERY_MS, (error) =>
    wiring.log.warn({ err: error }, 're-sealing failed; it is tried again'),
  );
  return {
    close: () => {
      closed = true;
      return repeating.close();
    },
  };
};

/** Makes one turn: a look at the keys; while older ones are there, a look at everything that is sealed once an hour. */
export const resealer = (wiring: ResealWiring, isStopped: () => boolean): (() => Promise<void>) => {
  let last: { readonly keyId: string; readonly at: number } | undefined;
  return async () => {
    const keyId = wiring.keys.sealingKeyId();
    const stored = await sealKeysIn(wiring.db);
    const index = stored.findIndex((key) => key.keyId === keyId);
    const current = stored[index];
    if (current === undefined || index === 0) return;
    const at = Date.now();
    if (last?.keyId === keyId && at - last.at < AGAIN_MS) return;
    const settled = current.ageMs >= SETTLED_MS;
    const isDone = await withLock(wiring.pool, 'reseal', () => pass(wiring, keyId, settled, isStopped));
    // Another worker that is at it does it for all.
    if (isDone !== false) last = { keyId, at };
  };
};

/** @returns whether it came to its end */
const pass = async (
  { db, keys, log }: ResealWiring,
  keyId: string,
  settled: boolean,
  isStopped: () => boolean,
): Promise<boolean> => {
  const found = await resealAll(db, keys.vault, keyId, isStopped);
  if (found === undefined) return false;
  tell(log, keyId, found);
  if (settled && found.overtaken === 0 && found.broken.length === 0) {
    const deleted = await deleteSealKeysBefore(db, keyId);
    log.info({ keyId, deleted }, 'nothing is sealed with the older data keys any more: they are deleted');
  }
  return true;
};

const tell = (log: Logger, keyId: string, { resealed, broken }: Resealing): void => {
  log.info({ keyId, resealed }, 'everything that older data keys sealed was sealed anew');
  if (broken.length > 0)
    log.warn(
      { keyId, broken: broken.length, places: broken.slice(0, BROKEN_NAMED) },
      'these sealed values do not open: they stay as they are, and so do the older data keys',
    );
};
