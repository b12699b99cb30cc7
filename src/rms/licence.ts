import { parseAnswer } from './parse';
import { licenceAnswer } from './schemas/messages';
import { type RmsConnection, send } from './transport';
import { parseWireDatetime } from './wire-time';

/**
 * When the connection's own licence key expires (reference, item/inventory/licence §2). Rakuten gives the last second
 * of the last day without a zone; it is JST. Works with any live key that has `license.expiryDate.get` ticked, so it
 * tells an unticked function of another API from a dead key.
 * @throws RmsError
 */
export async function getLicenseExpiry(connection: RmsConnection): Promise<Date> {
  const operation = 'license.expiryDate.get';
  const json = await send(connection, {
    operation,
    effect: 'read',
    method: 'GET',
    path: '/es/1.0/license-management/license-key/expiry-date',
    query: { licenseKey: connection.credentials.licenseKey.trim() },
  });
  const { expiryDate } = parseAnswer(licenceAnswer, json, { operation, effect: 'read' });
  return parseWireDatetime(expiryDate);
}
