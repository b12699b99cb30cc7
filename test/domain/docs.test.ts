import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { codesPage, orderLifePage } from '../support/docs';
import { rakutenCodesPage } from '../support/rakuten-docs';
import { setupPage } from '../support/setup-docs';

test.each([
  ['docs/codes.md', codesPage],
  ['docs/order-life.md', orderLifePage],
  ['docs/rakuten-codes.md', rakutenCodesPage],
  ['docs/setup-rakuten.md', setupPage],
])('%s says what the code says', (file, make) => {
  const path = resolve(__dirname, '../..', file);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, make());
  expect(existsSync(path) ? readFileSync(path, 'utf8') : 'nothing').toBe(make());
});
