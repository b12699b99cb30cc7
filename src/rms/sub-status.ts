import { z } from 'zod';
import type { RmsIssue } from './errors';
import { callOrderApi, isError, refusalOf, requireNoError, writeOrder } from './order-call';
import { issuesOf, parseAnswer } from './parse';
import { orderNumbers, requireValid } from './request';
import { type MessageModel, messageAnswer } from './schemas/messages';
import { lenientNumber } from './schemas/wire';
import type { RmsConnection } from './transport';

/** A sub-status that the shop has set up; it belongs to one status (reference, order API §6.2). */
export interface SubStatus {
  /** The status that it hangs under, 100…900. */
  readonly orderProgress: number;
  readonly subStatusId: number;
  readonly subStatusName: string;
  /** Its place among those of the status; undefined where Rakuten does not tell. */
  readonly orderby: number | undefined;
}

/** Answer of getSubStatusList; its lists may be missing or null. No sample of it is public. */
const subStatusAnswer = z.looseObject({
  MessageModelList: messageAnswer.shape.MessageModelList.nullish(),
  StatusModelList: z
    .array(
      z.looseObject({
        orderProgress: lenientNumber,
        SubStatusModelList: z
          .array(
            z.looseObject({
              subStatusId: lenientNumber,
              subStatusName: z.string(),
              orderby: lenientNumber.nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/**
 * getSubStatusList (reference §6.2): every sub-status of the shop; empty when it has set up none.
 * @throws RmsError
 */
export async function getSubStatusList(connection: RmsConnection): Promise<readonly SubStatus[]> {
  const operation = 'getSubStatusList';
  const json = await callOrderApi(connection, operation, 'read', {});
  const answer = parseAnswer(subStatusAnswer, json, { operation, effect: 'read' });
  requireNoError(operation, answer.MessageModelList ?? []);
  return (answer.StatusModelList ?? []).flatMap(({ orderProgress, SubStatusModelList }) =>
    (SubStatusModelList ?? []).map(({ subStatusId, subStatusName, orderby }) => ({
      orderProgress,
      subStatusId,
      subStatusName,
      orderby: orderby ?? undefined,
    })),
  );
}

/** One sub-status for up to 100 orders. `null` takes away the one that an order has. */
export interface SubStatusUpdate {
  readonly subStatusId: number | null;
  readonly orderNumbers: readonly string[];
}

/**
 * What updateOrderSubStatus says about one order number. `does_not_fit`: the sub-status is not of the order's present
 * status. `no_answer`: send it again, or look the order up.
 */
export type SubStatusUpdateAnswer =
  | { readonly kind: 'updated' | 'cancelled' | 'does_not_fit' | 'no_answer' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

const subStatusUpdate = z.strictObject({
  subStatusId: z.number().int().positive().nullable(),
  orderNumbers,
});

/** What of a change of sub-status Rakuten would refuse; empty when it may be sent (reference §6.2). */
export const checkSubStatusUpdate = (update: SubStatusUpdate): readonly RmsIssue[] =>
  issuesOf(subStatusUpdate, update);

/** Expected outcomes by the end of their message code (reference §6.2). */
const OUTCOME = { INFO_101: 'updated', ERROR_101: 'cancelled', ERROR_102: 'does_not_fit' } as const;

const isOutcome = (code: string): code is keyof typeof OUTCOME => Object.hasOwn(OUTCOME, code);

function readUpdate(message: MessageModel | undefined): SubStatusUpdateAnswer {
  if (message === undefined) return { kind: 'no_answer' };
  const code = message.messageCode.replace('ORDER_EXT_API_UPDATE_ORDERSUBSTATUS_', '');
  if (isOutcome(code)) return { kind: OUTCOME[code] };
  if (!isError(message)) return { kind: 'no_answer' };
  return { kind: 'refused', code: message.messageCode, message: message.message ?? '' };
}

/**
 * updateOrderSubStatus (reference §6.2) for 1–100 order numbers: one answer for every number asked. Safe to repeat.
 * @throws RmsError when the call as a whole failed; `unknown_outcome` means that orders may have been changed
 */
export async function updateOrderSubStatus(
  connection: RmsConnection,
  update: SubStatusUpdate,
): Promise<Map<string, SubStatusUpdateAnswer>> {
  const operation = 'updateOrderSubStatus';
  const asked = [...new Set(update.orderNumbers)];
  requireValid(operation, checkSubStatusUpdate({ ...update, orderNumbers: asked }));
  // `null` is sent as such: without the key Rakuten refuses the call.
  const body = { subStatusId: update.subStatusId, orderNumberList: asked };
  const json = await writeOrder(connection, operation, body);
  const { MessageModelList: messages } = parseAnswer(messageAnswer, json, { operation, effect: 'write' });
  const general = messages.filter(({ orderNumber }) => !orderNumber);
  const ofAll = general.length === messages.length;
  // A refusal of the request as a whole is somebody's fault: smaller requests find out whose.
  if (asked.length > 1 && ofAll && general.some(isError)) throw refusalOf(operation, general.filter(isError));
  // A message without a number speaks for every order only where no other message speaks for one.
  const [common] = ofAll ? general : [];
  const byNumber = new Map(messages.map((message) => [message.orderNumber, message] as const));
  return new Map(asked.map((number) => [number, readUpdate(byNumber.get(number) ?? common)]));
}
