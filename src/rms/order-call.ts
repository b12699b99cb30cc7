import { type RmsCode, RmsError } from './errors';
import { parseAnswer } from './parse';
import { type MessageModel, messageAnswer } from './schemas/messages';
import { CONTENT_TYPE, type RmsConnection, send } from './transport';

/** Sends one function of the order API (reference, order API §1) and gives the JSON of its answer. @throws RmsError */
export const callOrderApi = (
  connection: RmsConnection,
  operation: string,
  effect: 'read' | 'write',
  body: unknown,
): Promise<unknown> =>
  send(connection, {
    operation,
    effect,
    method: 'POST',
    path: `/es/2.0/order/${operation}/`,
    contentType: CONTENT_TYPE.order,
    body,
  });

/** Whether the order API says no with this message. */
export const isError = ({ messageType }: { readonly messageType: string }): boolean =>
  messageType === 'ERROR';

const toCode = ({ messageCode, message }: MessageModel): RmsCode => ({
  code: messageCode,
  message: message ?? '',
});

/** The error for messages that refuse what cannot be refused by rule. */
export const refusalOf = (
  operation: string,
  messages: readonly MessageModel[],
  orderNumber?: string,
): RmsError =>
  new RmsError({
    kind: 'refused',
    operation,
    codes: messages.map(toCode),
    ...(orderNumber === undefined ? {} : { orderNumber }),
  });

/** Throws when a read was answered with a refusal in spite of its HTTP 200. @throws RmsError `refused` */
export function requireNoError(operation: string, messages: readonly MessageModel[]): void {
  const errors = messages.filter(isError);
  if (errors.length > 0) throw refusalOf(operation, errors);
}

/** A refusal of the order API itself is an expected outcome of a write; one of the gateway before it is not. */
const refusalByRule = (error: unknown): unknown => {
  const codes = error instanceof RmsError && error.kind === 'refused' ? error.codes : [];
  const own = codes.filter(({ code }) => code.startsWith('ORDER_EXT_API_'));
  if (own.length === 0) throw error;
  return {
    MessageModelList: own.map(({ code, message }) => ({ messageType: 'ERROR', messageCode: code, message })),
  };
};

/**
 * Sends one write of the order API and gives its answer's JSON. What the order API refuses with HTTP 400 comes as the
 * `MessageModelList` that it would be with HTTP 200, so that callers read refusals in one way.
 * @throws RmsError; `unknown_outcome` means that the write may have taken effect
 */
export const writeOrder = (connection: RmsConnection, operation: string, body: unknown): Promise<unknown> =>
  callOrderApi(connection, operation, 'write', body).catch(refusalByRule);

/** What became of a change of one order. `refused`: nothing was changed, the codes say why. */
export type OrderChangeAnswer =
  | { readonly kind: 'done'; readonly warnings: readonly RmsCode[] }
  | { readonly kind: 'refused'; readonly codes: readonly RmsCode[] };

/**
 * Sends a write about one order that answers with messages about it as a whole (reference, order API §6.2–6.5).
 * Rakuten's refusals are values. Safe to repeat where the change sets what it names.
 * @throws RmsError; `unknown_outcome` means that the change may have been made
 */
export async function changeOrder(
  connection: RmsConnection,
  operation: string,
  body: { readonly orderNumber: string },
): Promise<OrderChangeAnswer> {
  const origin = { operation, effect: 'write', orderNumber: body.orderNumber } as const;
  const json = await writeOrder(connection, operation, body);
  const { MessageModelList: messages } = parseAnswer(messageAnswer, json, origin);
  if (messages.some(isError)) return { kind: 'refused', codes: messages.filter(isError).map(toCode) };
  if (messages.length > 0)
    return {
      kind: 'done',
      warnings: messages.filter(({ messageType }) => messageType === 'WARNING').map(toCode),
    };
  const issues = [{ path: 'MessageModelList', message: 'says nothing about the change' }];
  throw new RmsError({ ...origin, kind: 'unknown_outcome', issues });
}
