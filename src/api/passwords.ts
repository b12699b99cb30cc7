import { type BinaryLike, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

/** 32 MB and about a tenth of a second for each password that is tried. */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
const MAX_MEMORY = 64 * 1024 * 1024;
const KEY_BYTES = 32;

interface Stored {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** What a password is checked with later: scrypt with its parameters, `scrypt$N$r$p$salt$key`. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16);
  const { N, r, p } = COST;
  const key = await derive(normal(password), salt, KEY_BYTES, { N, r, p, maxmem: MAX_MEMORY });
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
};

/** Whether a password is the one. Without a hash it takes as long and is not: who has an account does not show in the time. */
export const isPassword = async (password: string, stored: string | undefined): Promise<boolean> => {
  const { N, r, p, salt, key } = stored === undefined ? NOBODY : read(stored);
  const given = await derive(normal(password), salt, KEY_BYTES, { N, r, p, maxmem: MAX_MEMORY });
  return timingSafeEqual(given, key) && stored !== undefined;
};

const NOBODY: Stored = { ...COST, salt: Buffer.alloc(16), key: Buffer.alloc(KEY_BYTES) };

/** The same password typed on two keyboards may come in two forms of Unicode. */
const normal = (password: string): string => password.normalize('NFKC');

const read = (stored: string): Stored => {
  const [form, N, r, p, salt = '', key = ''] = stored.split('$');
  const bytes = Buffer.from(key, 'base64url');
  if (form !== 'scrypt' || bytes.length !== KEY_BYTES)
    throw new TypeError('A password is stored in an unknown form');
  return { N: Number(N), r: Number(r), p: Number(p), salt: Buffer.from(salt, 'base64url'), key: bytes };
};
