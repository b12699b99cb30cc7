import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { eq } from 'drizzle-orm';
import { credentialActivities, type NextLook } from '../../src/activities/credential';
import { auditLog, auditOutcomes } from '../../src/store/access-schema';
import { listAlerts } from '../../src/store/alerts';
import { closeCircuit, findCircuit, openCircuit } from '../../src/store/circuits';
import { fallBackTo, type KeySlot, listKeys, setKeyExpiry } from '../../src/store/credentials';
import { beginRenewal, endRenewal, findRenewal, type Renewal } from '../../src/store/renewals';
import { credentials } from '../../src/store/shop-schema';
import { listShopLines } from '../../src/store/shop-timeline';
import { changeSettings, setRetired } from '../../src/store/shops';
import { probeParkedShops } from '../../src/worker/prober';
import { type House, openHouse, SHOP, silent } from '../support/house';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NEXT = { serviceSecret: SHOP.serviceSecret, licenseKey: 'SL123456_ponmlkjihgfedcba' };
const WRONG = { serviceSecret: SHOP.serviceSecret, licenseKey: 'SL123456_wrongwrongwrong0' };

let house: House;
let clock = 0;
const now = () => new Date(Date.now() + clock);

beforeEach(async () => {
  clock = 0;
  house = await openHouse({}, now);
  await changeSettings(
    house.database.db,
    SHOP.shopId,
    { alertWebhookUrl: 'https://hook.example' },
    { vault: house.vault, secret: 'a-secret-of-the-webhook' },
  );
});
afterEach(() => house?.close());

const db = () => house.database.db;
/** One look after the shop's keys. @returns in how many milliseconds the next is wanted */
const lookIn = async (): Promise<number | null> => {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const { lookAfterKeys } = credentialActivities(house.context);
  const { lookInMs }: NextLook = await environment.run(() => lookAfterKeys({ shopId: SHOP.shopId }));
  return lookInMs;
};
/** Time passes, for us and for the sandbox, and somebody looks again. */
const later = async (ms: number): Promise<number | null> => {
  clock += ms;
  await house.control('PUT', '/control/clock', { offsetSeconds: Math.round(clock / 1000) });
  return lookIn();
};
const keys = () => listKeys(db(), SHOP.shopId);
const key = async (last4: string): Promise<KeySlot | undefined> =>
  (await keys()).find(({ licenseKeyLast4 }) => licenseKeyLast4 === last4);
const states = async () =>
  Object.fromEntries(
    (await keys()).map(({ licenseKeyLast4, state, inUse }) => [
      licenseKeyLast4,
      `${state}${inUse ? ' in use' : ''}`,
    ]),
  );
const news = async () => (await listShopLines(db(), SHOP.shopId, undefined, 100)).map(({ code }) => code);
const alerts = async () => (await listAlerts(db(), SHOP.shopId, undefined, 100)).map(({ code }) => code);
const renew = async (wanted = NEXT, minutes = 120): Promise<Renewal> => {
  const outcome = await beginRenewal(db(), house.vault, {
    shopId: SHOP.shopId,
    key: wanted,
    requestedBy: 'hana',
    limitAt: new Date(now().getTime() + minutes * MINUTE),
  });
  if (!('begun' in outcome)) throw new Error(`No renewal: ${Object.keys(outcome)}`);
  return outcome.begun;
};
const renewal = ({ renewalId }: Renewal) => findRenewal(db(), SHOP.shopId, renewalId);
const issue = (activeAfterSeconds: number, wanted = NEXT) =>
  house.control('POST', `/control/shops/${SHOP.shopId}/keys`, { ...wanted, activeAfterSeconds });
const expire = (licenseKey?: string) =>
  house.control('POST', `/control/shops/${SHOP.shopId}/keys/expire`, licenseKey ? { licenseKey } : {});
const calls = async (): Promise<{ operation: string }[]> =>
  (await house.control<{ calls: { operation: string }[] }>('GET', '/control/journal?limit=100000')).calls;
