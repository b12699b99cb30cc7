import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Books } from './books';
import { ControlError } from './control-parts';
import { countCalls, type JournalQuery, readCalls, readJournal } from './journal';
import { FAMILIES } from './rms-call';

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const querySchema = z.strictObject({
  operation: z.string().optional(),
  family: z.enum(FAMILIES).optional(),
  orderNumber: z.string().optional(),
  shop: z.string().optional(),
  since: instant.optional(),
  until: instant.optional(),
  after: z.coerce.number().int().min(0).optional(),
  orders: z.enum(['true', 'false']).default('false'),
  limit: z.coerce.number().int().min(1).max(100_000).optional(),
});

/** What the list of calls gives when nothing is said about its length. */
const ALL_CALLS = 100_000;

/** The journal on the control page: whole lines, calls in few words for counting and for judging limits, and sums. */
export const controlJournal = (books: Books): Router => {
  const router = Router();
  router.get('/journal', async (req, res) =>
    res.json({ calls: await readJournal(books, queryOf(req, 1000).query) }),
  );
  router.get('/calls', async (req, res) => {
    const { query, orders } = queryOf(req, ALL_CALLS);
    // 20,000 calls are read often: they are sent without the indentation that people like.
    res.type('json').send(JSON.stringify({ calls: await readCalls(books, query, orders) }));
  });
  router.get('/calls/summary', async (req, res) =>
    res.json({ functions: await countCalls(books, queryOf(req, ALL_CALLS).query) }),
  );
  return router;
};

const queryOf = (req: Request, defaultLimit: number): { query: JournalQuery; orders: boolean } => {
  const params = new URL(req.originalUrl, 'http://sandbox').searchParams;
  const parsed = querySchema.safeParse(Object.fromEntries(params));
  if (!parsed.success) throw new ControlError(400, 'The query cannot be read.', parsed.error.issues);
  const { shop, orders, limit = defaultLimit, ...query } = parsed.data;
  return { query: { ...query, shopCode: shop, limit }, orders: orders === 'true' };
};
