import type { FulfilmentProvider } from './provider';
import { FulfilmentError } from './provider';
import { signatureOf } from './signature';

const TIMEOUT_MS = 15_000;

/**
 * A warehouse that is told by signed HTTP requests below `baseUrl` and answers with signed events.
 * @param secret signs what is sent; the warehouse signs its events with the same
 */
export const warehouseProvider = (baseUrl: string, secret: string, now: () => Date): FulfilmentProvider => {
  const call = async (method: string, path: string, body: string): Promise<Response> => {
    try {
      return await fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          'x-okuri-signature': signatureOf(secret, body, now()),
        },
        ...(body === '' ? {} : { body }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw new FulfilmentError('The warehouse cannot be reached. It is tried again.', true, { cause });
    }
  };
  const refused = (response: Response): FulfilmentError =>
    new FulfilmentError(
      `The warehouse answered ${response.status}. ${response.status >= 500 ? 'It is tried again.' : 'It does not accept this instruction: look into its log.'}`,
      response.status >= 500 || response.status === 429,
    );
  return {
    async send(request) {
      const response = await call('POST', '/fulfilment-orders', JSON.stringify(request));
      await response.body?.cancel();
      if (!response.ok) throw refused(response);
    },
    async recall(fulfilmentOrderId) {
      const response = await call(
        'DELETE',
        `/fulfilment-orders/${encodeURIComponent(fulfilmentOrderId)}`,
        '',
      );
      await response.body?.cancel();
      if (response.ok || response.status === 404) return 'recalled';
      if (response.status === 409) return 'too_late';
      throw refused(response);
    },
  };
};
