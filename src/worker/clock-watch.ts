import type { Logger } from 'pino';
import { takeBack, warn } from '../activities/announce-warning';
import { type ClockState, noteClock, UNSEEN_CLOCK } from '../domain/clock-offset';
import type { CallObserver } from '../rms/ports';
import type { Database } from '../store/database';

/** A watch of this machine's clock. */
interface ClockWatch {
  readonly observer: CallObserver;
  /** Resolves when what was noticed so far is written down. */
  settled(): Promise<void>;
}

type News = NonNullable<ReturnType<typeof noteClock>['news']>;

const write = (db: Database, shopId: string, news: News): Promise<void> => {
  if (news === 'right') return takeBack(db, shopId, 'clock_off');
  const { aheadSeconds } = news;
  const params = {
    seconds: Math.abs(aheadSeconds),
    direction: aheadSeconds < 0 ? 'behind' : 'ahead',
  };
  return warn(db, { shopId, code: 'clock_off', params });
};

/**
 * Compares this machine's clock with Rakuten's by every answer, shop by shop, and warns where several in a row agree
 * that it is off. Written is only what changed; what cannot be written is noticed again.
 */
export const createClockWatch = ({ db, log }: { db: Database; log: Logger }): ClockWatch => {
  const states = new Map<string, ClockState>();
  let writing: Promise<void> = Promise.resolve();
  const tell = (shopId: string, news: News): void => {
    writing = writing
      .then(() => write(db, shopId, news))
      .catch((error: unknown) => {
        states.delete(shopId);
        log.warn({ err: error, shopId }, 'what was noticed of the clock is not written; it is tried again');
      });
  };
  return {
    observer: {
      call: ({ shopId, clock }) => {
        if (clock === undefined) return;
        const { state, news } = noteClock(states.get(shopId) ?? UNSEEN_CLOCK, clock);
        states.set(shopId, state);
        if (news === undefined) return;
        if (news !== 'right') log.warn({ shopId, ...news }, 'this machine’s clock is off against Rakuten’s');
        tell(shopId, news);
      },
    },
    settled: () => writing,
  };
};
