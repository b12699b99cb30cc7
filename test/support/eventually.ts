import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds; what it gave last stands in the error. */
export async function eventually<T>(
  look: () => Promise<T>,
  holds: (value: T) => boolean,
  seconds = 30,
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > until)
      throw new Error(`It never came to hold; last seen: ${JSON.stringify(value)?.slice(0, 2000)}`);
    await sleep(50);
  }
}
