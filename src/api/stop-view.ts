import { z } from 'zod';
import type { Stop } from '../store/stops';
import { instant } from './fields';

/** A stop switch that is on, as a shop shows it. */
export const StopView = z
  .strictObject({
    scope: z.string().meta({ description: 'The id of the shop that is stopped, or `*` for all' }),
    reason: z.string(),
    by: z.string(),
    since: instant,
  })
  .meta({ id: 'Stop' });

/** A switch as it is shown. */
export const stopView = ({ scope, reason, stoppedBy, stoppedAt }: Stop): z.input<typeof StopView> => ({
  scope,
  reason,
  by: stoppedBy,
  since: stoppedAt.toISOString(),
});
