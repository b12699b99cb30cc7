import type { OrderRef } from '../domain/order';
import type { Transaction } from '../store/database';
import { lockOrder } from '../store/orders';
import { currentFulfilment, ensureFulfilment, noteRequested, setFulfilmentState } from '../store/shipments';
import type { Assessment } from './assess';
import { assess, shopOf } from './assess';
import type { ActivityContext } from './context';
import { NotVisibleYet } from './failures';
import { instructionOf } from './instruction';
import type { ReadLook } from './read-order';
import { readAndAssess } from './read-order';

/**
 * Sends the shipping instruction behind the ship gate: the order is read again, and what was cancelled or changed
 * since it was checked does not leave, nor what Rakuten does not show now although it did. The fulfilment order has one
 * id, so that a repeat is the same instruction. @throws RmsError, FulfilmentError, NotVisibleYet
 */
export const instruct = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const { assessment, snapshot, followed: ready } = await readAndAssess(context, ref, { after: makeReady });
  if (assessment.step === 'instruct' && snapshot === undefined)
    throw new NotVisibleYet(
      `Rakuten does not show order ${ref.orderNumber} any more: nothing is sent for it`,
    );
  if (ready === undefined) return assessment;
  const { order, situation, facts } = ready;
  await context.provider(situation.shop).send({
    fulfilmentOrderId: order.fulfilmentOrderId,
    ...ref,
    ...(await instructionOf(context.db, situation, facts, ready.snapshot)),
  });
  return assess(context, ref, async (tx) => {
    const row = await lockOrder(tx, ref);
    return { row, lines: await noteRequested(tx, order) };
  });
};

/** What leaves, when the gate is open: its fulfilment order stands from here on, and where it is sent from is settled. */
const makeReady = async (tx: Transaction, { assessment, situation, snapshot }: ReadLook) => {
  const facts = situation?.row.facts ?? null;
  if (assessment.step !== 'instruct' || situation === undefined) return undefined;
  if (facts === null || snapshot === undefined) return undefined;
  const { ref, shop } = situation;
  const order = await ensureFulfilment(tx, ref, shop.settings.fulfilmentProvider);
  return { order, situation, facts, snapshot };
};

/** Takes the shipping instruction back; when the parcel has left, says so. @throws FulfilmentError */
export const recall = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const order = await currentFulfilment(context.db, ref);
  if (order === undefined) return assess(context, ref);
  const outcome = await context.provider(await shopOf(context, ref)).recall(order.fulfilmentOrderId);
  return assess(context, ref, async (tx) => {
    const row = await lockOrder(tx, ref);
    // What is too late to take back was there, whether that was written down or not.
    const instruction = outcome === 'recalled' ? [] : await noteRequested(tx, order);
    await setFulfilmentState(tx, order.fulfilmentOrderId, outcome);
    const code = outcome === 'recalled' ? 'fulfilment.recalled' : 'fulfilment.too_late';
    return { row, lines: [...instruction, { code }] };
  });
};
