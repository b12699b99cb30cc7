import { z } from 'zod';
import type { Deps } from './deps';
import { createMetrics } from './metrics';
import { Problem } from './problems';
import { whatIsMissing } from './readiness';
import type { Route } from './route';
import { route } from './route';

/** Liveness, readiness and metrics, for whatever watches the process. */
export const healthRoutes = (deps: Deps): Route[] => {
  const metrics = createMetrics(deps.db);
  return [
    route({
      method: 'get',
      path: '/healthz',
      tag: 'Health',
      summary: 'Is the process alive?',
      access: 'open',
      answer: { status: 200, says: 'It is', schema: z.strictObject({ status: z.literal('ok') }) },
      handle: async () => ({ status: 'ok' as const }),
    }),
    route({
      method: 'get',
      path: '/readyz',
      tag: 'Health',
      summary: 'Can it do its work? Looks at the database, its migrations and Temporal',
      access: 'open',
      answer: { status: 200, says: 'It can', schema: z.strictObject({ status: z.literal('ready') }) },
      problems: ['not_ready'],
      handle: async () => {
        const errors = await whatIsMissing(deps);
        if (errors.length > 0)
          throw new Problem('not_ready', errors.map(({ message }) => message).join('; '), { errors });
        return { status: 'ready' as const };
      },
    }),
    route({
      method: 'get',
      path: '/metrics',
      tag: 'Health',
      summary:
        'Prometheus metrics: the process, orders, deadlines, intake, stops, the outbox, and calls of Rakuten',
      access: 'open',
      answer: {
        status: 200,
        says: 'Text format 0.0.4',
        schema: z.string(),
        type: 'text/plain; version=0.0.4',
      },
      problems: ['database_unavailable'],
      handle: () => metrics.text(),
    }),
  ];
};
