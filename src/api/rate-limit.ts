import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config';
import type { Caller } from './caller';
import { Problem } from './problems';

/** Refusals of credentials from one address in a minute. No token is found by trying; this keeps it from costing us. */
const FAILURES_PER_MINUTE = 600;
const MINUTE_S = 60;

/** How often a process lets callers call. What must hold over all processes, such as sign-ins, is counted elsewhere. */
export interface RateLimits {
  /** Runs what finds out who calls, and refuses addresses whose credentials were refused too often. @throws Problem `rate_limited` */
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
      const known = await failures.get(address);
      if (known !== null && known.consumedPoints > FAILURES_PER_MINUTE) throw tooMany(known);
      try {
        return await find();
      } catch (error) {
        if (error instanceof Problem && error.status === 401)
          await failures.consume(address).catch(() => undefined);
        throw error;
      }
    },
    admit: async ({ id, role, session }, address) => {
      const key = role === null && session === undefined ? `address/${address}` : id;
      try {
        await requests.consume(key);
      } catch (refusal) {
        throw refusal instanceof RateLimiterRes ? tooMany(refusal) : refusal;
      }
    },
  };
};

const tooMany = ({ msBeforeNext }: RateLimiterRes): Problem =>
  rateLimited(Math.max(1, Math.ceil(msBeforeNext / 1000)));

/** That too much was asked for, and in how many seconds there is more. */
export const rateLimited = (seconds: number): Problem =>
  new Problem('rate_limited', `Too many requests. Try again in ${seconds} seconds.`, {
    headers: { 'Retry-After': String(seconds) },
  });
