import type { Config } from '../config';
import { connectTemporal } from '../temporal/connection';
import { demandDatabase, withDatabase } from './database';
import { databaseLooks } from './doctor-database';
import { machineLooks } from './doctor-machine';
import { shopLooks } from './doctor-shops';
import { temporalLooks } from './doctor-temporal';
import type { Finding, Ground, Look, Said } from './look';

const LOOKS: readonly Look[] = [...machineLooks, ...databaseLooks, ...temporalLooks, ...shopLooks];
/** Of one look. A healthcheck waits for all of them. */
const LONGEST_MS = 10_000;
const CONNECT_MS = 5_000;

/** Looks at every part that a running Okuri needs and gives one finding per part. */
export async function examine(config: Config): Promise<Finding[]> {
  const url = config.databaseUrl?.reveal();
  let temporalError: unknown;
  const temporal = await connectTemporal(config, CONNECT_MS).catch((error: unknown) => {
    temporalError = error;
    return undefined;
  });
  const ground = { config, url, temporal, temporalError, now: new Date() };
  try {
    if (url === undefined || !(await reaches(url))) return await lookAtAll({ ...ground, db: undefined });
    return await withDatabase(url, (db) => lookAtAll({ ...ground, db }));
  } finally {
    await temporal?.close();
  }
}

const reaches = (url: string): Promise<boolean> =>
  demandDatabase(url).then(
    () => true,
    () => false,
  );

async function lookAtAll(ground: Ground): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { title, look } of LOOKS) {
    const said = await Promise.race([look(ground), tooLong()]).catch((error: unknown) => ({
      problem: error instanceof Error ? error.message : String(error),
    }));
    findings.push({ title: title(ground.config), ...said });
  }
  return findings;
}

const tooLong = (): Promise<Said> =>
  new Promise((done) => {
    const problem = `Nothing was found within ${LONGEST_MS / 1000} seconds: what is looked at is overloaded or hangs.`;
    setTimeout(() => done({ problem }), LONGEST_MS).unref();
  });

/** The findings as lines for a person. */
export function report(findings: readonly Finding[]): string {
  return findings
    .flatMap(({ title, problem, warning }) => [
      ...(problem === undefined ? [] : [`PROBLEM  ${title}: ${problem}`]),
      ...(warning === undefined ? [] : [`warning  ${title}: ${warning}`]),
      ...(problem === undefined && warning === undefined ? [`ok       ${title}`] : []),
    ])
    .join('\n');
}
