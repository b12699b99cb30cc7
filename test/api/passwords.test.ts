import { scryptSync } from 'node:crypto';
import { hashPassword, isPassword } from '../../src/api/passwords';

const PASSWORD = 'パスワードは長いほど良い';

test('a password costs 32 MB and three rounds to try, as its hash says', async () => {
  const [form, N, r, p, salt = '', key] = (await hashPassword(PASSWORD)).split('$');
  const cost = { N: 2 ** 15, r: 8, p: 3 };
  expect([form, Number(N), Number(r), Number(p)]).toEqual(['scrypt', cost.N, cost.r, cost.p]);
  const derived = scryptSync(PASSWORD.normalize('NFKC'), Buffer.from(salt, 'base64url'), 32, {
    ...cost,
    maxmem: 2 ** 26,
  });
  expect(key).toBe(derived.toString('base64url'));
});

test('a password is the one that was hashed, and no other', async () => {
  const stored = await hashPassword(PASSWORD);
  expect(await isPassword(PASSWORD, stored)).toBe(true);
  expect(await isPassword(`${PASSWORD}。`, stored)).toBe(false);
  expect(await isPassword(PASSWORD, undefined)).toBe(false);
});