const tick = (functions: string[] | null) =>
  house.control('POST', '/control/shops', {
    shopCode: SHOP.shopId,
    rakutenShopId: '123456',
    serviceSecret: SHOP.serviceSecret,
    licenseKey: SHOP.licenseKey,
    functions,
  });
const probeNow = async () => {
  await house.database.pool.query('update circuits set probe_at = now()');
  await probeParkedShops({ db: db(), gateway: house.context.gateway, log: silent });
};

describe('a renewal', () => {
  it('is tried at once, then after 5, 10, 20, 40 and every 60 seconds, while the old key works, and is switched to after two successes in a row', async () => {
    await lookIn();
    await issue(15 * 60);
    const begun = await renew();
    expect(await states()).toEqual({ mnop: 'live in use', dcba: 'pending' });
    const pauses: number[] = [];
    for (let probe = 0; probe < 7; probe += 1) pauses.push((await later(pauses.at(-1) ?? 0)) ?? 0);
    expect(pauses.map((ms) => Math.round(ms / 1000))).toEqual([5, 10, 20, 40, 60, 60, 60]);
    expect(await renewal(begun)).toMatchObject({ state: 'pending', probes: 7, reason: 'not_taken' });
    expect(await lookIn()).toBeLessThanOrEqual(MINUTE);
    expect(await renewal(begun)).toMatchObject({ probes: 7 });

    expect(Math.round(((await later(15 * MINUTE)) ?? 0) / 1000)).toBe(5);
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'taken_once' });
    expect(await states()).toEqual({ mnop: 'live in use', dcba: 'pending' });
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'live', reason: 'live', probes: 9 });
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'live' });
    expect((await key('dcba'))?.expiresAt).toEqual(expect.any(Date));
    expect(await news()).toEqual(['key.switched', 'key.renewal_requested']);
    expect((await alerts()).sort()).toEqual(['key.renewal_requested', 'key.switched']);
    const [line] = await db()
      .select()
      .from(auditLog)
      .innerJoin(auditOutcomes, eq(auditOutcomes.auditId, auditLog.auditId));
    expect(line).toMatchObject({
      audit_log: { action: 'credential.switched', shopId: SHOP.shopId, request: { requestedBy: 'hana' } },
      audit_outcomes: { before: { licenseKeyLast4: 'mnop' }, after: { licenseKeyLast4: 'dcba' } },
    });
  }, 60_000);

  it('starts over with the successes that it wants when one was followed by a refusal', async () => {
    await issue(0);
    const begun = await renew();
    await lookIn();
    expect(await renewal(begun)).toMatchObject({ reason: 'taken_once' });
    await expire(NEXT.licenseKey);
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'not_taken' });
    expect(await states()).toEqual({ mnop: 'live in use', dcba: 'pending' });
  });

  it('that dies after its switch was committed and before anybody heard of it is not done twice', async () => {
    await issue(0);
    const begun = await renew();
    await lookIn();
    await later(5_000);
    const [told, at] = [await news(), (await renewal(begun))?.finishedAt];
    // The worker died: its activity is tried again by another one.
    await lookIn();
    expect(await news()).toEqual(told);
    expect(await db().$count(auditLog)).toBe(1);
    expect((await renewal(begun))?.finishedAt).toEqual(at);
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'live' });
  });

  it('fails at its limit with a last try, empties its slot, and changes nothing else', async () => {
    const begun = await renew(WRONG, 2);
    for (let at = 0; at < 115_000; at += 5_000) await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'pending' });
    const before = await renewal(begun);
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({
      state: 'failed',
      reason: 'not_taken',
      credentialId: null,
      probes: (before?.probes ?? 0) + 1,
    });
    expect(await states()).toEqual({ mnop: 'live in use' });
    expect(await news()).toEqual(['key.renewal_failed', 'key.renewal_requested']);
    expect(await alerts()).toContain('key.renewal_failed');
  }, 60_000);

  it('that nobody looked after before its limit is tried once before it fails', async () => {
    await issue(0);
    const begun = await renew(NEXT, 1);
    await later(10 * MINUTE);
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'taken_once' });
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'live' });
  });

  it('that is cancelled empties its slot, and a probe under way then does not switch', async () => {
    await issue(0);
    const begun = await renew();
    await lookIn();
    expect(await endRenewal(db(), begun, 'cancelled', 'hana')).toBe(true);
    expect(await endRenewal(db(), begun, 'cancelled', 'hana')).toBe(false);
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'cancelled', credentialId: null });
    expect(await states()).toEqual({ mnop: 'live in use' });
    expect(await news()).toEqual(['key.renewal_cancelled', 'key.renewal_requested']);
  });

  it('of a shop that is taken out of service is cancelled', async () => {
    const begun = await renew();
    await db().transaction((tx) => setRetired(tx, SHOP.shopId, new Date()));
    expect(await lookIn()).toBeNull();
    expect(await renewal(begun)).toMatchObject({ state: 'cancelled' });
    expect(await states()).toEqual({ mnop: 'live in use' });
  });

  it('is one at a time, also when two ask at once', async () => {
    const ask = (licenseKey: string) =>
      beginRenewal(db(), house.vault, {
        shopId: SHOP.shopId,
        key: { ...NEXT, licenseKey },
        requestedBy: 'hana',
        limitAt: new Date(Date.now() + DAY),
      });
    const outcomes = await Promise.all([ask(NEXT.licenseKey), ask(WRONG.licenseKey)]);
    expect(outcomes.flatMap((outcome) => Object.keys(outcome)).sort()).toEqual(['begun', 'running']);
    expect(await keys()).toHaveLength(2);
  });

  it('does not count a key that the inventory API refuses while it takes the key in use', async () => {
    await issue(0);
    const begun = await renew();
    const refuseOnce = () =>
      house.control('POST', '/control/faults', {
        operation: 'inventories.bulk.get',
        kind: 'unauthorised',
        times: 1,
      });
    await refuseOnce();
    await lookIn();
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'inventory_api_refuses' });
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'taken_once' });
    await refuseOnce();
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'inventory_api_refuses' });
    await later(20_000);
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'live' });
  });

  it('does not count a key that the order API refuses while the licence function takes it, unless the key in use is refused there too', async () => {
    await issue(0);
    const begun = await renew();
    await house.control('POST', '/control/faults', {
      operation: 'searchOrder',
      kind: 'unauthorised',
      times: 1,
    });
    await lookIn();
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'order_api_refuses' });
    await tick(['license.expiryDate.get']);
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'taken_once' });
    await later(5_000);
    expect(await renewal(begun)).toMatchObject({ state: 'live' });
  });

  it('concludes nothing while Rakuten is away', async () => {
    await issue(0);
    const begun = await renew();
    await house.control('POST', '/control/faults', { operation: '*', kind: 'http_503_html', times: 10 });
    await lookIn();
    expect(await renewal(begun)).toMatchObject({ state: 'pending', reason: 'rakuten_away' });
  });

  it('of a shop that is parked for its key is switched to at the first success, and the shop goes on', async () => {
    await expire();
    await openCircuit(db(), SHOP.shopId, 'key_refused');
    expect(await states()).toEqual({ mnop: 'refused in use' });
    await issue(0);
    await renew();
    await lookIn();
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'refused' });
    expect(await findCircuit(db(), SHOP.shopId)).toBeUndefined();
    expect(await news()).toEqual([
      'shop.goes_on',
      'key.switched',
      'key.renewal_requested',
      'shop.parked_for_key',
    ]);
    expect(await alerts()).toEqual(expect.arrayContaining(['shop.parked_for_key', 'shop.goes_on']));
  });

  it('with a key that the shop has and does not use tries it where it stands, and leaves it there when it is cancelled', async () => {
    await issue(0);
    await renew();
    await lookIn();
    await later(5_000);
    const old = { serviceSecret: SHOP.serviceSecret, licenseKey: SHOP.licenseKey };
    const back = await renew(old);
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'live' });
    await endRenewal(db(), back, 'cancelled');
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'live' });
    await renew(old);
    await lookIn();
    await later(5_000);
    expect(await states()).toEqual({ mnop: 'live in use', dcba: 'live' });
    await expect(renew(old)).rejects.toThrow('inUse');
  });
});

