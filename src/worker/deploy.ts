import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { z } from 'zod';
import type { Logger } from '../log';
import {
  type Place,
  type Routing,
  readRouting,
  takeTurn,
  turnOf,
  VersionsUnavailable,
} from '../temporal/deployment';
import { hashOfBundle } from './bundle';
import { type Replayed, replayOpenWorkflows } from './replay-check';

/** This version of the workflow code must not be made current: open workflows would stand still with it. */
class DeployRefused extends Error {
  override readonly name = 'DeployRefused';
}

/** A sample of each kind and stage is what differs in code; a start cannot wait for all. */
const SAMPLE = { perKind: 20, budgetMs: 15_000, timeoutMs: 120_000 };
const NAMED = 3;

const manifest = z.object({ version: z.string() });

/** The version of this workflow code: that of the product, and what tells this code from any other. */
export const buildIdOf = (code: string): string => {
  const { version } = manifest.parse(
    JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')),
  );
  return `${version}-${hashOfBundle(code)}`;
};

/** A worker that starts with its version. */
export interface Deploy {
  /** Undefined where this Temporal has no versions of workers. */
  readonly buildId: string | undefined;
  /** To be called once the worker polls: makes its version current when it is its turn. */
  settle(): Promise<void>;
}

interface Options extends Place {
  readonly code: string;
  readonly log: Logger;
  /** Whether the version is made current whatever was current before. */
  readonly insists: boolean;
}

/**
 * Looks whether this version of the workflow code takes over, and whether it may: it has to replay a sample of the
 * workflows that are open. One that may not stays back and says so.
 * @throws DeployRefused when it may not, and insists
 */
export const prepareDeploy = async (options: Options): Promise<Deploy> => {
  const { code, log, insists } = options;
  const routing = await routingOf(options);
  if (routing === undefined) return { buildId: undefined, settle: async () => undefined };
  const buildId = buildIdOf(code);
  const stays = await reasonToStay(options, buildId, routing);
  return {
    buildId,
    settle: async () => {
      if (stays !== undefined) {
        log.error({ version: buildId, current: routing.current }, stays);
        return;
      }
      const turn = await takeTurn(options, buildId, insists);
      if (turn === 'stays_back')
        log.warn(
          { version: buildId, current: routing.current },
          'this version was replaced by another one and gets no workflows; go back to it with --make-current',
        );
      else
        log.info({ version: buildId }, turn === 'is_current' ? 'version is current' : 'version made current');
    },
  };
};

const routingOf = async (options: Options): Promise<Routing | undefined> => {
  try {
    return await readRouting(options);
  } catch (error) {
    if (!(error instanceof VersionsUnavailable)) throw error;
    options.log.warn(
      { reason: error.message },
      'this Temporal has no versions of workers, so this one runs without: stop all workers before you start others',
    );
    return undefined;
  }
};

const reasonToStay = async (
  { connection, namespace, code, insists }: Options,
  buildId: string,
  routing: Routing,
): Promise<string | undefined> => {
  if (turnOf(buildId, routing, insists) !== 'takes_over') return undefined;
  const found = await replayOpenWorkflows(new Client({ connection, namespace }), code, SAMPLE);
  if (found.differing.length === 0) return undefined;
  const reason = `Version ${buildId} of the workflow code is not made current: ${describeReplay(found)}`;
  if (!insists) return reason;
  throw new DeployRefused(
    `${reason} Nothing was changed. Go back to ${routing.current === undefined ? 'the version before' : `version ${routing.current}`}, or, ` +
      'on the embedded Temporal, let `okuri rebuild` start every open order anew from PostgreSQL.',
  );
};

/** What a replay found, in a sentence or two. */
export const describeReplay = ({ replayed, differing }: Replayed): string => {
  if (differing.length === 0) return `it replays all ${replayed} open workflows that were looked at.`;
  const named = differing.slice(0, NAMED).map(({ workflowId, problem }) => `${workflowId} (${problem})`);
  const more = differing.length > NAMED ? ', …' : '';
  return `${differing.length} of ${replayed} open workflows that were looked at would stand still with it: ${named.join(', ')}${more}.`;
};
