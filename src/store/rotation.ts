import { randomBytes } from 'node:crypto';
import { ne, sql } from 'drizzle-orm';
import { dataKeyWraps } from './access-schema';
import type { Database, Transaction } from './database';
import { addKey, addWrap, keysIn, lockKeys, masterKeysIn } from './keyring';
import { masterKeyIdOf } from './master-key';

/** The master key cannot be changed like this; the message says why and what to do. */
export class RotationError extends Error {
  override readonly name = 'RotationError';
}

/** Every running process knows a new key by then. */
const ACTIVE_AFTER_SECONDS = 60;
const SEAL_KEY_ID_BYTES = 4;

/** How the processes of one master key call themselves at PostgreSQL, so that a change of it can see who has which. */
export const applicationName = (masterKey: Buffer): string => `${APPLICATION}${masterKeyIdOf(masterKey)}`;
const APPLICATION = 'okuri ';

/**
 * Wraps every data key under a new master key too and makes a new key that seals, in one step: from then on processes may
 * have either master key. A repeat changes nothing. @returns whether it was done now
 * @throws VaultError when `masterKey` is not that of the database
 * @throws RotationError
 */
export const beginRotation = (db: Database, masterKey: Buffer, newKey: Buffer): Promise<boolean> =>
  db.transaction(async (tx) => {
    if (masterKey.equals(newKey)) throw new RotationError('The new master key is the one that is in use.');
    await lockKeys(tx);
    const keys = await keysIn(tx, masterKey);
    const generation = Math.max(...keys.map((key) => key.generation));
    const others = (await masterKeysIn(tx)).filter((key) => key.masterKeyId !== masterKeyIdOf(masterKey));
    const begun = others.find((key) => key.masterKeyId === masterKeyIdOf(newKey));
    if (begun !== undefined && begun.generation > generation) return false;
    if (begun !== undefined)
      throw new RotationError(
        `The new master key is the older of the two that are in use: the change is from it to ${masterKeyIdOf(masterKey)}. Finish that with \`okuri rotate-master-key --finish\`, or take it back with --cancel.`,
      );
    if (others[0] !== undefined)
      throw new RotationError(
        `A change of the master key is under way, between ${others[0].masterKeyId} and ${masterKeyIdOf(masterKey)}. Finish it with \`okuri rotate-master-key --finish\` and the newer key, or take it back with --cancel and the older one; then change it again.`,
      );
    for (const key of keys) await addWrap(tx, key, newKey, generation + 1);
    await addSealKey(tx, [
      [masterKey, generation],
      [newKey, generation + 1],
    ]);
    return true;
  });

const addSealKey = (tx: Transaction, under: readonly (readonly [Buffer, number])[]): Promise<void> => {
  const keyId = randomBytes(SEAL_KEY_ID_BYTES).toString('hex');
  const activeFrom = sql`now() + ${ACTIVE_AFTER_SECONDS} * interval '1 second'`;
  return addKey(tx, { keyId, purpose: 'seal', key: randomBytes(32) }, { activeFrom, under });
};

/**
 * Takes from every other master key what it can open: `masterKey`, which must be the newest, is the only one from then
 * on. @returns the ids of the others; none when nothing was left to do
 * @throws VaultError when `masterKey` is not of this database
 * @throws RotationError when it is the older one, or processes with another one run
 */
export const finishRotation = (db: Database, masterKey: Buffer): Promise<string[]> =>
  leaveOnly(db, masterKey, (own, newest) => {
    if (own.generation < newest.generation)
      throw new RotationError(
        `OKURI_MASTER_KEY is still the old key (${own.masterKeyId}): finishing would take away the new one (${newest.masterKeyId}). Restart every process with the new key and give that one; to stay with the old key, use --cancel.`,
      );
  });

/**
 * Takes a change of the master key back: `masterKey`, which must be the older one, is the only one again.
 * @throws as `finishRotation` does
 */
export const cancelRotation = (db: Database, masterKey: Buffer): Promise<string[]> =>
  leaveOnly(db, masterKey, (own, newest) => {
    if (own.masterKeyId === newest.masterKeyId)
      throw new RotationError(
        `OKURI_MASTER_KEY is the newest key (${own.masterKeyId}), so there is no change to take back with it. Give the old key, or use --finish.`,
      );
  });

type KnownKey = Awaited<ReturnType<typeof masterKeysIn>>[number];

const leaveOnly = (
  db: Database,
  masterKey: Buffer,
  demand: (own: KnownKey, newest: KnownKey) => void,
): Promise<string[]> =>
  db.transaction(async (tx) => {
    await lockKeys(tx);
    await keysIn(tx, masterKey);
    const known = await masterKeysIn(tx);
    const own = known.find((key) => key.masterKeyId === masterKeyIdOf(masterKey));
    const [newest] = known;
    if (own === undefined || newest === undefined || known.length === 1) return [];
    demand(own, newest);
    await demandNobodyElse(tx, masterKey);
    await tx.delete(dataKeyWraps).where(ne(dataKeyWraps.masterKeyId, own.masterKeyId));
    return known.flatMap(({ masterKeyId }) => (masterKeyId === own.masterKeyId ? [] : [masterKeyId]));
  });

/** A process whose master key is taken away could not learn of new data keys, and would stop sealing. */
const demandNobodyElse = async (tx: Transaction, masterKey: Buffer): Promise<void> => {
  const { rows } = await tx.execute<{ name: string }>(sql`
    select distinct application_name as name from pg_stat_activity
    where datname = current_database() and application_name like ${`${APPLICATION}%`}
      and application_name <> ${applicationName(masterKey)}
    order by 1`);
  if (rows.length === 0) return;
  const ids = rows.map(({ name }) => name.slice(APPLICATION.length)).join(', ');
  throw new RotationError(
    `Processes with another master key (${ids}) still run on this database. Restart them with ${masterKeyIdOf(masterKey)}, the one given here, and do this again.`,
  );
};
