import type { AddressInfo } from 'node:net';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { showPresence } from '../../src/store/presence';
import { eventually } from '../support/eventually';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
let gate: Server;
/** Whether connections get through to PostgreSQL; while they do not, they are broken off at once. */
let open = true;
let attempts = 0;
const sockets = new Set<Socket>();

beforeAll(async () => {
  store = await startStore();
  const { hostname, port } = new URL(store.url);
  gate = createServer((socket) => {
    attempts += 1;
    socket.on('error', () => undefined);
    if (!open) return void socket.destroy();
    const through = createConnection(Number(port), hostname);
    through.on('error', () => socket.destroy());
    socket.pipe(through).pipe(socket);
    for (const end of [socket, through]) {
      sockets.add(end);
      end.once('close', () => sockets.delete(end));
    }
  });
  await new Promise<void>((done) => gate.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  gate.close();
  await store.close();
});

const shown = async (): Promise<number> => {
  const { rows } = await store.pool.query(
    `select 1 from pg_stat_activity where application_name = 'okuri-presence' and datname = current_database()`,
  );
  return rows.length;
};

test('an outage of the database is sat out by one attempt after the other, and told once', async () => {
  const url = new URL(store.url);
  url.port = String((gate.address() as AddressInfo).port);
  url.hostname = '127.0.0.1';
  const lost: Error[] = [];
  const presence = await showPresence(url.href, (error) => lost.push(error));
  expect(attempts).toBe(1);
  open = false;
  for (const socket of sockets) socket.destroy();
  await eventually(
    () => Promise.resolve(attempts),
    (count) => count >= 5,
  );
  open = true;
  await eventually(shown, (count) => count > 0);
  const before = attempts;
  // Whatever else was trying meanwhile would come through now.
  await eventually(
    async () => (await store.pool.query(`select pg_sleep(1.5)`)).rowCount,
    (count) => count === 1,
  );
  expect([await shown(), attempts - before, lost.length]).toEqual([1, 0, 1]);
  await presence.close();
  await eventually(shown, (count) => count === 0);
});

test('where there is no database, it says so and leaves nothing trying', async () => {
  open = false;
  const before = attempts;
  const url = new URL(store.url);
  url.port = String((gate.address() as AddressInfo).port);
  url.hostname = '127.0.0.1';
  await expect(showPresence(url.href, () => undefined)).rejects.toThrow();
  await store.pool.query('select pg_sleep(1.2)');
  expect(attempts - before).toBe(1);
});
