import { Router } from 'express';
import { z } from 'zod';
import { ControlError, type ControlParts, readBody } from './control-parts';
import { addFault, clearFaults, FAULT_KINDS, listFaults } from './faults';
import { OPERATIONS } from './operations';

const SLOW_MS = 1000;

const kind = z.enum(FAULT_KINDS);

const faultSchema = z.strictObject({
  operation: z.enum(['*', ...OPERATIONS.map((operation) => operation.name)]),
  kind,
  times: z.number().int().min(1).max(1_000_000).default(1),
  skip: z.number().int().min(0).max(1_000_000).default(0),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  orderNumber: z.string().nullable().default(null),
  shopCode: z.string().nullable().default(null),
  status: z.union([z.literal(429), z.literal(503)]).default(503),
  retryAfterSeconds: z.number().int().min(0).max(86_400).default(5),
  shift: z.enum(['leave', 'enter']).default('leave'),
  resetAt: z.enum(['headers', 'body']).default('body'),
  holdMs: z.number().int().min(0).max(600_000).default(0),
});

/** Faults on the control page: which are armed, arming one, disarming those of a kind or all. */
export const controlFaults = ({ books }: ControlParts): Router => {
  const router = Router();
  router.get('/', async (_req, res) => res.json({ faults: await listFaults(books) }));
  router.post('/', async (req, res) => {
    const { delayMs, ...fault } = readBody(req, faultSchema);
    await addFault(books, { ...fault, delayMs: delayMs ?? (fault.kind === 'slow' ? SLOW_MS : 0) });
    res.status(201).json({ faults: await listFaults(books) });
  });
  router.delete('/', async (req, res) => {
    const parsed = kind.optional().safeParse(req.query.kind);
    if (!parsed.success) throw new ControlError(400, 'There is no such kind of fault.', parsed.error.issues);
    await clearFaults(books, parsed.data);
    res.json({ faults: await listFaults(books) });
  });
  return router;
};
