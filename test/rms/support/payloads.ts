/** The smallest order that can be carried: everything that may be missing is. */
export const bareOrder = (orderNumber: string, changes: Record<string, unknown> = {}) => ({
  orderNumber,
  orderProgress: 100,
  orderDatetime: '2026-11-01T09:30:00+0900',
  PackageModelList: [{ basketId: 1, ItemModelList: [{ itemDetailId: 1, units: 2 }] }],
  ...changes,
});

export const info = (code: string, orderNumber?: string) => ({
  messageType: 'INFO',
  messageCode: `ORDER_EXT_API_${code}`,
  message: 'ok',
  ...(orderNumber ? { orderNumber } : {}),
});

export const refusal = (code: string, orderNumber?: string) => ({
  messageType: 'ERROR',
  messageCode: `ORDER_EXT_API_${code}`,
  message: 'refused',
  ...(orderNumber ? { orderNumber } : {}),
});

export const confirmed = (numbers: readonly string[]) => ({
  MessageModelList: numbers.map((number) => info('CONFIRM_ORDER_INFO_101', number)),
});

export const foundOrders = (numbers: readonly string[]) => ({
  version: 9,
  MessageModelList: [info('GET_ORDER_INFO_101')],
  OrderModelList: numbers.map((number) => bareOrder(number)),
});
