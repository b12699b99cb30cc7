import { loadConfig } from '../../src/config';
import { examine } from '../../src/supervisor/doctor';
import { stockDesk } from '../store/stock-lines';
import { startStore, type TestStore } from '../store/store';
import { temporalForTests } from '../support/temporal';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

test('a balance that is not the sum of its movements is named with both numbers', async () => {
  const desk = stockDesk(store);
  await desk.skus('TEA', 'CUP');
  for (const code of ['TEA', 'CUP']) await desk.receive(code, 5);
  const { address } = await temporalForTests();
  const config = loadConfig({
    ...{ DATABASE_URL: store.url, TEMPORAL_ADDRESS: address, OKURI_ADMIN_TOKEN: 'token-of-a-test-run' },
    OKURI_DATA_DIR: '/nonexistent',
  });
  const ledger = async () => (await examine(config)).find(({ title }) => title === 'stock ledger');
  expect(await ledger()).toEqual({ title: 'stock ledger' });
  await store.pool.query(`update stock_balances set on_hand = 7 where sku_code = 'CUP'`);
  expect((await ledger())?.problem).toContain('CUP at main (on hand 7, booked 5; reserved 0, booked 0)');
});
