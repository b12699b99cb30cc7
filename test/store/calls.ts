import type { CallRecord } from '../../src/store/call-log';

/** A request to write down: an early getOrder of one order that went well, unless told otherwise. */
export const call = (change: Partial<CallRecord> = {}): CallRecord => ({
  shopId: 'tea',
  at: new Date('2026-07-01T01:00:00.000Z'),
  operation: 'getOrder',
  outcome: 'ok',
  httpStatus: 200,
  codes: [],
  orderNumbers: ['1'],
  batchSize: 1,
  batchLimit: 100,
  waitedMs: 50,
  durationMs: 200,
  request: { orderNumberList: ['1'] },
  response: null,
  ...change,
});
