import { z } from 'zod';
import { wireDatetime } from './wire';

/** One entry of `MessageModelList` (reference, order API §10): what the order API says about a call, an order or a row. */
const messageModel = z.looseObject({
  messageType: z.string(),
  messageCode: z.string(),
  message: z.string().nullish(),
  orderNumber: z.string().nullish(),
  dataNumber: z.number().nullish(),
  shippingDetailId: z.number().nullish(),
  requestId: z.string().nullish(),
});
export type MessageModel = z.infer<typeof messageModel>;

/** The list of messages that every answer of the order API carries. */
export const messageAnswer = z.looseObject({ MessageModelList: z.array(messageModel) });

/** Answer of searchOrder (reference §3.3). Zero hits come with null counts. */
export const searchAnswer = messageAnswer.extend({
  orderNumberList: z.array(z.string()).nullish(),
  PaginationResponseModel: z
    .looseObject({
      totalRecordsAmount: z.number().nullish(),
      totalPages: z.number().nullish(),
      requestPage: z.number().nullish(),
    })
    .nullish(),
});

/** Answer of getOrder with its orders still unread: each is parsed by itself so that one bad order fails alone. */
export const ordersAnswer = messageAnswer.extend({
  version: z.number().nullish(),
  OrderModelList: z.array(z.unknown()).nullish(),
});

/** Answer of updateOrderShippingAsync (reference §6.1, §10): the requestId is read at its root and in its messages. */
export const submissionAnswer = messageAnswer.extend({ requestId: z.string().nullish() });

/**
 * Answer of getResultUpdateOrderShippingAsync (reference §6.1). An element without an order number says that there is no
 * result.
 */
export const submissionResultAnswer = z.looseObject({
  ResultShippingModelList: z.array(
    z.looseObject({
      orderNumber: z.string().nullish(),
      MessageModelList: z.array(messageModel).nullish(),
    }),
  ),
});

/** Answer of the licence's expiry (reference, item/inventory/licence §2). */
export const licenceAnswer = z.looseObject({ expiryDate: wireDatetime });

/** Body of the gateway and of the JSON 2.x APIs: `{errors: [{code, message, metadata?}]}`. */
export const errorsBody = z.looseObject({
  errors: z.array(
    z.looseObject({
      code: z.string(),
      message: z.string().nullish(),
      metadata: z.looseObject({ propertyPath: z.string().nullish() }).nullish(),
    }),
  ),
});

/** Body of the older gateway before the order API: `{Results: {errorCode, message}}`. */
export const resultsBody = z.looseObject({
  Results: z.looseObject({ errorCode: z.string(), message: z.string().nullish() }),
});