describe('the end of a key', () => {
  const endIn = (days: number) =>
    db()
      .update(credentials)
      .set({ expiresAt: new Date(now().getTime() + days * DAY), checkedAt: now(), announcedDays: null })
      .where(eq(credentials.inUse, true));

  it('is read from Rakuten at once and once a day', async () => {
    const next = await lookIn();
    expect((await key('mnop'))?.expiresAt).toEqual(expect.any(Date));
    expect(next).toBeLessThanOrEqual(DAY);
    await later(DAY / 2);
    expect((await calls()).length).toBe(1);
    await later(DAY / 2 + 1000);
    expect((await calls()).map(({ operation }) => operation)).toEqual(Array(2).fill('licence.expiryDate'));
  });

  it('is announced 30, 14, 7, 3 and 1 days before and when it has come, each once', async () => {
    await endIn(31);
    expect(await lookIn()).toBeLessThanOrEqual(DAY);
    expect(await news()).toEqual([]);
    const told: [number, number][] = [];
    for (let day = 30; day >= 0; day -= 1) {
      const before = (await news()).length;
      clock += DAY;
      // Rakuten, which would say another end, is not asked in this test.
      await db().update(credentials).set({ checkedAt: now() });
      await lookIn();
      await lookIn();
      const more = (await news()).length - before;
      if (more > 0) told.push([day, more]);
    }
    expect(told).toEqual([30, 14, 7, 3, 1, 0].map((day) => [day, 1]));
    expect((await news())[0]).toBe('key.expired');
    expect(await alerts()).toHaveLength(6);
  }, 60_000);

  it('that is near when it becomes known is announced once, with the days that are left', async () => {
    await endIn(9.5);
    await lookIn();
    const [line, ...more] = await listShopLines(db(), SHOP.shopId, undefined, 10);
    expect(more).toEqual([]);
    expect(line).toMatchObject({ code: 'key.expires_soon', params: { last4: 'mnop', days: 10 } });
  });

  it('is not announced where a newer live key of the shop lasts longer', async () => {
    await issue(0);
    await renew();
    await lookIn();
    await later(5_000);
    const [, old] = await keys();
    await setKeyExpiry(db(), old?.credentialId ?? '', new Date(now().getTime() + 2 * DAY));
    await lookIn();
    expect(await news()).not.toContain('key.expires_soon');
  });

  it('that Rakuten does not tell, since the function is not ticked, is asked for daily, and people are told once', async () => {
    await tick(['rpay.order.searchOrder']);
    const next = await lookIn();
    expect(next).toBeGreaterThan(DAY - MINUTE);
    expect(await states()).toEqual({ mnop: 'live in use' });
    await later(DAY + MINUTE);
    expect(await news()).toEqual(['key.expiry_unknown']);
    expect(await alerts()).toEqual(['key.expiry_unknown']);
  });

  it('is asked for again soon when Rakuten was away', async () => {
    await house.control('POST', '/control/faults', { operation: '*', kind: 'http_503_html', times: 1 });
    expect(await lookIn()).toBe(5 * MINUTE);
    expect(await later(5 * MINUTE)).toBeGreaterThan(5 * MINUTE);
    expect((await key('mnop'))?.expiresAt).toEqual(expect.any(Date));
  });
});

