import { z } from 'zod';
import type { Config } from '../config';
import { ShopSettings, ShopSettingsPatch } from '../domain/settings';
import { WARNING_CODES } from '../domain/warnings';
import { refusal } from './check';
import { instant, line, lineOrNothing, shopId } from './fields';
import { StopView } from './stop-view';

/** Where Rakuten shows shops to buyers. */
const SHOP_HOSTS: readonly string[] = ['www.rakuten.ne.jp', 'www.rakuten.co.jp'];
const RAKUTEN_API_HOST = 'api.rms.rakuten.co.jp';
const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

const parseUrl = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

/** The slug of a shop in its address: `https://www.rakuten.ne.jp/gold/<shop>/` and its other forms. */
const slugOf = (text: string): string | undefined => {
  const url = parseUrl(text);
  if (url === undefined || !/^https?:$/.test(url.protocol) || !SHOP_HOSTS.includes(url.host))
    return undefined;
  const [slug, ...rest] = url.pathname.split('/').filter((part) => part !== '' && part !== 'gold');
  return slug !== undefined && rest.length === 0 && /^[a-z0-9][a-z0-9_-]{0,63}$/i.test(slug)
    ? slug.toLowerCase()
    : undefined;
};

const shopUrl = line(300)
  .refine(
    (text) => slugOf(text) !== undefined,
    refusal('refused', 'must be the address of the shop, as https://www.rakuten.ne.jp/<shop>'),
  )
  .meta({ example: 'https://www.rakuten.ne.jp/demo' });

/** One of Rakuten's two keys: `SP` or `SL`, digits, an underscore, letters and digits (order reference §1). */
export const rakutenKey = (prefix: 'SP' | 'SL') =>
  z
    .string()
    .trim()
    .max(50)
    .regex(
      new RegExp(`^${prefix}\\d+_[A-Za-z0-9]+$`),
      `must look like ${prefix}123456_…, copied whole from RMS`,
    );

/** The digits of the shop that a key names; undefined when it has another form. */
const keyDigits = (key: string): string | undefined => /^S[PL](\d+)_[A-Za-z0-9]+$/.exec(key)?.[1];

/** What is wrong where a licence key and a secret name different shops; undefined where they do not. */
export const keysDiffer = (keys: { serviceSecret: string; licenseKey: string }): string | undefined => {
  const [ours, theirs] = [keyDigits(keys.serviceSecret), keyDigits(keys.licenseKey)];
  if (ours === undefined || theirs === undefined || ours === theirs) return undefined;
  return `belongs to shop ${theirs}, but serviceSecret belongs to shop ${ours}: copy both from the same shop`;
};

const hasCredentials = (address: string): boolean => {
  const url = parseUrl(address);
  return url !== undefined && (url.username !== '' || url.password !== '');
};

/** Settings as they come in: with the secret that signs alerts, which is kept apart and never shown. */
const SettingsBody = ShopSettingsPatch.extend({
  alertWebhookUrl: ShopSettingsPatch.shape.alertWebhookUrl.refine(
    (address) => typeof address !== 'string' || !hasCredentials(address),
    refusal('refused', 'must not carry a user name or password'),
  ),
  alertWebhookSecret: lineOrNothing(200).min(16).nullable().optional().meta({
    description: 'Signs alerts (HMAC-SHA256). Never shown again; `null` removes it',
  }),
});

/** The settings that are stored as such, and the secret apart from them; undefined when it was not named. */
export const splitSettings = (
  given: z.output<typeof SettingsBody> = {},
): { settings: z.output<typeof ShopSettingsPatch>; alertSecret: string | null | undefined } => {
  const { alertWebhookSecret: alertSecret, ...settings } = given;
  return { settings, alertSecret };
};

/** A shop to register. */
export const NewShopBody = z
  .strictObject({
    name: line(100),
    shopUrl,
    rakutenShopId: line(20).optional(),
    serviceSecret: rakutenKey('SP'),
    licenseKey: rakutenKey('SL'),
    rmsBaseUrl: z.string().trim().max(300).optional(),
    settings: SettingsBody.optional(),
  })
  .superRefine(({ serviceSecret, licenseKey }, context) => {
    const differ = keysDiffer({ serviceSecret, licenseKey });
    if (differ === undefined) return;
    const { error: message, params } = refusal('keys_differ', differ);
    context.addIssue({ code: 'custom', path: ['licenseKey'], message, params });
  })
  .meta({ id: 'NewShop' });

/** A change of a shop. */
export const ShopChange = z.strictObject({ settings: SettingsBody });

/** A shop as it is shown: never a secret. */
export const ShopView = z
  .strictObject({
    shopId,
    name: z.string(),
    shopUrl: z.string(),
    rakutenShopId: z.string().nullable(),
    rmsBaseUrl: z.string().nullable().meta({ description: '`null`: RMS_BASE_URL' }),
    licenseKeyLast4: z.string().nullable(),
    alertWebhookSecretLast4: z
      .string()
      .nullable()
      .meta({ description: 'The end of the secret that signs alerts; `null`: there is none' }),
    settings: ShopSettings,
    demo: z.boolean(),
    retiredAt: instant.nullable(),
    parked: z
      .strictObject({ cause: z.enum(['key_refused', 'rakuten_down']), since: instant })
      .nullable()
      .meta({
        description: 'Why nothing but probes is sent to Rakuten for this shop; `null` while calls go out',
      }),
    stopped: StopView.nullable().meta({ description: 'The stop switch that is on for this shop' }),
    warnings: z
      .array(z.strictObject({ code: z.enum(WARNING_CODES), text: z.string(), since: instant }))
      .meta({ description: 'What looks wrong with how the shop is set up, and what to do about it' }),
  })
  .meta({ id: 'Shop' });

/** Our id and the one form of the address that a shop is kept under. Expects an address that `NewShopBody` took. */
export const shopIdentity = (address: string): { shopId: string; shopUrl: string } => {
  const slug = slugOf(address);
  if (slug === undefined) throw new TypeError('The shop’s address was not checked before it was used');
  return { shopId: slug, shopUrl: `https://${SHOP_HOSTS[0]}/${slug}` };
};

/**
 * Whether requests that carry a shop's keys may go to this address: Rakuten's API, the host of RMS_BASE_URL, the
 * sandbox, and hosts that OKURI_ALLOWED_RMS_HOSTS names, with or without a port. Keys leave over TLS, except to this machine.
 */
export const isAllowedRms = (address: string, { rms, sandbox }: Config): boolean => {
  const url = parseUrl(address);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false;
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname)) return false;
  const own =
    sandbox.enabled && sandbox.port !== undefined ? LOOPBACK.map((host) => `${host}:${sandbox.port}`) : [];
  const allowed = [RAKUTEN_API_HOST, new URL(rms.baseUrl).host, ...own, ...rms.allowedHosts];
  return allowed.includes(url.host) || rms.allowedHosts.includes(url.hostname);
};
