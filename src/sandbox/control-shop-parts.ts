import { Router } from 'express';
import { z } from 'zod';
import type { Db } from './books';
import { ControlError, type ControlParts, readBody, shopOf } from './control-parts';
import { patchShopInfo, readShopInfo, shopInfoPatchSchema } from './shop-info';
import { expireKeys, keyEnd, listKeys, saveKey } from './shops';

const keySchema = z.strictObject({
  licenseKey: z.string().min(1).max(50),
  /** Rakuten keeps the secret when a key is issued anew; default: that of the shop's newest key. */
  serviceSecret: z.string().min(1).max(50).optional(),
  /** A new key works after 15 to 90 minutes (licence reference §2). */
  activeAfterSeconds: z.number().min(0).max(10_000_000).default(900),
});

const expireSchema = z.strictObject({ licenseKey: z.string().min(1).optional() }).prefault({});

type Params = { shopCode: string };

/** A shop's keys and its set-up in RMS on the control page. */
export const controlShopParts = ({ books, clock }: ControlParts): Router => {
  const router = Router({ mergeParams: true });
  router.get<Params>('/info', async (req, res) => {
    const { shopCode } = await shopOf(books, req.params.shopCode);
    res.json(await readShopInfo(books, shopCode));
  });
  router.put<Params>('/info', async (req, res) => {
    const change = readBody(req, shopInfoPatchSchema);
    const { shopCode } = await shopOf(books, req.params.shopCode);
    res.json(await books.transaction((db) => patchShopInfo(db, shopCode, change)));
  });
  router.get<Params>('/keys', async (req, res) => {
    const { shopCode } = await shopOf(books, req.params.shopCode);
    res.json({ keys: await showKeys(books, shopCode, clock.now()) });
  });
  router.post<Params>('/keys', async (req, res) => {
    const { licenseKey, activeAfterSeconds, serviceSecret: given } = readBody(req, keySchema);
    const { shopCode } = await shopOf(books, req.params.shopCode);
    const serviceSecret = given ?? (await listKeys(books, shopCode))[0]?.serviceSecret;
    if (serviceSecret === undefined)
      throw new ControlError(409, 'The shop has no key: give a serviceSecret.');
    const now = clock.now();
    const activeFrom = new Date(now.getTime() + activeAfterSeconds * 1000);
    await saveKey(books, shopCode, { serviceSecret, licenseKey, activeFrom, expiresAt: keyEnd(now) });
    res.status(201).json({ keys: await showKeys(books, shopCode, now) });
  });
  router.post<Params>('/keys/expire', async (req, res) => {
    const { licenseKey } = readBody(req, expireSchema);
    const { shopCode } = await shopOf(books, req.params.shopCode);
    const expired = await expireKeys(books, shopCode, licenseKey, clock.now());
    if (expired === 0) throw new ControlError(404, 'The shop has no such live key.');
    res.json({ keys: await showKeys(books, shopCode, clock.now()) });
  });
  return router;
};

/** The keys without their secrets: the end of each tells them apart. */
const showKeys = async (db: Db, shopCode: string, now: Date) =>
  (await listKeys(db, shopCode)).map(({ licenseKey, activeFrom, expiresAt }) => ({
    endsWith: licenseKey.slice(-4),
    activeFrom,
    expiresAt,
    state: now < activeFrom ? 'waiting' : now > expiresAt ? 'expired' : 'live',
  }));
