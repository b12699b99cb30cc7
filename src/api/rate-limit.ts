import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config';
import type { Caller } from './caller';
import { networkOf } from './networks';
import { Problem } from './problems';

/** Refusals of credentials that one address is told in a minute; no token is found by trying. */
const FAILURES_PER_MINUTE = 600;
const MINUTE_S = 60;

/** How often a process lets callers call. What must hold over all processes, such as sign-ins, is counted elsewhere. */
export interface RateLimits {
  /**
   * Runs what finds out who calls. An address whose credentials are refused again and again is told to slow down; whoever
   * shows good ones is let in all the same, since many may share an address. @throws Problem `rate_limited`
   */
  identify(address: string, find: () => Promise<Caller>): Promise<Caller>;
  /** Counts a request of a caller; those that nobody in particular sends by their address. @throws Problem `rate_limited` */
  admit(caller: Caller, address: string): Promise<void>;
}

/** The limits of one process. */
export const rateLimits = ({ requestsPerMinute }: Config['api']): RateLimits => {
  const requests = new RateLimiterMemory({ points: requestsPerMinute, duration: MINUTE_S });
  const failures = new RateLimiterMemory({ points: FAILURES_PER_MINUTE, duration: MINUTE_S });
  return {
    identify: async (address, find) => {
      try {
        return await find();
      } catch (error) {
        if (error instanceof Problem && error.status === 401) await count(failures, networkOf(address));
        throw error;
      }
    },
    admit: async ({ id, role, session }, address) => {
      await count(requests, role === null && session === undefined ? `address/${networkOf(address)}` : id);
    },
  };
};

const count = async (limiter: RateLimiterMemory, key: string): Promise<void> => {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    throw refusal instanceof RateLimiterRes ? tooMany(refusal) : refusal;
  }
};

const tooMany = ({ msBeforeNext }: RateLimiterRes): Problem =>
  rateLimited(Math.max(1, Math.ceil(msBeforeNext / 1000)));

/** That too much was asked for, and in how many seconds there is more. */
export const rateLimited = (seconds: number): Problem =>
  new Problem('rate_limited', `Too many requests. Try again in ${seconds} seconds.`, {
    headers: { 'Retry-After': String(seconds) },
  });
