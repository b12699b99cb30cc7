import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Config } from '../config';

type TemporalConfig = Pick<Config, 'temporal'>;

const CONNECT_TIMEOUT_MS = 15_000;

/** Temporal does not answer; the message names the address and what to check. */
class TemporalUnreachable extends Error {
  override readonly name = 'TemporalUnreachable';
  constructor(address: string, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(
      `Temporal does not answer at ${address}: ${detail}. Check that it runs there, TEMPORAL_ADDRESS, the API key and TLS.`,
      { cause },
    );
  }
}

/** Connects a client (API, schedules, signals). Raises TemporalUnreachable after 15 seconds, or the time given. */
export async function connectTemporal(
  { temporal }: TemporalConfig,
  connectTimeout = CONNECT_TIMEOUT_MS,
): Promise<Connection> {
  try {
    return await Connection.connect({ ...temporal.connection.reveal(), connectTimeout });
  } catch (error) {
    throw new TemporalUnreachable(addressOf(temporal), error);
  }
}

/** Connects a worker. Loads the SDK's native part, which a process without workers does not need. Raises TemporalUnreachable after 15 seconds. */
export async function nativeConnection({ temporal }: TemporalConfig): Promise<NativeConnection> {
  const { NativeConnection: Native } = await import('@temporalio/worker');
  const connecting = Native.connect(temporal.connection.reveal());
  const late = new AbortController();
  try {
    return await Promise.race([connecting, tooLate(late.signal)]);
  } catch (error) {
    // A connection that comes after all is not left open.
    connecting.then((connection) => connection.close()).catch(() => undefined);
    throw new TemporalUnreachable(addressOf(temporal), error);
  } finally {
    late.abort();
  }
}

async function tooLate(signal: AbortSignal): Promise<never> {
  await sleep(CONNECT_TIMEOUT_MS, undefined, { signal });
  throw new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} seconds`);
}

function addressOf({ address }: Config['temporal']): string {
  return address ?? 'localhost:7233';
}
