import type { z } from 'zod';
import { CARRIERS } from '../domain/carriers';
import type { HoldCode } from '../domain/holds';
import { HOLD_KINDS } from '../domain/holds';
import { endOfJstDay } from '../domain/jst';
import type { OrderFacts, OrderRef } from '../domain/order';
import { linesOf, RAKUTEN_STATUS } from '../domain/order';
import type { Language } from '../domain/texts';
import { say } from '../domain/texts';
import type { Hold } from '../store/holds';
import { openHolds } from '../store/holds';
import type { ListedOrder } from '../store/order-list';
import { findOrder } from '../store/orders';
import type { Shipment } from '../store/shipments';
import { listShipments } from '../store/shipments';
import { demandOf } from '../store/skus';
import { orderWorkflowId, workflowUrl } from '../temporal/ids';
import type { Deps } from './deps';
import { timelineOf } from './order-timeline';
import type { OrderItem, OrderView } from './order-view';
import { Problem } from './problems';

/** Where the dev server shows its UI when nobody says otherwise. */
const USUAL_UI = 'http://127.0.0.1:8233';

/** Holds whose cause tells a person something: SKUs, pairs, field groups, codes of Rakuten. The others' causes are keys of ours. */
const TELLING_CAUSES: readonly string[] = [
  'stock_short',
  'sku_unlinked',
  'outside_change',
  'confirm_refused',
  'shipping_refused',
] satisfies HoldCode[];

/** One order as it is shown to people. Raises `order_not_found`. */
export const showOrder = async (
  deps: Deps,
  ref: OrderRef,
  language: Language,
): Promise<z.input<typeof OrderView>> => {
  const { db } = deps;
  const row = await findOrder(db, ref);
  if (row === undefined)
    throw new Problem('order_not_found', `The shop ${ref.shopId} has no order ${ref.orderNumber} here.`);
  const lines = row.facts === null ? [] : linesOf(row.facts);
  const [holds, shipments, timeline, demand] = await Promise.all([
    openHolds(db, ref),
    listShipments(db, ref),
    timelineOf(db, ref, language),
    demandOf(db, ref.shopId, lines),
  ]);
  return {
    ...itemOf(deps, row, holds, language),
    lines: lines.map((line) => ({
      ...line,
      skuCode: demand.get(`${line.manageNumber}/${line.variantId}`)?.skuCode ?? null,
    })),
    shipments: shipments.map(shipmentView),
    timeline,
  };
};

/** An order as it stands in a list. */
export const itemOf = (
  { config }: Deps,
  row: ListedOrder,
  holds: readonly Hold[],
  language: Language,
): z.input<typeof OrderItem> => {
  const { shopId, orderNumber, stage, parked, rakutenStatus, workflowRunId: runId } = row;
  const workflowId = orderWorkflowId(row);
  const ui = config.temporalUiUrl ?? USUAL_UI;
  return {
    shopId,
    orderNumber,
    stage,
    parked,
    rakutenStatus,
    orderedAt: row.orderedAt?.toISOString() ?? null,
    importedAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    holds: holds.map((hold) => holdView(hold, language)),
    deadlines: row.facts === null || row.finishedAt !== null ? [] : deadlinesOf(row.facts),
    workflow: {
      workflowId,
      runId,
      url: workflowUrl(ui, config.temporal.namespace, workflowId, runId ?? undefined),
    },
  };
};

const holdView = (hold: Hold, language: Language): z.input<typeof OrderItem>['holds'][number] => ({
  id: hold.holdId,
  code: hold.code,
  text: hold.manual ? (hold.text ?? hold.cause) : holdText(language, hold),
  blocks: hold.blocks,
  since: hold.openedAt.toISOString(),
  releasableBy: releasableBy(hold),
});

/** Who may release a hold: a person's own hold and some automatic ones a person, the rest nobody. */
export const releasableBy = ({ manual, code }: Hold): 'system' | 'operator' =>
  manual || !isHoldCode(code) ? 'operator' : HOLD_KINDS[code].releasableBy;

/** Whether this is the code of a hold that opens by itself. */
export const isHoldCode = (code: string): code is HoldCode => Object.hasOwn(HOLD_KINDS, code);

const holdText = (language: Language, { code, cause }: Hold): string => {
  const name = isHoldCode(code) ? say(language, `hold.${code}`) : code;
  if (!TELLING_CAUSES.includes(code)) return name;
  return language === 'ja' ? `${name}(${cause})` : `${name} (${cause})`;
};

/** Both count to the end of their day in Japan (order reference §4.2); paying matters until Rakuten has the money. */
const deadlinesOf = (facts: OrderFacts): z.input<typeof OrderItem>['deadlines'] => {
  const { awaitingConfirmation, processing } = RAKUTEN_STATUS;
  const dates = [
    { code: 'confirm_by', day: facts.cancelDueDate, during: [awaitingConfirmation] },
    { code: 'pay_by', day: facts.paymentDueDate, during: [awaitingConfirmation, processing] },
  ] as const;
  return dates.flatMap(({ code, day, during }) =>
    day !== null && during.some((status) => status === facts.rakutenStatus)
      ? [{ code, at: endOfJstDay(day).toISOString() }]
      : [],
  );
};

const shipmentView = (row: Shipment): z.input<typeof OrderView>['shipments'][number] => ({
  basketId: row.basketId,
  carrier: row.carrier,
  carrierName: CARRIERS[row.carrier] ?? null,
  trackingNumber: row.trackingNumber,
  shippedOn: row.shippedOn,
  lines: row.lines,
  source: row.source,
  reportedAt: row.reportedAt?.toISOString() ?? null,
  refusedCode: row.refusedCode,
});
