import { z } from 'zod';
import type { Language } from '../domain/texts';
import { type CallLine, listCalls } from '../store/call-log';
import { callText } from './call-text';
import { ownShops } from './caller';
import type { Deps } from './deps';
import { instant, line, OrderPath, shopId } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import type { Route } from './route';
import { route } from './route';

const CallQuery = z.strictObject({
  ...PAGE,
  shopId: shopId.optional(),
  operation: line(64).optional().meta({ description: 'Rakuten’s name of the function', example: 'getOrder' }),
  outcome: line(64).optional().meta({
    description: '`ok`, `no_connection` or a kind of error of docs/rakuten-codes.md',
    example: 'refused',
  }),
  orderNumber: OrderPath.shape.orderNumber.optional(),
});
const CallPosition = z.strictObject({ callId: z.int() });

const CallView = z
  .strictObject({
    callId: z.int(),
    shopId: z.string(),
    at: instant.meta({ description: 'When it was sent' }),
    operation: z.string(),
    outcome: z.string(),
    text: z.string().meta({ description: 'The request in one line' }),
    httpStatus: z.int().nullable().meta({ description: '`null`: there was no answer' }),
    codes: z.array(z.string()).meta({
      description:
        'Rakuten’s codes in the answer; docs/rakuten-codes.md tells what each means and what to do',
    }),
    orderNumbers: z.array(z.string()),
    batchSize: z.int().meta({ description: 'Orders, pairs or entries in it' }),
    batchLimit: z.int().meta({ description: 'How many there would have been room for' }),
    waitedMs: z.int().meta({ description: 'How long its oldest caller had waited for its turn' }),
    durationMs: z.int(),
    request: z.unknown().meta({
      description: 'The body that was sent: ids, codes, dates and quantities; all else by type and length',
    }),
    response: z.unknown().meta({ description: 'The body of the answer, in the same form' }),
  })
  .meta({ id: 'RmsCall' });

const viewOf = (call: CallLine, language: Language): z.input<typeof CallView> => ({
  ...call,
  at: call.at.toISOString(),
  text: callText(language, call),
});

/** The log of requests to Rakuten. */
export const rmsCallRoutes = ({ db }: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/rms-calls',
    tag: 'Rakuten',
    summary: 'Requests to Rakuten of the last 30 days, newest first, without personal data',
    access: 'operator',
    reach: 'filtered',
    spoken: true,
    query: CallQuery,
    answer: { status: 200, says: 'A page of requests', schema: pageOf(CallView) },
    handle: async ({ query: { cursor, limit, ...filter }, language, caller }) => {
      const before = positionOf(CallPosition, cursor)?.callId;
      const rows = await listCalls(db, { ...filter, ...ownShops(caller) }, before, limit + 1);
      return toPage(
        rows,
        limit,
        ({ callId }) => ({ callId }),
        (call) => viewOf(call, language),
      );
    },
  }),
];
