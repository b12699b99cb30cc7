import { randomUUID } from 'node:crypto';
import type { OrderRef } from '../../src/domain/order';
import { listKeys } from '../../src/store/credentials';
import { addManualHold } from '../../src/store/holds';
import { ensureOrder, findOrder, lockOrder } from '../../src/store/orders';
import { findRenewal } from '../../src/store/renewals';
import { listMovements } from '../../src/store/stock';
import type { DevServer } from '../../src/temporal/dev-server';
import { ORDER_DRIVER, orderWorkflowId, WORKFLOW } from '../../src/temporal/ids';
import { OkuriShopId, OkuriStage } from '../../src/temporal/search-attributes';
import { credentialStartOptions, orderStartOptions } from '../../src/temporal/start';
import type { OrderStatus } from '../../src/workflows/messages';
import { credentialChanged, orderChanged, orderDecided, retryOrder } from '../../src/workflows/messages';
import { apiOver } from '../api/support';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/histories';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';
import { temporalWith } from '../support/temporal';

/** So many events make the server suggest a new run here, instead of 4,096: more than an order has until it is instructed. */
const LIMIT = 60;

/** The signal, and a workflow task that is scheduled, started and completed. */
const EVENTS_OF_A_WAKE = 4;

/** How long people wait for an answer: less than the minute after which an update gives up waiting for its order. */
const PATIENCE_MS = 30_000;

