import { createHmac, timingSafeEqual } from 'node:crypto';

const MAX_AGE_SECONDS = 300;

const digest = (secret: string, seconds: string, body: string): Buffer =>
  createHmac('sha256', secret).update(`${seconds}.${body}`).digest();

/** The value of `X-Okuri-Signature` for a body: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. */
export const sign = (secret: string, body: string, at: Date): string => {
  const seconds = String(Math.floor(at.getTime() / 1000));
  return `t=${seconds},v1=${digest(secret, seconds, body).toString('hex')}`;
};

/** Whether a signature fits the body and is at most five minutes old. */
export const isSigned = (secret: string, body: string, header: string | undefined, now: Date): boolean => {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? '');
  if (match?.[1] === undefined || match[2] === undefined) return false;
  if (Math.abs(now.getTime() / 1000 - Number(match[1])) > MAX_AGE_SECONDS) return false;
  return timingSafeEqual(Buffer.from(match[2], 'hex'), digest(secret, match[1], body));
};
