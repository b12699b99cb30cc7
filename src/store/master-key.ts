import { createHmac, hkdfSync } from 'node:crypto';
import { decrypt, encrypt } from './gcm';

/** What a data key is for. `fingerprint` and `signing` have one each, which stays: look-ups and signatures go on. */
type Purpose = 'seal' | 'fingerprint' | 'signing';

/** A data key that was unwrapped. */
export interface PlainKey {
  /** Eight hexadecimal digits. */
  readonly keyId: string;
  readonly purpose: Purpose;
  readonly key: Buffer;
}

/** Ids of the keys that an installation begins with. */
const IMPORTED: Readonly<Record<Purpose, string>> = {
  seal: '00000001',
  fingerprint: '00000002',
  signing: '00000003',
};

/** The key that sealed what names no key. */
export const IMPORTED_SEAL_KEY = IMPORTED.seal;

const ID_DIGITS = 8;
const FORMAT = 1;
const HEADER_BYTES = 5;

const derive = (masterKey: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `okuri/${purpose}`, 32));

/** The data keys that an installation begins with. They are derived, so that two processes make the same. */
export const importedKeys = (masterKey: Buffer): PlainKey[] =>
  (['seal', 'fingerprint', 'signing'] as const).map((purpose) => ({
    keyId: IMPORTED[purpose],
    purpose,
    key: derive(masterKey, purpose),
  }));

/** By what a master key is known: says nothing of it, and can be shown. Eight hexadecimal digits. */
export const masterKeyIdOf = (masterKey: Buffer): string =>
  createHmac('sha256', masterKey).update('okuri/master-key-id').digest('hex').slice(0, ID_DIGITS);

const contextOf = (header: Buffer, { keyId, purpose }: Omit<PlainKey, 'key'>): Buffer =>
  Buffer.concat([header, Buffer.from(`wrap/${keyId}/${purpose}`)]);

/**
 * Wraps a data key under a master key. `generation` counts the changes of the master key, so that the newer of two can be
 * told: it stands before the wrapped key and is bound to it, as are the key's id and purpose.
 */
export const wrap = (masterKey: Buffer, generation: number, { key, ...data }: PlainKey): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(FORMAT);
  header.writeUInt32BE(generation, 1);
  return Buffer.concat([header, encrypt(derive(masterKey, 'wrap'), contextOf(header, data), key)]);
};

/** The generation of the master key that wrapped this. */
export const generationOf = (wrapped: Buffer): number =>
  wrapped.length < HEADER_BYTES ? 0 : wrapped.readUInt32BE(1);

/** Unwraps a data key. @throws Error when it was altered, or wrapped by another master key, or as another key */
export const unwrap = (masterKey: Buffer, data: Omit<PlainKey, 'key'>, wrapped: Buffer): Buffer =>
  decrypt(
    derive(masterKey, 'wrap'),
    contextOf(wrapped.subarray(0, HEADER_BYTES), data),
    wrapped.subarray(HEADER_BYTES),
  );
