import { createHmac } from 'node:crypto';
import { decrypt, encrypt } from './gcm';
import { IMPORTED_SEAL_KEY, importedKeys, type PlainKey } from './master-key';

/** Sealed with the key that the master key once gave by itself; no longer written. */
const WITHOUT_KEY_ID = 1;
/** The format's number, the key's id, then what AES-256-GCM made. */
const WITH_KEY_ID = 2;
const HEADER_BYTES = 5;

/** Sealed bytes that do not open, or keys that cannot be had: another master key, or altered data. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
}

/**
 * Seals what must not be read by somebody who has only the database: secrets and personal data (AES-256-GCM).
 * Every value is bound to its place, so that a sealed value moved to another row does not open.
 */
export interface Vault {
  /** Seals a text. `place` says where it will stand, such as `shop/demo/licenseKey`. @throws VaultError */
  seal(place: string, text: string): Buffer;
  /** Opens what was sealed for the same place. @throws VaultError */
  open(place: string, sealed: Buffer): string;
  /** A keyed hash for exact look-ups and comparisons of personal data (hex, 32 characters). */
  fingerprint(text: string): string;
  /** The secret that signs messages between a shop and its warehouse (hex). */
  signingSecret(shopId: string): string;
}

/** A key that seals. */
export interface SealKey {
  readonly keyId: string;
  readonly key: Buffer;
  /** Since when it may seal, by this process's clock (milliseconds). */
  readonly activeAt: number;
}

/** The keys that a vault works with. */
export interface Ring {
  /** At least one; the oldest first. The newest that is active seals, all open. */
  readonly seal: readonly SealKey[];
  readonly fingerprint: Buffer;
  readonly signing: Buffer;
}

/** How a vault comes to its keys. */
interface RingSource {
  /** The keys as they are known now. @throws VaultError when they are not */
  ring(): Ring;
  /** The keys to seal with. @throws VaultError when they may be out of date */
  ringToSeal(): Ring;
  /** Told when something names a key that is not known here. */
  onUnknownKey(): void;
}

/** The key that seals now. */
export const sealingKey = ({ seal }: Ring): SealKey => {
  const [oldest] = seal;
  if (oldest === undefined) throw new VaultError('There is no key that seals.');
  return seal.findLast(({ activeAt }) => activeAt <= Date.now()) ?? oldest;
};

/** A vault over keys that may change while it is used. */
export const vaultOver = ({ ring, ringToSeal, onUnknownKey }: RingSource): Vault => ({
  seal(place, text) {
    const { keyId, key } = sealingKey(ringToSeal());
    const header = headerOf(keyId);
    return Buffer.concat([header, encrypt(key, contextOf(header, place), Buffer.from(text))]);
  },
  open(place, sealed) {
    const { keyId, context, encrypted } = unpacked(place, sealed);
    const known = ring().seal.find((key) => key.keyId === keyId);
    if (known === undefined) {
      onUnknownKey();
      throw new VaultError(
        `${place} cannot be opened: it was sealed with the data key ${keyId}, which is not known here. Right after a change of the master key it is in some seconds; else put the tables data_keys and data_key_wraps back from a backup.`,
      );
    }
    try {
      return decrypt(known.key, context, encrypted).toString('utf8');
    } catch (cause) {
      throw new VaultError(
        `${place} cannot be opened: it was altered, moved here from another row, or sealed under another OKURI_MASTER_KEY than the one of this database. Put it back from a backup, or enter it anew.`,
        { cause },
      );
    }
  },
  fingerprint: (text) => createHmac('sha256', ring().fingerprint).update(text).digest('hex').slice(0, 32),
  signingSecret: (shopId) => createHmac('sha256', ring().signing).update(shopId).digest('hex'),
});

/** A vault for a 32-byte master key by itself, without a database: the keys that an installation begins with. */
export const createVault = (masterKey: Buffer): Vault => {
  const ring = ringOf(importedKeys(masterKey).map((key) => ({ ...key, activeAt: 0 })));
  return vaultOver({ ring: () => ring, ringToSeal: () => ring, onUnknownKey: () => undefined });
};

/** The ring of these keys; those that seal, in the order given. @throws VaultError when a purpose has none */
export const ringOf = (keys: readonly (PlainKey & { readonly activeAt: number })[]): Ring => {
  const only = (purpose: PlainKey['purpose']): Buffer => {
    const found = keys.find((key) => key.purpose === purpose);
    if (found === undefined)
      throw new VaultError(
        `The table data_keys has no key for the purpose "${purpose}": put data_keys and data_key_wraps back from a backup.`,
      );
    return found.key;
  };
  only('seal');
  return {
    seal: keys.filter(({ purpose }) => purpose === 'seal'),
    fingerprint: only('fingerprint'),
    signing: only('signing'),
  };
};

/** How what a key sealed begins. */
export const headerOf = (keyId: string): Buffer =>
  Buffer.concat([Buffer.of(WITH_KEY_ID), Buffer.from(keyId, 'hex')]);

const contextOf = (header: Buffer, place: string): Buffer => Buffer.concat([header, Buffer.from(place)]);

const unpacked = (place: string, sealed: Buffer) => {
  if (sealed[0] === WITHOUT_KEY_ID)
    return { keyId: IMPORTED_SEAL_KEY, context: Buffer.from(place), encrypted: sealed.subarray(1) };
  if (sealed[0] !== WITH_KEY_ID || sealed.length < HEADER_BYTES)
    throw new VaultError(`${place} was sealed in an unknown format`);
  const header = sealed.subarray(0, HEADER_BYTES);
  return {
    keyId: header.subarray(1).toString('hex'),
    context: contextOf(header, place),
    encrypted: sealed.subarray(HEADER_BYTES),
  };
};
