import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { performancePage } from '../../bench/support/performance';
import { resultsSchema } from '../../bench/support/results';
import { codesPage, orderLifePage } from '../support/docs';
import { rakutenCodesPage } from '../support/rakuten-docs';
import { setupPage } from '../support/setup-docs';

/** What was measured cannot be measured here: the page is to say what is written down, and nothing else. */
const performanceOfResults = (): string => {
  const file = resolve(__dirname, '../../bench/results.json');
  return performancePage(resultsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
};

test.each([
  ['docs/codes.md', codesPage],
  ['docs/order-life.md', orderLifePage],
  ['docs/rakuten-codes.md', rakutenCodesPage],
  ['docs/setup-rakuten.md', setupPage],
  ['docs/performance.md', performanceOfResults],
])('%s says what the code says', (file, make) => {
  const path = resolve(__dirname, '../..', file);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, make());
  expect(existsSync(path) ? readFileSync(path, 'utf8') : 'nothing').toBe(make());
});
