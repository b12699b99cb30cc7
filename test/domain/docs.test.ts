import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { codesPage, orderLifePage } from '../support/docs';

test.each([
  ['docs/codes.md', codesPage],
  ['docs/order-life.md', orderLifePage],
])('%s says what the code says', (file, make) => {
  const path = resolve(__dirname, '../..', file);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, make());
  expect(existsSync(path) ? readFileSync(path, 'utf8') : 'nothing').toBe(make());
});
