import type { z } from 'zod';
import { CARRIERS } from '../domain/carriers';
import { deadlinesOf } from '../domain/deadlines';
import type { HoldCode } from '../domain/holds';
import { HOLD_KINDS } from '../domain/holds';
import type { OrderRef } from '../domain/order';
import { linesOf } from '../domain/order';
import { chosenShipFrom } from '../domain/ship-from';
import { progressOf } from '../domain/shipping';
import type { Language } from '../domain/texts';
import { isTextCode, say } from '../domain/texts';
import type { Cancellation } from '../store/cancellations';
import { lastCancellation } from '../store/cancellations';
import type { Hold } from '../store/holds';
import { openHolds } from '../store/holds';
import type { ListedOrder } from '../store/order-list';
import type { OrderRow } from '../store/orders';
import { findOrder } from '../store/orders';
import { orderOfReservation } from '../store/reservations';
import type { Shipment } from '../store/shipments';
import { listShipments } from '../store/shipments';
import type { Shop } from '../store/shops';
import { findShop } from '../store/shops';
import { demandOf } from '../store/sku-links';
import { orderWorkflowId, workflowUrl } from '../temporal/ids';
import type { Deps } from './deps';
import { timelineOf } from './order-timeline';
import type { OrderItem, OrderView } from './order-view';
import { Problem } from './problems';

/** Where the dev server shows its UI when nobody says otherwise. */
export const USUAL_UI = 'http://127.0.0.1:8233';

/** Holds whose cause tells a person something: SKUs, pairs, field groups, codes of Rakuten. The others' causes are keys of ours. */
const TELLING_CAUSES: readonly string[] = [
  'address_doubtful',
  'deadline_conflict',
  'cancel_refused',
  'parcel_left',
  'stock_short',
  'sku_unlinked',
  'outside_change',
  'confirm_refused',
  'shipping_refused',
] satisfies HoldCode[];

/** One order as it is shown to people, also by the number it was reserved under. Raises `order_not_found`. */
export const showOrder = async (
  deps: Deps,
  asked: OrderRef,
  language: Language,
): Promise<z.input<typeof OrderView>> => {
  const { db } = deps;
  const ref = (await orderOfReservation(db, asked)) ?? asked;
  const row = await findOrder(db, ref);
  if (row === undefined)
    throw new Problem('order_not_found', `The shop ${ref.shopId} has no order ${ref.orderNumber} here.`);
  const lines = row.facts === null ? [] : linesOf(row.facts);
  const [shop, holds, shipments, timeline, demand, cancellation] = await Promise.all([
    findShop(db, ref.shopId),
    openHolds(db, ref),
    listShipments(db, ref),
    timelineOf(db, ref, language, (workflowId, runId) => urlOf(deps, workflowId, runId)),
    demandOf(db, ref.shopId, lines),
    lastCancellation(db, ref),
  ]);
  return {
    ...itemOf(deps, row, holds, language),
    deadlines: deadlinesView(row, shop, shipments, holds),
    lines: lines.map((line) => ({
      ...line,
      skuCode: demand.get(`${line.manageNumber}/${line.variantId}`)?.skuCode ?? null,
    })),
    shipments: shipments.map(shipmentView),
    cancellation: cancellation === undefined ? null : cancellationView(cancellation),
    ...filing(row, shop),
    personalDataErasedAt: row.erasedAt?.toISOString() ?? null,
    reserveNumber: row.reserveNumber,
    timeline,
  };
};

/** Where an order is sent from and under whom it is filed, on our side only. */
const filing = (
  { shipFromId }: OrderRow,
  shop: Shop | undefined,
): Pick<z.input<typeof OrderView>, 'shipFrom' | 'customer'> => {
  const candidates = { rule: null, order: shipFromId, shop: shop?.settings.defaultShipFromId ?? null };
  const customer = shop?.settings.defaultCustomer ?? null;
  return {
    shipFrom: { ...chosenShipFrom(candidates), candidates },
    customer:
      customer === null
        ? { code: null, name: null, source: 'buyer' }
        : { code: customer.code, name: customer.name, source: 'default' },
  };
};

const urlOf = ({ config }: Deps, workflowId: string, runId?: string): string =>
  workflowUrl(config.temporalUiUrl ?? USUAL_UI, config.temporal.namespace, workflowId, runId);

const cancellationView = (row: Cancellation): z.input<typeof OrderView>['cancellation'] => ({
  state: row.state,
  reason: row.reason,
  restoreInventory: row.restoreInventory,
  refusedCode: row.refusedCode,
  requestedBy: row.requestedBy,
  requestedAt: row.requestedAt.toISOString(),
  settledAt: row.settledAt?.toISOString() ?? null,
});

/** An order as it stands in a list: of its deadlines the nearest. */
export const itemOf = (
  deps: Deps,
  row: ListedOrder,
  holds: readonly Hold[],
  language: Language,
): z.input<typeof OrderItem> => {
  const { shopId, orderNumber, stage, parked, rakutenStatus, workflowRunId: runId } = row;
  const workflowId = orderWorkflowId(row);
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
    deadlines:
      row.deadlineAt === null || row.deadlineCode === null
        ? []
        : [{ code: row.deadlineCode, at: row.deadlineAt.toISOString() }],
    workflow: {
      workflowId,
      runId,
      url: urlOf(deps, workflowId, runId ?? undefined),
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
  const told = cause
    .split(', ')
    .map((part) => {
      const code = `cause.${part}`;
      return isTextCode(code) ? say(language, code) : part;
    })
    .join(language === 'ja' ? '、' : ', ');
  return language === 'ja' ? `${name}(${told})` : `${name} (${told})`;
};

/** Every deadline of an open order, the nearest first. */
const deadlinesView = (
  { facts, finishedAt }: OrderRow,
  shop: Shop | undefined,
  parcels: readonly Shipment[],
  holds: readonly Hold[],
): z.input<typeof OrderView>['deadlines'] => {
  if (facts === null || finishedAt !== null || shop === undefined) return [];
  const deadlines = deadlinesOf({
    facts,
    calendar: shop.settings,
    ...progressOf(facts.baskets, parcels),
    parcelLeftSince: holds.find(({ code }) => code === 'parcel_left')?.openedAt ?? null,
  });
  return deadlines.map(({ code, at }) => ({ code, at: at.toISOString() }));
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
