import { Client, type Connection } from '@temporalio/client';
import { openOrders } from '../store/orders';
import { routingProblem } from '../temporal/deployment';
import { orderWorkflowId, WORKFLOW } from '../temporal/ids';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import type { Ground, Look, Said } from './look';

const FEWEST_DAYS = 7;
const DAY_S = 86_400;
const DEADLINE_MS = 5_000;
/** Beyond so many orders only their number is compared. */
const MOST_ORDERS = 2_000;
const NAMED = 5;

/** Temporal, and whether it knows what PostgreSQL knows. */
export const temporalLooks: readonly Look[] = [
  { title: ({ temporal }) => `Temporal at ${temporal.address ?? '(none known)'}`, look: lookAtServer },
  { title: ({ temporal }) => `namespace ${temporal.namespace}`, look: lookAtNamespace },
  { title: () => 'search attributes', look: lookAtAttributes },
  { title: () => 'versions of workers', look: lookAtVersions },
  { title: () => 'workflows of open orders', look: lookAtOrders },
];

async function lookAtServer({ temporal, temporalError }: Ground): Promise<undefined> {
  if (temporal === undefined) throw temporalError;
}

const whereReached = (
  ground: Ground,
  look: (connection: Connection) => Promise<Said | undefined>,
): Promise<Said | undefined> => {
  const { temporal } = ground;
  if (temporal === undefined) return Promise.resolve(undefined);
  return temporal.withDeadline(Date.now() + DEADLINE_MS, () => look(temporal));
};

function lookAtNamespace(ground: Ground): Promise<Said | undefined> {
  const { namespace } = ground.config.temporal;
  return whereReached(ground, async ({ workflowService }) => {
    const { config } = await workflowService.describeNamespace({ namespace }).catch((cause: unknown) => {
      throw new Error(
        `Temporal does not show it (${cause instanceof Error ? cause.message : cause}): without it no order goes on. Create it, or correct TEMPORAL_NAMESPACE.`,
      );
    });
    const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_S;
    if (days >= FEWEST_DAYS) return undefined;
    return {
      warning: `Closed workflows are kept for ${days.toFixed(1)} days: what an order went through cannot be looked up after that. Set the retention to 90 days.`,
    };
  });
}

function lookAtAttributes(ground: Ground): Promise<Said | undefined> {
  return whereReached(ground, async (connection) => {
    await ensureSearchAttributes(connection, ground.config.temporal.namespace);
    return undefined;
  });
}

function lookAtVersions(ground: Ground): Promise<Said | undefined> {
  const { namespace } = ground.config.temporal;
  return whereReached(ground, async (connection) => {
    const problem = await routingProblem({ connection, namespace });
    return problem === undefined ? undefined : { problem };
  });
}

/** Both ways; what differs for a moment while orders come and go is no more than a warning. */
function lookAtOrders(ground: Ground): Promise<Said | undefined> {
  const { db, config } = ground;
  return whereReached(ground, async (connection) => {
    if (db === undefined) return undefined;
    const open = (await openOrders(db, undefined, undefined, MOST_ORDERS)).map(orderWorkflowId);
    const client = new Client({ connection, namespace: config.temporal.namespace });
    const query = `WorkflowType = '${WORKFLOW.order}' and ExecutionStatus = 'Running'`;
    const { count } = await client.workflow.count(query);
    if (open.length === MOST_ORDERS || count > MOST_ORDERS)
      return count < open.length ? missing(`at least ${open.length - count}`, []) : undefined;
    const running = new Set<string>();
    for await (const { workflowId } of client.workflow.list({ query })) running.add(workflowId);
    const known = new Set(open);
    const lost = open.filter((id) => !running.has(id));
    const strays = [...running].filter((id) => !known.has(id));
    if (lost.length > 0) return missing(String(lost.length), lost);
    if (strays.length === 0) return undefined;
    return {
      warning: `${strays.length} workflows run for orders that are finished or unknown here: ${named(strays)}. They end by themselves unless the database was restored; terminate those that stay in Temporal UI.`,
    };
  });
}

const named = (ids: readonly string[]): string =>
  `${ids.slice(0, NAMED).join(', ')}${ids.length > NAMED ? ', …' : ''}`;

const missing = (count: string, ids: readonly string[]): Said => ({
  warning: `${count} open orders have no running workflow${ids.length > 0 ? ` (${named(ids)})` : ''}, so nothing happens to them. A worker starts them again when it starts and once an hour; restart one to have it now.`,
});
