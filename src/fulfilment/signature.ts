import { createHmac } from 'node:crypto';

/** Signs a body that leaves for somebody who has the secret: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. */
export const signatureOf = (secret: string, body: string, now: Date): string => {
  const t = Math.floor(now.getTime() / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
};

/** Signs a body alone, for receivers that know no time: `sha256=<hex HMAC-SHA256 of the body>`. */
export const bodySignatureOf = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
