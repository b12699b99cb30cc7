import { zonelessDatetime } from './japan-time';
import type { Handler } from './rms-call';

/**
 * Expiry of a licence key (licence reference §2), without a zone, JST. A key that is not the asking shop's is unknown;
 * whether Rakuten would answer that is not public.
 */
export const getExpiryDate: Handler = async ({ db, shop, query }) => {
  const licenseKey = query.get('licenseKey');
  if (!licenseKey) {
    return { status: 400, body: { errors: [{ code: 'DR0005', message: 'licenseKey is mandatory.' }] } };
  }
  const { rows } = await db.query<{ expires_at: Date }>(
    'SELECT expires_at FROM shop_keys WHERE shop_code = $1 AND license_key = $2',
    [shop.shopCode, licenseKey],
  );
  const expiresAt = rows[0]?.expires_at;
  return expiresAt === undefined
    ? { status: 401, body: { errors: [{ code: 'GA0001', message: 'Un-Authorised' }] } }
    : { status: 200, body: { expiryDate: zonelessDatetime(expiresAt) } };
};
