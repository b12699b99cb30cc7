import { z } from 'zod';
import type { Books } from './books';
import { readSetting, writeSetting } from './settings';

/** How the sandbox's clock differs from the machine's: shifted, standing still, or (null) not at all. */
export const clockSchema = z
  .union([
    z.strictObject({ offsetSeconds: z.number().int() }),
    z.strictObject({ frozenAt: z.iso.datetime({ offset: true }) }),
  ])
  .nullable();

/** A state of the clock, see {@link clockSchema}. */
type ClockState = z.infer<typeof clockSchema>;

/** The time that the simulated Rakuten believes it is. Survives restarts. */
export interface Clock {
  now(): Date;
  state(): ClockState;
  set(state: ClockState): Promise<void>;
}

/** Opens the clock as it was last set. */
export const openClock = async (books: Books): Promise<Clock> => {
  let state = (await readSetting<ClockState>(books, 'clock')) ?? null;
  return {
    now: () => {
      if (state === null) return new Date();
      return 'frozenAt' in state
        ? new Date(state.frozenAt)
        : new Date(Date.now() + state.offsetSeconds * 1000);
    },
    state: () => state,
    set: async (next) => {
      await writeSetting(books, 'clock', next);
      state = next;
    },
  };
};
