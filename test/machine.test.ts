import { createServer } from 'node:net';
import { freePort, portIsFree } from '../src/machine';

/** Where Linux, macOS and Windows begin to take the ports of outgoing connections, at the lowest. */
const OUTGOING_FROM = 32_768;

test('a free port is one that no outgoing connection can take before its server binds it', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  for (const port of ports) {
    expect(port).toBeGreaterThan(1023);
    expect(port).toBeLessThan(OUTGOING_FROM);
  }
});

test('a port that somebody listens on is not free', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(await portIsFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await portIsFree(port)).toBe(true);
});
