import { rm } from 'node:fs/promises';
import { started } from './started';

/** Stops the servers of a run and removes their directories. */
export default async function globalTeardown(): Promise<void> {
  await Promise.all(started.servers.map((server) => server.stop()));
  for (const dir of started.dirs) await rm(dir, { recursive: true, force: true });
}
