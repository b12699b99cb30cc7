import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import type { Clock } from './clock';
import type { Answer } from './rms-call';

/** How a request ends: with an answer, with a broken one, or with none at all. */
export interface Outcome {
  readonly answer?: Answer;
  /** `cut`: half the body as if it were all of it; the others: the connection is reset after the headers or half the body. */
  readonly broken?: 'cut' | 'reset_after_headers' | 'reset_in_body';
  /** Without an answer: how long the caller waits for it in vain, unless it goes before. */
  readonly holdMs?: number;
}

const TYPES = {
  html: 'text/html;charset=UTF-8',
  xml: 'application/xml;charset=UTF-8',
};

/** Time for what was sent to be read before the reset: a reset throws away what the other side has not read yet. */
const BEFORE_RESET_MS = 50;

/** Ends a request as its outcome says. */
export const finish = async (
  res: Response,
  { answer, broken, holdMs = 0 }: Outcome,
  clock: Clock,
): Promise<void> => {
  if (answer === undefined) await hangUp(res, holdMs);
  else if (broken === undefined || broken === 'cut') send(res, answer, clock, broken);
  else await sendAndReset(res, answer, clock, broken);
};

const hangUp = async (res: Response, holdMs: number): Promise<void> => {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  if (!res.closed) await sleep(holdMs, undefined, { signal: gone.signal }).catch(() => undefined);
  res.socket?.destroy();
};

/** Sends an answer with the headers that Rakuten sends; their time is that of the sandbox's clock. */
export const send = (res: Response, answer: Answer, clock: Clock, broken?: 'cut'): void => {
  const text = head(res, answer, clock);
  res.end(broken === 'cut' ? text.slice(0, Math.floor(text.length / 2)) : text);
};

const head = (res: Response, { status, body, type = 'html', headers = {} }: Answer, clock: Clock): string => {
  const now = clock.now();
  const isText = typeof body === 'string';
  const text = isText ? body : body === undefined ? '' : JSON.stringify(body);
  res.status(status);
  res.setHeader('RequestId', randomUUID());
  res.setHeader('Date', now.toUTCString());
  res.setHeader('Timestamp', now.toISOString().slice(0, 19));
  res.setHeader('Cache-Control', 'no-cache,no-store');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (text !== '') res.setHeader('Content-Type', isText ? TYPES[type] : 'application/json;charset=UTF-8');
  return text;
};

const sendAndReset = async (
  res: Response,
  answer: Answer,
  clock: Clock,
  broken: 'reset_after_headers' | 'reset_in_body',
): Promise<void> => {
  const bytes = Buffer.from(head(res, answer, clock));
  // The promised length makes the missing part show even where a reset would look like an end.
  res.setHeader('Content-Length', bytes.length);
  res.flushHeaders();
  if (broken === 'reset_in_body') res.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
  await sleep(BEFORE_RESET_MS);
  res.socket?.resetAndDestroy();
};
