import { randomBytes } from 'node:crypto';
import { createVault, VaultError } from '../../src/store/vault';

const PLACE = 'shop/tea/licenseKey';
const TEXT = 'SL123456_山田太郎';
const vault = createVault(randomBytes(32));

test('what was sealed opens at its place', () => {
  for (const text of [TEXT, '', '鍵'.repeat(50_000)])
    expect(vault.open(PLACE, vault.seal(PLACE, text))).toBe(text);
});

test('nothing of the text is in the sealed bytes, and the same text never looks the same', () => {
  const sealed = vault.seal(PLACE, TEXT);
  for (const part of ['SL123456', '山田']) expect(sealed.includes(Buffer.from(part))).toBe(false);
  expect(vault.seal(PLACE, TEXT).equals(sealed)).toBe(false);
});

test('it does not open at another place', () => {
  expect(() => vault.open('shop/other/licenseKey', vault.seal(PLACE, TEXT))).toThrow(VaultError);
});

test('it does not open with another key, and says which variable is wrong', () => {
  const other = createVault(randomBytes(32));
  expect(() => other.open(PLACE, vault.seal(PLACE, TEXT))).toThrow(VaultError);
  expect(() => other.open(PLACE, vault.seal(PLACE, TEXT))).toThrow(/OKURI_MASTER_KEY/);
});

test('no byte can be altered', () => {
  const sealed = vault.seal(PLACE, 'SL1');
  for (const index of sealed.keys()) {
    const altered = Buffer.from(sealed);
    altered[index] = (altered[index] ?? 0) ^ 1;
    expect(() => vault.open(PLACE, altered)).toThrow(VaultError);
  }
});

test.each(['SL1', ''])('nothing can be cut off from %p', (text) => {
  const sealed = vault.seal(PLACE, text);
  for (let length = 0; length < sealed.length; length += 1)
    expect(() => vault.open(PLACE, sealed.subarray(0, length))).toThrow(VaultError);
});

test('an error says nothing of what was sealed', () => {
  const opening = () => createVault(randomBytes(32)).open(PLACE, vault.seal(PLACE, TEXT));
  expect(opening).toThrow(expect.objectContaining({ message: expect.not.stringContaining('SL123456') }));
});

test('fingerprints and signing secrets are the same for the same key, and another for another', () => {
  const key = randomBytes(32);
  const [one, same, other] = [createVault(key), createVault(key), createVault(randomBytes(32))];
  expect(one.fingerprint('山田')).toMatch(/^[0-9a-f]{32}$/);
  expect(one.fingerprint('山田')).toBe(same.fingerprint('山田'));
  expect(one.fingerprint('山田')).not.toBe(other.fingerprint('山田'));
  expect(one.signingSecret('tea')).toBe(same.signingSecret('tea'));
  expect(one.signingSecret('tea')).not.toBe(one.signingSecret('demo'));
  expect(one.signingSecret('tea')).not.toContain(one.fingerprint('tea'));
});
