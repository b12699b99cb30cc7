import type { OrderFacts, OrderLine, OrderRef } from '../domain/order';
import type { FulfilmentBasket, FulfilmentLine, ShipTo } from '../fulfilment/provider';
import type { PackageModel } from '../rms/schemas/order';
import { orderModel } from '../rms/schemas/order';
import { readSnapshot } from '../store/orders';
import { currentFulfilment, ensureFulfilment, setFulfilmentState } from '../store/shipments';
import type { PairDemand } from '../store/skus';
import { demandOf } from '../store/skus';
import { addLines } from '../store/timeline';
import type { Assessment } from './assess';
import { assess, shopOf } from './assess';
import type { ActivityContext } from './context';
import { readOrder } from './read-order';

/**
 * Sends the shipping instruction behind the ship gate: the order is read again, and what was cancelled or changed
 * since it was checked does not leave. The fulfilment order has one id, so that a repeat is the same instruction.
 * @throws RmsError, FulfilmentError
 */
export const instruct = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const row = await readOrder(context, ref);
  const gate = await assess(context, ref);
  if (gate.step !== 'instruct' || row.facts === null) return gate;
  const shop = await shopOf(context, ref);
  const order = await ensureFulfilment(context.db, ref, shop.settings.fulfilmentProvider);
  await context.provider(shop).send({
    fulfilmentOrderId: order.fulfilmentOrderId,
    ...ref,
    baskets: await basketsOf(context, ref, row.facts),
  });
  await context.db.transaction(async (tx) => {
    await setFulfilmentState(tx, order.fulfilmentOrderId, 'open');
    await addLines(tx, ref, [{ code: 'fulfilment.requested', params: { provider: order.provider } }]);
  });
  return assess(context, ref);
};

const basketsOf = async (
  context: ActivityContext,
  ref: OrderRef,
  facts: OrderFacts,
): Promise<FulfilmentBasket[]> => {
  const lines = facts.baskets.flatMap((basket) => basket.lines);
  const demand = await demandOf(context.db, ref.shopId, lines);
  const snapshot = orderModel.parse(JSON.parse((await readSnapshot(context.db, context.vault, ref)) ?? '{}'));
  return facts.baskets.map((basket) => {
    const destination = snapshot.PackageModelList.find((to) => String(to.basketId) === basket.basketId);
    return {
      basketId: basket.basketId,
      ...(destination?.defaultDeliveryCompanyCode ? { carrier: destination.defaultDeliveryCompanyCode } : {}),
      ...(destination === undefined ? {} : { shipTo: shipToOf(destination) }),
      lines: basket.lines.flatMap((line) =>
        toLines(line, demand.get(`${line.manageNumber}/${line.variantId}`)),
      ),
    };
  });
};

const toLines = (line: OrderLine, demand: PairDemand | undefined): FulfilmentLine[] => {
  if (demand === undefined) return [];
  const { skuCode, parts } = demand;
  const plain = parts.length === 1 && parts[0]?.skuCode === skuCode;
  const components = parts.map((part) => ({ skuCode: part.skuCode, units: part.units * line.units }));
  return [{ itemDetailId: line.itemDetailId, skuCode, units: line.units, ...(plain ? {} : { components }) }];
};

const shipToOf = ({ SenderModel: to }: PackageModel): ShipTo => ({
  name: `${to?.familyName ?? ''} ${to?.firstName ?? ''}`.trim(),
  zipCode: `${to?.zipCode1 ?? ''}${to?.zipCode2 ?? ''}`,
  prefecture: to?.prefecture ?? '',
  city: to?.city ?? '',
  subAddress: to?.subAddress ?? '',
  phone: [to?.phoneNumber1, to?.phoneNumber2, to?.phoneNumber3].filter(Boolean).join('-'),
});

/** Takes the shipping instruction back; when the parcel has left, says so. @throws FulfilmentError */
export const recall = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const order = await currentFulfilment(context.db, ref);
  if (order !== undefined) {
    const outcome = await context.provider(await shopOf(context, ref)).recall(order.fulfilmentOrderId);
    await context.db.transaction(async (tx) => {
      await setFulfilmentState(tx, order.fulfilmentOrderId, outcome);
      await addLines(tx, ref, [
        { code: outcome === 'recalled' ? 'fulfilment.recalled' : 'fulfilment.too_late' },
      ]);
    });
  }
  return assess(context, ref);
};
