import type { Logger } from 'pino';
import { isTextCode, LANGUAGES, type Language, say } from '../domain/texts';
import { bodySignatureOf, signatureOf } from '../fulfilment/signature';
import {
  type Alert,
  forgetDeliveredAlerts,
  giveUp,
  markDelivered,
  markFailed,
  shopsWithDueAlerts,
  takeDueAlert,
} from '../store/alerts';
import type { Database } from '../store/database';
import { alertSecretOf, findShop } from '../store/shops';
import type { Vault } from '../store/vault';
import { type Repeating, repeat } from './repeat';

/** What the deliverer of alerts works with. */
export interface AlertWiring {
  readonly db: Database;
  readonly vault: Vault;
  readonly log: Logger;
  /** Where people look at an order; without it alerts carry no address. */
  readonly orderUrl?: (order: { shopId: string; orderNumber: string }) => string;
  /** How long a webhook may take to answer, in milliseconds; 10 seconds when absent. */
  readonly timeoutMs?: number;
}

/** New alerts are looked for this often. */
const DELIVER_MS = 1_000;
const FORGET_MS = 3_600_000;
const TIMEOUT_MS = 10_000;
/** A shop with more of them goes on in the next turn. */
const PER_SHOP_AND_TURN = 100;

/** Delivers alerts as long as the process lives. Closing breaks off what a webhook has not answered: it is tried again. */
export const startAlerts = (wiring: AlertWiring): Repeating => {
  const { db, log } = wiring;
  const closing = new AbortController();
  const again = (what: string) => (error: unknown) =>
    log.warn({ err: error }, `${what} failed; it is tried again`);
  const delivering = repeat(() => deliverAlerts(wiring, closing.signal), DELIVER_MS, again('sending alerts'));
  const forgetting = repeat(() => forgetDeliveredAlerts(db), FORGET_MS, again('deleting old alerts'));
  return {
    close: async () => {
      closing.abort();
      await Promise.all([delivering.close(), forgetting.close()]);
    },
  };
};

/**
 * Delivers the alerts that are due, each shop's one after the other, the oldest first. A shop whose webhook does not
 * take one keeps nobody else waiting. Several workers share the work.
 * @param closing breaks it off; what is under way counts as not delivered
 */
export const deliverAlerts = async (wiring: AlertWiring, closing?: AbortSignal): Promise<void> => {
  const shopIds = await shopsWithDueAlerts(wiring.db);
  await Promise.all(
    shopIds.map((shopId) =>
      deliverAlertsOf(wiring, shopId, closing).catch((error: unknown) =>
        wiring.log.warn({ err: error, shopId }, 'the alerts of a shop cannot be sent; they are tried again'),
      ),
    ),
  );
};

const deliverAlertsOf = async (wiring: AlertWiring, shopId: string, closing?: AbortSignal): Promise<void> => {
  let taken = true;
  for (let sent = 0; taken && sent < PER_SHOP_AND_TURN && closing?.aborted !== true; sent += 1) {
    const alert = await takeDueAlert(wiring.db, shopId);
    taken = alert !== undefined && (await deliver(wiring, alert, closing));
  }
};

/** @returns whether the webhook took it, so that the next may follow at once */
const deliver = async (wiring: AlertWiring, alert: Alert, closing?: AbortSignal): Promise<boolean> => {
  const { db, vault, log } = wiring;
  const { alertId, shopId, code, attempts } = alert;
  const shop = await findShop(db, shopId);
  const secret = shop === undefined ? null : alertSecretOf(vault, shop);
  const url = shop?.settings.alertWebhookUrl ?? null;
  if (url === null || secret === null) {
    await giveUp(db, alert, 'The shop has no alert webhook any more.');
    return true;
  }
  const failure = await post(url, secret, alertId, bodyOf(wiring, alert), wiring.timeoutMs, closing);
  if (closing?.aborted === true && failure !== undefined) return false;
  if (failure === undefined) {
    await markDelivered(db, alert);
    return true;
  }
  const over = await markFailed(db, alert, failure);
  const what = over ? 'an alert was given up' : 'an alert was not taken; it is tried again';
  log[over ? 'warn' : 'info']({ shopId, alertId, code, attempts, failure }, what);
  return false;
};

const bodyOf = ({ orderUrl }: AlertWiring, alert: Alert): string => {
  const { alertId, shopId, orderNumber, code, createdAt, params } = alert;
  const texts = LANGUAGES.map((language): [Language, string] => [
    language,
    isTextCode(code) ? say(language, code, params) : code,
  ]);
  return JSON.stringify({
    alertId,
    shopId,
    orderNumber,
    code,
    at: createdAt.toISOString(),
    text: Object.fromEntries(texts),
    params,
    ...(orderNumber === null ? {} : { orderUrl: orderUrl?.({ shopId, orderNumber }) }),
  });
};

/** @returns why the webhook did not take it; never its address, whose query may be a secret */
const post = async (
  url: string,
  secret: string,
  alertId: string,
  body: string,
  timeoutMs = TIMEOUT_MS,
  closing?: AbortSignal,
): Promise<string | undefined> => {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'okuri',
        'x-okuri-alert-id': alertId,
        'x-okuri-signature': signatureOf(secret, body, new Date()),
        'x-okuri-body-signature': bodySignatureOf(secret, body),
      },
      body,
      signal: closing === undefined ? late : AbortSignal.any([late, closing]),
    });
    await response.body?.cancel();
    return refusalOf(response.status);
  } catch (error) {
    if (late.aborted) return `The webhook did not answer within ${timeoutMs / 1000} seconds.`;
    return `The webhook cannot be reached${reasonOf(error)}.`;
  }
};

const refusalOf = (status: number): string | undefined => {
  if (status >= 200 && status < 300) return undefined;
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return `The webhook answered ${status}${redirect}.`;
};

/** The code of the system's error alone: its message can name the address. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? `: ${code}` : '';
};
