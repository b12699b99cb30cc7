import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { intervalMsOf } from '../domain/rate-limits';
import type { RmsGateway } from '../rms/gateway';
import { createGateway } from '../rms/gateway';
import type {
  ApiFamily,
  CallObserver,
  CircuitStore,
  KeyRing,
  RateLimiter,
  SubmissionJournal,
} from '../rms/ports';
import { ShopParked } from '../rms/ports';
import type { Linger } from '../rms/ripeness';
import { findCircuit, openCircuit } from '../store/circuits';
import { fallBackTo, openKey, otherKeys, setKeyExpiry } from '../store/credentials';
import type { Database } from '../store/database';
import { beginSending, isParked, type Pace, sendLate, slowDown, speedUp, takeSlot } from '../store/limits';
import { acceptSubmission, beginSubmission, dropFromSubmission } from '../store/submissions';
import type { Vault } from '../store/vault';
import { departuresOfThisProcess } from './departures';

/** Three calls that wait this long each, and are answered late, still end before their activity's attempt does. */
const MAX_WAIT_MS = 90_000;

/** A busy process sleeps longer than it wanted to; within this the limit's own margin is enough. */
const LATE_MS = 5;

/** The rate limit of all worker processes together, kept in PostgreSQL; how narrow it is stands in the shop's settings. */
const postgresLimiter = (db: Database, departures = departuresOfThisProcess()): RateLimiter => ({
  take: async (shopId, family, { signal, probe = false } = {}) => {
    const slot = await takeSlot(db, shopId, family, paceOf(family), probe);
    if (isParked(slot)) throw new ShopParked(slot);
    const { waitMs, slowness, intervalMs } = slot;
    if (waitMs > 0) await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
    return {
      ...{ slowness, intervalMs },
      begin: async () => {
        const begun = await beginSending(db, shopId, family, intervalMs, probe);
        if (isParked(begun)) throw new ShopParked(begun);
        const due = performance.now() + begun.waitMs;
        if (begun.waitMs > 0) await sleep(begun.waitMs);
        await departures.leave(`${shopId}/${family}`, {
          intervalMs: intervalMs * slowness,
          isLate: () => performance.now() - due > LATE_MS,
          tell: () => sendLate(db, shopId, family),
        });
      },
    };
  },
  slowDown: (shopId, family, ms) => slowDown(db, shopId, family, ms),
  speedUp: (shopId, family) => speedUp(db, shopId, family),
});

const paceOf = (family: ApiFamily): Pace => ({
  usualMs: intervalMsOf(family),
  atOneMs: intervalMsOf(family, { [family]: 1 }),
});

/** The circuits of all shops, shared by all worker processes. */
const postgresCircuits = (db: Database): CircuitStore => ({
  read: async (shopId) => {
    const circuit = await findCircuit(db, shopId);
    return circuit === undefined ? undefined : { cause: circuit.cause, since: circuit.openedAt };
  },
  open: (shopId, cause) => openCircuit(db, shopId, cause),
});

/** The keys of all shops, shared by all worker processes. */
const postgresKeys = (db: Database): KeyRing => ({
  others: (shopId) => otherKeys(db, shopId),
  fallBack: (shopId, refused, keyId) => fallBackTo(db, shopId, refused, keyId),
});

/** The journal of asynchronous shipping reports, shared by all worker processes. */
const postgresJournal = (db: Database): SubmissionJournal => ({
  begin: (shopId, orderNumbers) => beginSubmission(db, shopId, orderNumbers),
  accepted: (submissionId, requestId, orderNumbers) =>
    acceptSubmission(db, submissionId, requestId, orderNumbers),
  dropped: (submissionId, orderNumbers) => dropFromSubmission(db, submissionId, orderNumbers),
});

/** A shop that is not registered, or that has no key such as was asked for. */
class NoConnectionError extends Error {
  override readonly name = 'NoConnectionError';
}

/** What a gateway needs beside the shop's id. */
export interface GatewayWiring {
  readonly db: Database;
  readonly vault: Vault;
  readonly rmsBaseUrl: string;
  readonly observer: CallObserver;
  /** How long batches may gather; for tests. */
  readonly linger?: Linger;
}

/** The gateways of this process, made when first asked for. The key is read anew for each request, so that it can change. */
export const gatewaysOf = ({ db, vault, rmsBaseUrl, observer, linger }: GatewayWiring) => {
  const gateways = new Map<string, RmsGateway>();
  const shared = {
    limiter: postgresLimiter(db),
    circuit: postgresCircuits(db),
    keys: postgresKeys(db),
    journal: postgresJournal(db),
    observer,
    maxWaitMs: MAX_WAIT_MS,
    ...(linger ? { linger } : {}),
  };
  const connection = async (shopId: string, keyId: string | undefined) => {
    const key = await openKey(db, vault, shopId, keyId);
    if (key === undefined) throw new NoConnectionError(`Shop ${shopId} has no such key: register one`);
    const { serviceSecret, licenseKey, expiresAt } = key;
    return {
      baseUrl: key.rmsBaseUrl ?? rmsBaseUrl,
      credentials: { serviceSecret, licenseKey },
      keyId: key.keyId,
      ...(expiresAt === undefined ? {} : { keyExpiresAt: expiresAt }),
    };
  };
  return {
    of: (shopId: string): RmsGateway => {
      const known = gateways.get(shopId);
      if (known !== undefined) return known;
      const made = createGateway({
        ...shared,
        shopId,
        connection: (keyId) => connection(shopId, keyId),
        onKeyExpiry: async (expiresAt, keyId) => {
          if (keyId !== undefined) await setKeyExpiry(db, keyId, expiresAt);
        },
      });
      gateways.set(shopId, made);
      return made;
    },
    close: async (): Promise<void> => {
      await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
    },
  };
};