describe('a workflow whose history has grown long', () => {
  let server: DevServer;
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    server = await temporalWith(`limit.historyCount.suggestContinueAsNew=${LIMIT}`);
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      stockSync: 'shipment',
      // Nothing but the test is to wake an order.
      syncIntervalSeconds: 86_400,
    });
    workshop = await startWorkshop(house, { at: server.address });
    desk = deskOf(house, workshop);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
    await desk.sell('tea', 100);
  }, 120_000);
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
    await server?.stop();
  });

  const handleOf = (ref: OrderRef, runId?: string) =>
    workshop.client.workflow.getHandle(orderWorkflowId(ref), runId);
  const runOf = async (ref: OrderRef): Promise<string> => (await handleOf(ref).describe()).runId;

  /** An order that waits for Rakuten to move it on. */
  const confirmed = async (): Promise<OrderRef> => {
    const ref = await desk.buy('tea', 2);
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    return ref;
  };
  /** An order that waits for its parcel. */
  const instructed = async (): Promise<OrderRef> => {
    const ref = await confirmed();
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    return ref;
  };

  /** Wakes a waiting order without news until it goes on in another run. @returns the id of that run */
  const untilContinued = async (ref: OrderRef): Promise<string> => {
    const first = await runOf(ref);
    for (let woken = 0; woken < LIMIT; woken += 1) {
      const before = (await handleOf(ref).describe()).historyLength;
      await handleOf(ref).signal(orderChanged);
      const { runId } = await eventually(
        () => handleOf(ref).describe(),
        // A run that has just begun may rest for a second first: the look has been taken when its task is there too.
        (now) =>
          now.runId !== first ||
          (now.historyLength >= before + EVENTS_OF_A_WAKE && !now.raw.pendingWorkflowTask),
      );
      if (runId !== first) return runId;
    }
    throw new Error(`Order ${ref.orderNumber} was woken ${LIMIT} times and is still in its first run`);
  };

  /**
   * Makes the next wake of an order the one in which a new run is suggested, and lets an update come with it: while the
   * order is at its row, which is locked, Temporal keeps whatever arrives for the next workflow task.
   */
  const updateAtTheLimit = async (
    ref: OrderRef,
    update: typeof retryOrder | typeof orderDecided,
    begin: () => Promise<unknown> = () => handleOf(ref).signal(orderChanged),
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<OrderStatus> => {
    const updateId = randomUUID();
    const underWay: Promise<unknown>[] = [];
    let answer: Promise<OrderStatus> | undefined;
    await house.database.db.transaction(async (tx) => {
      await lockOrder(tx, ref);
      underWay.push(begin());
      await eventually(waitingForLocks, (waiting) => waiting > 0);
      await meanwhile();
      for (let sent = 0; sent < LIMIT; sent += 1) await handleOf(ref).signal(orderChanged);
      answer = ask(ref, update, updateId);
      underWay.push(answer);
      await eventually(() => hasArrived(ref, updateId), Boolean);
    });
    await Promise.all(underWay);
    if (answer === undefined) throw new Error('The update was not sent');
    return answer;
  };
  const ask = (ref: OrderRef, update: typeof retryOrder | typeof orderDecided, updateId = randomUUID()) =>
    workshop.client.withDeadline(Date.now() + PATIENCE_MS, () =>
      handleOf(ref).executeUpdate(update, { updateId }),
    );
  const waitingForLocks = async (): Promise<number> => {
    const { rows } = await house.database.pool.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0]?.waiting ?? 0;
  };
  const hasArrived = (ref: OrderRef, updateId: string): Promise<boolean> =>
    workshop.client.workflowService
      .pollWorkflowExecutionUpdate({
        namespace: workshop.namespace,
        updateRef: { workflowExecution: { workflowId: orderWorkflowId(ref) }, updateId },
      })
      .then(
        () => true,
        () => false,
      );

  /** What a run was started with. */
  const inputOf = async (ref: OrderRef, runId: string): Promise<unknown> => {
    const { events } = await handleOf(ref, runId).fetchHistory();
    const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    return JSON.parse(Buffer.from(input ?? []).toString('utf8'));
  };
  const shipAndClose = async (ref: OrderRef): Promise<void> => {
    await desk.ship(ref);
    await desk.reaches(ref, 'shipping_reported');
    await house.control('POST', '/control/night', {});
    await desk.sync();
    await desk.reaches(ref, 'completed');
  };
  /** Confirmed once, one row for the parcel, closed at Rakuten; in the ledger each line is reserved and consumed once. */
  const isShippedOnce = async (ref: OrderRef): Promise<void> => {
    const { order, books } = await desk.atRakuten(ref);
    expect(books.confirmed).toBe(1);
    expect(order.orderProgress).toBe(500);
    expect(order.PackageModelList.map((to) => to.ShippingModelList.length)).toEqual([1]);
    const movements = await listMovements(house.database.db, { orderNumber: ref.orderNumber }, 0, 100);
    expect(movements.map(({ kind, quantity }) => `${kind} ${quantity}`)).toEqual(['reserve 2', 'consume 2']);
  };

  it('of an order goes on in a new run under its own id to its end: reported once, consumed once, completed at Rakuten', async () => {
    const ref = await instructed();
    const first = await runOf(ref);
    const next = await untilContinued(ref);
    await shipAndClose(ref);
    await isShippedOnce(ref);
    expect(await inputOf(ref, next)).toEqual({ ...ref, driver: ORDER_DRIVER });
    expect((await handleOf(ref, first).describe()).status.name).toBe('CONTINUED_AS_NEW');
    const last = await eventually(
      () => handleOf(ref).describe(),
      ({ status }) => status.name !== 'RUNNING',
    );
    // One new run, and not one after the other.
    expect([last.runId, last.status.name]).toEqual([next, 'COMPLETED']);
    expect(last.typedSearchAttributes.get(OkuriShopId)).toBe(ref.shopId);
    expect(last.typedSearchAttributes.get(OkuriStage)).toBe('completed');
    expect(await findOrder(house.database.db, ref)).toMatchObject({ workflowRunId: next });
    await recordHistory('order-0.1.0-continued-as-new', handleOf(ref, first));
    await recordHistory('order-0.1.0-after-continue-as-new', handleOf(ref, next));
  }, 120_000);

  it('of an order reads Rakuten at once for a person who asks for another try just then, and goes on in a new run after that', async () => {
    const ref = await confirmed();
    const first = await runOf(ref);
    await desk.fix(ref);
    expect(await updateAtTheLimit(ref, retryOrder)).toMatchObject({ stage: 'instructed' });
    await untilContinued(ref);
    await recordHistory('order-0.1.0-answered-before-continuing', handleOf(ref, first));
    await shipAndClose(ref);
    await isShippedOnce(ref);
  }, 120_000);

  it('of an order acts at once upon what a person decides just then, and goes on in a new run after that', async () => {
    const ref = await confirmed();
    const text = 'call first';
    await addManualHold(house.database.db, ref, { code: 'call_buyer', text, blocks: 'ship', actor: 'test' });
    expect(await updateAtTheLimit(ref, orderDecided)).toMatchObject({ holds: ['call_buyer'] });
    await untilContinued(ref);
  }, 120_000);

  it('of an order reads Rakuten once more for a person who asks while it is being read', async () => {
    const ref = await confirmed();
    // What the first reading brings is older than what the second one is asked for.
    const begin = () => ask(ref, retryOrder);
    await updateAtTheLimit(ref, retryOrder, begin, () => desk.fix(ref));
    await desk.reaches(ref, 'instructed');
  }, 120_000);

  it('of an order answers every update that comes while it goes on in a new run', async () => {
    const ref = await instructed();
    const stages = new Set<string>();
    let asks = true;
    const asking = async (): Promise<void> => {
      while (asks) stages.add((await ask(ref, orderDecided)).stage);
    };
    const waking = async (): Promise<void> => {
      for (let runs = 0; runs < 2; runs += 1) await untilContinued(ref);
    };
    await Promise.all([
      asking(),
      waking().finally(() => {
        asks = false;
      }),
    ]);
    expect([...stages]).toEqual(['instructed']);
    await shipAndClose(ref);
    await isShippedOnce(ref);
  }, 120_000);

  it('of an order that was started by an earlier version goes on with the driver of today', async () => {
    const ref = await desk.buy('tea', 2);
    await ensureOrder(house.database.db, ref);
    const { shopId, orderNumber } = ref;
    const { firstExecutionRunId } = await workshop.client.workflow.start(WORKFLOW.order, {
      ...orderStartOptions(ref),
      args: [{ shopId, orderNumber }],
    });
    await desk.reaches(ref, 'awaiting_rakuten');
    const next = await untilContinued(ref);
    expect(await inputOf(ref, firstExecutionRunId)).toEqual(ref);
    expect(await inputOf(ref, next)).toEqual({ ...ref, driver: ORDER_DRIVER });
    await recordHistory('order-0.1.0-first-driver-continued-as-new', handleOf(ref, firstExecutionRunId));
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    await shipAndClose(ref);
    await isShippedOnce(ref);
  }, 120_000);

  it('of a shop’s keys goes on in a new run, which takes a new key into use', async () => {
    const { db } = house.database;
    const { workflow } = workshop.client;
    const { workflowId, firstRunId } = await workflow
      .signalWithStart(WORKFLOW.credential, {
        ...credentialStartOptions(SHOP.shopId),
        signal: credentialChanged,
      })
      .then((handle) => ({ workflowId: handle.workflowId, firstRunId: handle.signaledRunId }));
    const run = async () => (await workflow.getHandle(workflowId).describe()).runId;
    await eventually(
      async () => {
        await workflow.getHandle(workflowId).signal(credentialChanged);
        return run();
      },
      (runId) => runId !== firstRunId,
    );

    const licenseKey = 'SL123456_ponmlkjihgfedcba';
    await house.control('POST', `/control/shops/${SHOP.shopId}/keys`, { licenseKey, activeAfterSeconds: 0 });
    const api = apiOver({ db, vault: house.vault, temporal: workshop.client });
    const { body } = await api
      .as('post', `/v1/shops/${SHOP.shopId}/credentials/renewals`)
      .send({ licenseKey })
      .expect(202);
    await eventually(
      () => findRenewal(db, SHOP.shopId, body.renewalId),
      (renewal) => renewal?.state === 'live',
    );
    const keys = await listKeys(db, SHOP.shopId);
    expect(keys.filter(({ inUse }) => inUse)).toMatchObject([{ licenseKeyLast4: licenseKey.slice(-4) }]);
    await recordHistory('credential-0.1.0-continued-as-new', workflow.getHandle(workflowId, firstRunId));
  }, 120_000);
});