describe('a key that dies', () => {
  /** Two live keys, the newer one in use. */
  const two = async () => {
    await issue(0);
    await renew();
    await lookIn();
    await later(5_000);
  };
  /** Asks for an order as every part of the product does. */
  const call = () => house.context.gateway(SHOP.shopId).getOrder('123456-20260101-0000000001');

  it('while another one is live fails no call: they go on with the other, and people are told', async () => {
    await two();
    await expire(NEXT.licenseKey);
    const answers = await Promise.all([
      call(),
      call(),
      house.context.gateway(SHOP.shopId).searchOrder(recent()),
    ]);
    expect(answers).toHaveLength(3);
    expect(await states()).toEqual({ mnop: 'live in use', dcba: 'refused' });
    expect(await findCircuit(db(), SHOP.shopId)).toBeUndefined();
    expect((await news())[0]).toBe('key.fell_back');
    expect(await alerts()).toContain('key.fell_back');
    const actions = (await db().select().from(auditLog)).map(({ action }) => action);
    expect(actions).toEqual(['credential.switched', 'credential.fell_back']);
  });

  it('as the last one parks the shop, is refused, and is live again when Rakuten takes it', async () => {
    const fault = { operation: '*', kind: 'unauthorised', times: 100 };
    await house.control('POST', '/control/faults', fault);
    await expect(call()).rejects.toMatchObject({ keyCause: 'wrong_or_not_live' });
    expect(await states()).toEqual({ mnop: 'refused in use' });
    await house.control('DELETE', '/control/faults');
    await probeNow();
    expect(await states()).toEqual({ mnop: 'live in use' });
    expect(await news()).toEqual(['shop.goes_on', 'shop.parked_for_key']);
  });

  it('of a parked shop is replaced by one out of use that Rakuten takes, refused or not', async () => {
    await two();
    const next = await key('dcba');
    const first = await key('mnop');
    await fallBackTo(db(), SHOP.shopId, next?.credentialId ?? '', first?.credentialId ?? '');
    await expire(SHOP.licenseKey);
    await openCircuit(db(), SHOP.shopId, 'key_refused');
    expect(await states()).toEqual({ mnop: 'refused in use', dcba: 'refused' });
    await probeNow();
    expect(await findCircuit(db(), SHOP.shopId)).toBeUndefined();
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'refused' });
  });

  it('of an idle shop is found by the daily question', async () => {
    await two();
    await expire(NEXT.licenseKey);
    await db()
      .update(credentials)
      .set({ checkedAt: new Date(0) });
    await lookIn();
    expect(await states()).toEqual({ mnop: 'live in use', dcba: 'refused' });
    await expire(SHOP.licenseKey);
    await db()
      .update(credentials)
      .set({ checkedAt: new Date(0) });
    await lookIn();
    expect(await findCircuit(db(), SHOP.shopId)).toMatchObject({ cause: 'key_refused' });
    expect((await news())[0]).toBe('shop.parked_for_key');
    await closeCircuit(db(), SHOP.shopId);
  });

  it('out of use is refused when its end has passed or Rakuten says so, is live again if Rakuten takes it, and is deleted 30 days later', async () => {
    await two();
    const old = (await key('mnop'))?.credentialId ?? randomUUID();
    await expire(SHOP.licenseKey);
    await db()
      .update(credentials)
      .set({ checkedAt: new Date(0) })
      .where(eq(credentials.credentialId, old));
    await lookIn();
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'refused' });
    await tick(null);
    await later(DAY / 24 + 1000);
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'live' });
    await setKeyExpiry(db(), old, now());
    await later(2_000);
    expect(await states()).toEqual({ dcba: 'live in use', mnop: 'refused' });
    await later(29 * DAY);
    expect(await keys()).toHaveLength(2);
    await later(DAY + MINUTE);
    expect(await states()).toEqual({ dcba: 'live in use' });
  });
});

const recent = () => ({
  dateType: 'ordered' as const,
  start: new Date(now().getTime() - MINUTE),
  end: now(),
  page: 1,
  pageSize: 1,
  sort: 'asc' as const,
});
