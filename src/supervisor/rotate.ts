import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import type { Config } from '../config';
import type { Say } from '../machine';
import { type Database, openDatabase } from '../store/database';
import { withLock } from '../store/locks';
import { masterKeyIdOf } from '../store/master-key';
import { beginRotation, cancelRotation, finishRotation, RotationError } from '../store/rotation';
import { VaultError } from '../store/vault';
import { attach } from './attach';
import { masterKeyFiles, readKey, removeOtherKeys, writeKey } from './data-dir';
import { demandDatabase } from './database';

/** What is to be done about a change of the master key. */
export type RotationStep = 'begin' | 'finish' | 'cancel';

/** Everything that a step works with. */
interface Rotation {
  readonly db: Database;
  readonly dataDir: string;
  readonly files: ReturnType<typeof masterKeyFiles>;
  /** What the keys are changed to, when the person said. */
  readonly wanted: Buffer | undefined;
  readonly say: Say;
}

const RESTART = 'Okuri (`npm start`) goes on with the old key until you restart it.';
const THEN_FINISH =
  'When all run with the new key, take the old one away: okuri rotate-master-key --finish, with the new key in OKURI_MASTER_KEY.';

/**
 * Changes the master key, one step at a time, while everything goes on running. A key that comes from the environment is
 * changed to OKURI_NEW_MASTER_KEY, and whoever starts the processes changes it there; one that is kept in the data
 * directory is made and replaced there. A step that was cut short is done to its end by a repeat.
 * @throws RotationError, VaultError, DataDirError, DatabaseUnusable
 */
export async function rotateMasterKey(config: Config, step: RotationStep, say: Say): Promise<void> {
  const attached = await attach(config);
  const databaseUrl = attached.databaseUrl?.reveal();
  if (databaseUrl === undefined)
    throw new RotationError(
      'Changing the master key needs the database: run it beside `npm start`, or give DATABASE_URL.',
    );
  await demandDatabase(databaseUrl);
  const database = openDatabase(databaseUrl, { max: 3, onIdleError: () => undefined });
  try {
    const done = await withLock(database.pool, 'rotate-master-key', async () => {
      await take(step, config, database.db, say);
      return true;
    });
    if (done === undefined)
      throw new RotationError('Somebody else is changing the master key of this database right now.');
  } finally {
    await database.close();
  }
}

async function take(step: RotationStep, config: Config, db: Database, say: Say): Promise<void> {
  const { dataDir } = config;
  const files = masterKeyFiles(dataDir);
  const rotation = { db, dataDir, files, wanted: config.newMasterKey?.reveal(), say };
  const given = config.masterKey?.reveal();
  if (given !== undefined) return GIVEN[step](rotation, given);
  const kept = await readKey(files.current);
  if (kept !== undefined) return KEPT[step](rotation, kept);
  throw new RotationError(
    `There is no master key: neither in OKURI_MASTER_KEY nor in ${files.current}. Give the one that is in use.`,
  );
}

type Steps = Readonly<Record<RotationStep, (rotation: Rotation, masterKey: Buffer) => Promise<void>>>;

/** For a key that comes from the environment. */
const GIVEN: Steps = {
  begin: async ({ db, wanted, say }, masterKey) => {
    if (wanted === undefined)
      throw new RotationError(
        'Give the new master key in OKURI_NEW_MASTER_KEY, beside the old one in OKURI_MASTER_KEY (make one with: openssl rand -base64 32).',
      );
    sayBegun(say, await beginRotation(db, masterKey, wanted), wanted);
    say('Restart every process, one after another, with the new key in OKURI_MASTER_KEY.');
    say(THEN_FINISH);
  },
  finish: async ({ db, say }, masterKey) => sayFinished(say, await finishRotation(db, masterKey), masterKey),
  cancel: async ({ db, say }, masterKey) => sayCancelled(say, await cancelRotation(db, masterKey), masterKey),
};

/** For a key that is kept in the data directory. Every step leaves the directory so that a start finds a good key. */
const KEPT: Steps = {
  begin: async ({ db, files, wanted, say }, masterKey) => {
    const [next, old] = [await readKey(files.next), await readKey(files.old)];
    if (next === undefined && old !== undefined) {
      if (wanted !== undefined && !wanted.equals(masterKey)) throw unfinished(masterKey);
      say(`The master key has been changed already (${masterKeyIdOf(masterKey)}). ${RESTART}`);
      say('After that, take the old one away: okuri rotate-master-key --finish');
      return;
    }
    if (next !== undefined && wanted !== undefined && !wanted.equals(next)) throw unfinished(next);
    const newKey = next ?? wanted ?? randomBytes(masterKey.length);
    // The new key is on the disk before anything depends on it, and the old one until nothing does.
    if (next === undefined) await writeKey(files.next, newKey);
    sayBegun(say, await beginRotation(db, masterKey, newKey).catch(refused(files.next, next)), newKey);
    await writeKey(files.old, masterKey);
    await rename(files.next, files.current);
    say(`${files.current} holds the new key, ${files.old} the old one. ${RESTART}`);
    say('After that, take the old one away: okuri rotate-master-key --finish');
  },
  finish: async ({ db, dataDir, files, say }, masterKey) => {
    if ((await readKey(files.next)) !== undefined)
      throw new RotationError(
        'The change of the master key was cut short: run okuri rotate-master-key again first, without --finish.',
      );
    sayFinished(say, await finishRotation(db, masterKey), masterKey);
    await removeOtherKeys(dataDir);
  },
  cancel: async ({ db, dataDir, files, say }, masterKey) => {
    const old = (await readKey(files.old)) ?? masterKey;
    sayCancelled(say, await cancelRotation(db, old), old);
    if (!old.equals(masterKey)) await rename(files.old, files.current);
    await removeOtherKeys(dataDir);
  },
};

/** What was surely not begun leaves no new key behind; where that is not sure, a repeat goes on with it. */
const refused = (file: string, before: Buffer | undefined) => async (error: unknown) => {
  const isSure = error instanceof RotationError || error instanceof VaultError;
  if (isSure && before === undefined) await rm(file);
  throw error;
};

const unfinished = (key: Buffer) =>
  new RotationError(
    `A change of the master key to ${masterKeyIdOf(key)} has begun: leave OKURI_NEW_MASTER_KEY out to go on with it, finish it, and then change the key again.`,
  );

const sayBegun = (say: Say, isNew: boolean, newKey: Buffer) =>
  say(
    isNew
      ? `Every data key is wrapped by the new master key (${masterKeyIdOf(newKey)}) too, and a new data key seals from a minute on: both master keys open everything now.`
      : `Every data key was wrapped by the new master key (${masterKeyIdOf(newKey)}) already.`,
  );

const sayFinished = (say: Say, ended: readonly string[], masterKey: Buffer) =>
  say(
    ended.length === 0
      ? `Nothing was left to finish: ${masterKeyIdOf(masterKey)} is the only master key.`
      : `Finished: the master key ${ended.join(', ')} opens nothing here any more, ${masterKeyIdOf(masterKey)} is the only one. Keep the old one only as long as you keep backups from before.`,
  );

const sayCancelled = (say: Say, ended: readonly string[], masterKey: Buffer) =>
  say(
    ended.length === 0
      ? `Nothing was to be taken back: ${masterKeyIdOf(masterKey)} is the only master key.`
      : `Taken back: the master key ${ended.join(', ')} opens nothing here any more, ${masterKeyIdOf(masterKey)} is the only one.`,
  );
