import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const FORMAT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Without it Node accepts a tag that somebody cut short. */
const OPTIONS = { authTagLength: TAG_BYTES };

/** Sealed bytes that this master key does not open: another key, or altered data. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
}

/**
 * Seals what must not be read by somebody who has only the database: secrets and personal data (AES-256-GCM).
 * Every value is bound to its place, so that a sealed value moved to another row does not open.
 */
export interface Vault {
  /** Seals a text. `place` says where it will stand, such as `shop/demo/licenseKey`. */
  seal(place: string, text: string): Buffer;
  /** Opens what was sealed for the same place. @throws VaultError */
  open(place: string, sealed: Buffer): string;
  /** A keyed hash for exact look-ups and comparisons of personal data (hex, 32 characters). */
  fingerprint(text: string): string;
  /** The secret that signs messages between a shop and its warehouse (hex). */
  signingSecret(shopId: string): string;
}

const derive = (masterKey: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `okuri/${purpose}`, 32));

/** A vault for a 32-byte master key. */
export const createVault = (masterKey: Buffer): Vault => {
  const sealing = derive(masterKey, 'seal');
  const hashing = derive(masterKey, 'fingerprint');
  const signing = derive(masterKey, 'signing');
  return {
    seal(place, text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealing, iv, OPTIONS).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(FORMAT), iv, cipher.getAuthTag(), body]);
    },
    open(place, sealed) {
      if (sealed[0] !== FORMAT) throw new VaultError(`${place} was sealed in an unknown format`);
      const iv = sealed.subarray(1, 1 + IV_BYTES);
      const tag = sealed.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES);
      const body = sealed.subarray(1 + IV_BYTES + TAG_BYTES);
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealing, iv, OPTIONS)
          .setAAD(Buffer.from(place))
          .setAuthTag(tag);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new VaultError(
          `${place} cannot be opened: OKURI_MASTER_KEY is not the key it was sealed with. Start with the key that this database was made with.`,
          { cause },
        );
      }
    },
    fingerprint: (text) => createHmac('sha256', hashing).update(text).digest('hex').slice(0, 32),
    signingSecret: (shopId) => createHmac('sha256', signing).update(shopId).digest('hex'),
  };
};
