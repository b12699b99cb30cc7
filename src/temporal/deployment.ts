import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionLike } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { TASK_QUEUE } from './ids';

/** The name under which Temporal knows the versions of our workflow code. */
export const DEPLOYMENT = 'okuri';

/** A Temporal, and the namespace in it. */
export interface Place {
  readonly connection: ConnectionLike;
  readonly namespace: string;
}

/** Which version of the workflow code gets the tasks of workflows. */
export interface Routing {
  /** Undefined: workers without a version get them. */
  readonly current: string | undefined;
  /** Versions that are or once were current. */
  readonly hadTurn: ReadonlySet<string>;
  /** Changes with the routing: what is decided by this one is refused when another decided meanwhile. */
  readonly token?: Uint8Array | null;
}

/** What a worker that starts does about its version. */
export type Turn = 'is_current' | 'takes_over' | 'stays_back';

/** Of gRPC's codes those that tell us something. */
const GRPC = {
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
} as const;
const codeOf = (error: unknown): number | undefined => (isGrpcServiceError(error) ? error.code : undefined);

/** The namespace has no versions of workers: an older server, or one that does not let us. */
export class VersionsUnavailable extends Error {
  override readonly name = 'VersionsUnavailable';
}

const CALL_MS = 10_000;
/** A worker's first poll is known to the server within a second or two. */
const POLLERS_SEEN_MS = 30_000;
const AGAIN_MS = 100;

/** Reads the routing. Raises VersionsUnavailable where this Temporal has no versions of workers. */
export const readRouting = async ({ connection, namespace }: Place): Promise<Routing> => {
  try {
    const answer = await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT }),
    );
    const info = answer.workerDeploymentInfo;
    return {
      current: info?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined,
      hadTurn: new Set(
        (info?.versionSummaries ?? []).flatMap(({ firstActivationTime, deploymentVersion }) =>
          firstActivationTime && deploymentVersion?.buildId ? [deploymentVersion.buildId] : [],
        ),
      ),
      token: answer.conflictToken,
    };
  } catch (error) {
    const code = codeOf(error);
    if (code === GRPC.notFound) return { current: undefined, hadTurn: new Set() };
    if (code === GRPC.unimplemented || code === GRPC.permissionDenied)
      throw new VersionsUnavailable(isGrpcServiceError(error) ? error.details : String(error), {
        cause: error,
      });
    throw error;
  }
};

/** The routing, or undefined where this Temporal has no versions of workers. */
export const routingIfAny = (place: Place): Promise<Routing | undefined> =>
  readRouting(place).catch((error: unknown) => {
    if (error instanceof VersionsUnavailable) return undefined;
    throw error;
  });

/**
 * What a worker that starts does about its version: a new one takes over, one that had its turn and was replaced stays
 * back, so that an old worker that restarts changes nothing. Who `insists` takes over in any case.
 */
export const turnOf = (own: string, { current, hadTurn }: Routing, insists: boolean): Turn => {
  if (current === own) return 'is_current';
  if (insists) return 'takes_over';
  if (hadTurn.has(own)) return 'stays_back';
  return current !== undefined && isOlder(own, current) ? 'stays_back' : 'takes_over';
};

/** Whether the product version that a build id begins with is lower. */
const isOlder = (one: string, other: string): boolean => {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  const differs = a.findIndex((number, index) => number !== b[index]);
  return differs >= 0 && (a[differs] ?? 0) < (b[differs] ?? 0);
};
const numbersOf = (buildId: string): number[] => (buildId.split('-')[0] ?? '').split('.').map(Number);

/**
 * Makes a version current, once the server has seen that a worker of it polls, unless it is no longer its turn by then.
 * @returns what came of it
 */
export const takeTurn = async (place: Place, own: string, insists: boolean): Promise<Turn> => {
  const { connection, namespace } = place;
  const giveUpAt = Date.now() + POLLERS_SEEN_MS;
  for (;;) {
    const routing = await readRouting(place);
    const turn = turnOf(own, routing, insists);
    if (turn !== 'takes_over') return turn;
    try {
      await connection.withDeadline(Date.now() + CALL_MS, () =>
        connection.workflowService.setWorkerDeploymentCurrentVersion({
          ...{ namespace, deploymentName: DEPLOYMENT, buildId: own },
          ...(routing.token && { conflictToken: routing.token }),
        }),
      );
      return turn;
    } catch (error) {
      if (!isTooEarly(error) || Date.now() > giveUpAt) throw error;
      await sleep(AGAIN_MS);
    }
  }
};

/** The server has not seen the worker yet, or another one changed the routing meanwhile. */
const isTooEarly = (error: unknown): boolean =>
  [GRPC.notFound, GRPC.failedPrecondition, GRPC.aborted].some((code) => code === codeOf(error));

/** A worker polls at least once in a minute; the server remembers those that went for longer. */
const POLLED_WITHIN_MS = 90_000;

/**
 * Why workflows get no tasks although workers run: no version of theirs is current, or the current one has no worker.
 * @returns what is wrong and what to do; undefined when all is well or this Temporal has no versions
 */
export const routingProblem = async (place: Place): Promise<string | undefined> => {
  const { connection, namespace } = place;
  const routing = await routingIfAny(place);
  if (routing === undefined) return undefined;
  const { pollers } = await connection.withDeadline(Date.now() + CALL_MS, () =>
    connection.workflowService.describeTaskQueue({
      ...{ namespace, taskQueue: { name: TASK_QUEUE }, taskQueueType: 1 },
    }),
  );
  const now = Date.now();
  const living = (pollers ?? []).filter(
    ({ lastAccessTime }) => now - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLED_WITHIN_MS,
  );
  return whatIsWrong(
    routing.current,
    living.map(({ deploymentOptions }) =>
      deploymentOptions?.deploymentName === DEPLOYMENT ? (deploymentOptions.buildId ?? undefined) : undefined,
    ),
  );
};

/** `running`: the version of each worker that polls; undefined: it has none. */
const whatIsWrong = (
  current: string | undefined,
  running: readonly (string | undefined)[],
): string | undefined => {
  if (running.length === 0 || running.includes(current)) return undefined;
  const others = [...new Set(running.map((version) => version ?? 'without a version'))].join(', ');
  const [now, workers] =
    current === undefined
      ? ['No version of the workers is current', 'no worker without a version runs']
      : [`Version ${current} of the workers is current`, 'no worker of it runs'];
  return (
    `${now}, and ${workers}, but ${others}: no order goes on. Start the version that is current, or make ` +
    'the one that runs current with `okuri worker --make-current`.'
  );
};
