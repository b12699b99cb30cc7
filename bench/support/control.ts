/** Calls JSON over HTTP; an answer that is no success is an error with its text. */
export type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** Long enough for thousands of orders that are made in one call. */
const TIMEOUT_MS = 120_000;

/** The control page of a sandbox. */
export const controlOf =
  (url: string): Call =>
  async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/control${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  };
