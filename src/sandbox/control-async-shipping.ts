import { Router } from 'express';
import { z } from 'zod';
import { carryOutAsyncShipping, listAsyncShipping } from './async-shipping';
import { type ControlParts, readBody } from './control-parts';

const releaseSchema = z.strictObject({ requestId: z.string().min(1).optional() }).prefault({});

/** Asynchronous shipping reports on the control page: which there are, and carrying them out before they are due. */
export const controlAsyncShipping = ({ books, clock }: ControlParts): Router => {
  const router = Router();
  router.get('/', async (_req, res) => res.json({ requests: await listAsyncShipping(books) }));
  router.post('/release', async (req, res) => {
    const { requestId } = readBody(req, releaseSchema);
    const selection = requestId === undefined ? 'all' : { requestId };
    res.json({ carriedOut: await carryOutAsyncShipping(books, selection, clock.now()) });
  });
  return router;
};
