import type { Target, Trouble } from './plan';

/** When a start of everything began, and when it said that it was ready; milliseconds since 1970. */
export interface Start {
  readonly beganAt: number;
  readonly readyAt: number;
}

/**
 * Where a chaos run takes place: how the processes are started, killed and started again, and where they are. Everything
 * else of a run knows the system by its addresses alone.
 */
export interface Environment {
  /** What can be killed here, and what else can go wrong. */
  readonly targets: readonly Target[];
  readonly troubles: readonly Trouble[];
  /** Within how many milliseconds of a start after a kill of everything the first order moves; undefined: it is not promised here. */
  readonly firstMoveMs?: number;
  /** Temporal's namespace. */
  readonly namespace: string;
  /** Directory whose files move the clocks of our processes (clock.cjs). */
  readonly clockDir: string;
  start(): Promise<Start>;
  /** Kills with SIGKILL and sees to it that it comes back. @returns the new start, where everything was killed */
  kill(target: Target): Promise<Start | undefined>;
  /** Stops the workers with SIGTERM, one after the other, each when the one before is back; where several can be. */
  restartWorkers?(): Promise<void>;
  /** Ends everything in order. */
  stop(): Promise<void>;
  /** The address of the API that a call of this path goes to. */
  apiUrl(path: string): string;
  token(): Promise<string>;
  sandboxUrl(): Promise<string>;
  databaseUrl(): Promise<string>;
  temporalAddress(): Promise<string>;
  /** The processes whose files a full disk or a stalled machine can be simulated for; undefined while they are down. */
  postgresPid(): Promise<number | undefined>;
  /** Files of JSON lines that our processes have written. */
  logs(): readonly string[];
}
