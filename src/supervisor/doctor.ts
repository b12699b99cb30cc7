import { join } from 'node:path';
import type { Config } from '../config';
import { stillRuns } from '../machine';
import { findImbalances } from '../store/ledger';
import { connectTemporal } from '../temporal/connection';
import { routingProblem } from '../temporal/deployment';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { readState } from './data-dir';
import { demandDatabase, demandMasterKey, withDatabase } from './database';

/** Imbalances that are named one by one, and how many are looked for. */
const IMBALANCES_NAMED = 5;
const MOST_FOUND = 100;

/** One thing that was looked at. */
export interface Finding {
  title: string;
  /** Undefined when all is well; else what is wrong and what to do. */
  problem?: string;
}

/** Looks at every part that a running Okuri needs and gives one finding per part. */
export async function examine(config: Config): Promise<Finding[]> {
  return [
    await finding(`data directory ${config.dataDir}`, () => examineChildren(config.dataDir)),
    await finding('PostgreSQL', () => examineDatabase(config.databaseUrl?.reveal())),
    await finding('master key', () => examineMasterKey(config)),
    await finding('stock ledger', () => examineLedger(config.databaseUrl?.reveal())),
    await finding(`Temporal at ${config.temporal.address ?? '(none known)'}`, () => examineTemporal(config)),
  ];
}

async function finding(title: string, look: () => Promise<void>): Promise<Finding> {
  try {
    await look();
    return { title };
  } catch (error) {
    return { title, problem: error instanceof Error ? error.message : String(error) };
  }
}

async function examineChildren(dataDir: string): Promise<void> {
  const state = await readState(join(dataDir, 'instance.json'));
  for (const [name, child] of Object.entries(state?.children ?? {})) {
    if (!(await stillRuns(child)))
      throw new Error(`${name} (pid ${child.pid}) does not run; see ${join(dataDir, 'logs')}`);
  }
}

async function examineDatabase(url: string | undefined): Promise<void> {
  if (url === undefined)
    throw new Error(
      'No instance runs on this data directory, and there is no DATABASE_URL: run `npm start` first.',
    );
  await demandDatabase(url);
}

async function examineMasterKey({ databaseUrl, masterKey }: Config): Promise<void> {
  if (masterKey === undefined)
    throw new Error('There is none: give the one of this database in OKURI_MASTER_KEY.');
  if (databaseUrl !== undefined) await demandMasterKey(databaseUrl.reveal(), masterKey.reveal());
}

/** A balance that is not the sum of its movements is a fault of ours: people must hear which numbers they cannot trust. */
async function examineLedger(url: string | undefined): Promise<void> {
  if (url === undefined) return;
  const found = await withDatabase(url, findImbalances);
  if (found.length === 0) return;
  const named = found.slice(0, IMBALANCES_NAMED).map(({ skuCode, location, ...units }) => {
    const { onHand, reserved, summedOnHand, summedReserved } = units;
    return `${skuCode} at ${location} (on hand ${onHand}, booked ${summedOnHand}; reserved ${reserved}, booked ${summedReserved})`;
  });
  throw new Error(
    `${found.length === MOST_FOUND ? 'At least ' : ''}${found.length} balances are not the sum of their movements: ${named.join(', ')}${found.length > named.length ? ', …' : ''}. This is a fault of Okuri: count these SKUs and report it.`,
  );
}

async function examineTemporal(config: Config): Promise<void> {
  const connection = await connectTemporal(config);
  const { namespace } = config.temporal;
  try {
    await ensureSearchAttributes(connection, namespace);
    const problem = await routingProblem({ connection, namespace });
    if (problem !== undefined) throw new Error(problem);
  } finally {
    await connection.close();
  }
}
