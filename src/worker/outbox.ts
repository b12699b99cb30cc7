import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { OrderRef } from '../domain/order';
import type { Database, Transaction } from '../store/database';
import { beginListingRead, wantsListings } from '../store/listing-reads';
import { finishedAmong } from '../store/orders';
import type { OutboxMessage } from '../store/outbox';
import { drainOutbox, OUTBOX_CHANNEL } from '../store/outbox';
import { findShop } from '../store/shops';
import { orderWorkflowId, WORKFLOW } from '../temporal/ids';
import { ensureSyncSchedule, triggerSync } from '../temporal/schedules';
import {
  credentialStartOptions,
  listingsStartOptions,
  orderAfterStartOptions,
  orderStartOptions,
} from '../temporal/start';
import { withTraceparent } from '../trace-context';
import { credentialChanged, orderChanged } from '../workflows/messages';
import { beginDailyReconciliation } from './daily-reconciliation';

const BATCH = 100;
/** A notification can be missed when the connection breaks; this is how long a message then waits at most. */
const POLL_MS = 2_000;
const RETRY_MS = 1_000;

/** What the drainer works with. */
export interface OutboxWiring {
  readonly db: Database;
  readonly pool: Pool;
  readonly client: Client;
  readonly log: Logger;
}

/** A running drainer of the outbox. */
export interface Drainer {
  /** Ends after the batch in hand. */
  close(): Promise<void>;
}

/**
 * Carries the outbox to Temporal, as long as the process lives. A message that cannot be delivered stays and is tried
 * again; delivering one twice does no more than once.
 */
export const startOutbox = (wiring: OutboxWiring): Drainer => {
  const bell = createBell();
  let closing = false;
  const loop = async (): Promise<void> => {
    let ear: Ear | undefined;
    while (!closing) {
      ear ??= await listen(wiring, bell.ring, () => {
        ear = undefined;
      });
      const more = await drainOnce(wiring);
      if (!more && !closing) await bell.wait(POLL_MS);
    }
    ear?.close();
  };
  const running = loop();
  return {
    close: async () => {
      closing = true;
      bell.ring();
      await running;
    },
  };
};

/** @returns whether there may be more to do at once */
const drainOnce = async (wiring: OutboxWiring): Promise<boolean> => {
  const { db, log } = wiring;
  try {
    const { taken, delivered } = await drainOutbox(db, BATCH, (messages, tx) =>
      deliver(messages, tx, wiring),
    );
    if (delivered < taken) await pause(RETRY_MS);
    return taken === BATCH;
  } catch (error) {
    log.warn({ err: error }, 'the outbox cannot be drained; trying again');
    await pause(RETRY_MS);
    return false;
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const deliver = async (
  messages: readonly OutboxMessage[],
  tx: Transaction,
  wiring: OutboxWiring,
): Promise<number[]> => {
  const refs = messages.flatMap(({ shopId, orderNumber }) =>
    orderNumber === null ? [] : [{ shopId, orderNumber }],
  );
  const finished = await finishedAmong(tx, refs);
  const seen = new Set<string>();
  const outcomes = await Promise.all(
    messages.map(async (message) => {
      const key = `${message.kind}/${message.shopId}/${message.orderNumber ?? ''}`;
      if (seen.has(key)) return message.messageId;
      seen.add(key);
      try {
        await withTraceparent(message.traceparent, () => carry(message, finished, tx, wiring));
        return message.messageId;
      } catch (error) {
        wiring.log.warn(
          { err: error, kind: message.kind, shopId: message.shopId },
          'a message stays in the outbox',
        );
        return undefined;
      }
    }),
  );
  return outcomes.flatMap((id) => id ?? []);
};

const carry = async (
  { kind, shopId, orderNumber }: OutboxMessage,
  finished: ReadonlySet<string>,
  tx: Transaction,
  { db, client }: OutboxWiring,
): Promise<void> => {
  if (kind === 'shop.schedule') {
    const shop = await findShop(tx, shopId);
    if (shop === undefined) return;
    await ensureSyncSchedule(client, {
      shopId,
      intervalSeconds: shop.settings.syncIntervalSeconds,
      paused: shop.retiredAt !== null || !shop.settings.automaticOrderIntegration,
    });
    return;
  }
  if (kind === 'shop.sync') {
    const shop = await findShop(tx, shopId);
    if (shop?.retiredAt === null && shop.settings.automaticOrderIntegration)
      await triggerSync(client, shopId);
    return;
  }
  if (kind === 'shop.credentials') {
    await client.workflow.signalWithStart(WORKFLOW.credential, {
      ...credentialStartOptions(shopId),
      signal: credentialChanged,
    });
    return;
  }
  if (kind === 'listings.read') return readListings(shopId, db, client);
  if (kind === 'stock.reconcile') {
    // Not in this transaction: the workflow looks for the reconciliation at once.
    await beginDailyReconciliation(db, client, shopId);
    return;
  }
  if (orderNumber === null) return;
  if (kind === 'order.after') {
    await client.workflow.signalWithStart(WORKFLOW.orderAfter, {
      ...orderAfterStartOptions({ shopId, orderNumber }),
      signal: orderChanged,
    });
    return;
  }
  if (finished.has(`${shopId}/${orderNumber}`)) return tellOfEnd(client, { shopId, orderNumber });
  await client.workflow.signalWithStart(WORKFLOW.order, {
    ...orderStartOptions({ shopId, orderNumber }),
    signal: orderChanged,
  });
};

/**
 * An order that ended is started no more. Where synchronisation saw its end before its workflow did, that one still
 * waits for news.
 */
const tellOfEnd = async (client: Client, ref: OrderRef): Promise<void> => {
  try {
    await client.workflow.getHandle(orderWorkflowId(ref)).signal(orderChanged);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
};

/**
 * Begins the daily reading, unless it has been read meanwhile; one that runs already is only made sure of. What is begun
 * is committed before the message is, since its workflow looks for it at once.
 */
const readListings = async (shopId: string, db: Database, client: Client): Promise<void> => {
  const shop = await findShop(db, shopId);
  if (shop === undefined || !(await wantsListings(db, shop, new Date()))) return;
  const outcome = await beginListingRead(db, shopId, 'schedule');
  const justBegun = 'begun' in outcome;
  const read = justBegun ? outcome.begun : outcome.running;
  await client.workflow.start(WORKFLOW.readListings, listingsStartOptions(read, justBegun));
};

/** A connection that listens. */
interface Ear {
  close(): void;
}

/** Listens for commits that wrote messages. Without it the drainer still polls. */
const listen = async (
  { pool, log }: OutboxWiring,
  ring: () => void,
  lost: () => void,
): Promise<Ear | undefined> => {
  try {
    const client = await pool.connect();
    client.on('notification', ring);
    let gone = false;
    client.on('error', (error) => {
      if (gone) return;
      gone = true;
      log.warn({ err: error }, 'the outbox listener lost its connection; it listens again');
      client.release(error);
      lost();
    });
    await client.query(`listen ${OUTBOX_CHANNEL}`);
    return {
      close: () => {
        // What its connection says while it is being closed is no loss.
        gone = true;
        client.release(true);
      },
    };
  } catch (error) {
    log.warn({ err: error }, 'the outbox cannot listen; polling');
    return undefined;
  }
};

/** A bell that is waited for: rung before the wait, it does not wait. */
const createBell = () => {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: (): void => {
      rung = true;
      wake?.();
    },
    wait: (ms: number): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          wake = undefined;
          rung = false;
          resolve();
        };
        const timer = setTimeout(done, ms);
        wake = done;
        if (rung) done();
      }),
  };
};
