import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';

/** Asks the API over one connection that stays open, reads the answer to its end, and tells how long that took. */
export function caller(port: number, token: string): (path: string) => Promise<{ ms: number; text: string }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${token}` };
  return (path) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      get({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          if (response.statusCode === 200) resolve({ ms: performance.now() - began, text });
          else reject(new Error(`${path} answered ${response.statusCode}: ${text.slice(0, 300)}`));
        });
      }).on('error', reject);
    });
}
