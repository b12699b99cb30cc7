import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Without it Node accepts a tag that somebody cut short. */
const OPTIONS = { authTagLength: TAG_BYTES };

/** Encrypts with AES-256-GCM, bound to `context`. @returns iv, tag and body */
export const encrypt = (key: Buffer, context: Buffer, plain: Buffer): Buffer => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, OPTIONS).setAAD(context);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
};

/** Decrypts what `encrypt` made. @throws Error when the key, the context or a byte is another */
export const decrypt = (key: Buffer, context: Buffer, encrypted: Buffer): Buffer => {
  const iv = encrypted.subarray(0, IV_BYTES);
  const tag = encrypted.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, OPTIONS).setAAD(context).setAuthTag(tag);
  return Buffer.concat([decipher.update(encrypted.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
};
