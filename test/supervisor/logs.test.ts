import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { rotateOnce } from '../../src/supervisor/logs';

const LINES = 40_000;
/** Writes numbered lines to its output, as a server does, a hundred at a time. */
const WRITER = `const { writeSync } = require('node:fs');
let n = 0; const more = () => { for (let i = 0; i < 100; i += 1) writeSync(1, String(n++).padStart(60, '.') + '\\n'); if (n < ${LINES}) setTimeout(more, 2); }; more();`;
const LARGEST = 200_000;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'okuri-logs-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const numbersIn = async (name: string): Promise<number[]> => {
  const bytes = await readFile(join(dir, name));
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  expect(lines.every((line) => line.length === 60)).toBe(true);
  return lines.map((line) => Number(line.replaceAll('.', '')));
};

test('a log that is being written is rotated into whole lines, in order, five packed parts at most', async () => {
  const log = await open(join(dir, 'api.log'), 'a');
  const writer = spawn(process.execPath, ['-e', WRITER], { stdio: ['ignore', log.fd, 'inherit'] });
  await log.close();
  let ended = false;
  const end = once(writer, 'exit').then(() => {
    ended = true;
  });
  let rotations = 0;
  while (!ended) {
    await rotateOnce(dir, LARGEST);
    rotations += 1;
    await sleep(5);
  }
  await end;
  expect(rotations).toBeGreaterThan(1);
  const names = (await readdir(dir)).sort();
  expect(names).toEqual(['api.log', ...[1, 2, 3, 4, 5].map((part) => `api.log.${part}.gz`)]);
  const numbers: number[] = [];
  for (const name of ['api.log', ...names.slice(1)].reverse()) numbers.push(...(await numbersIn(name)));
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const [first = 0] = numbers;
  expect(numbers.at(-1)).toBe(LINES - 1);
  const lost = LINES - first - numbers.length;
  expect(lost / numbers.length).toBeLessThan(0.01);
}, 60_000);

test('a part that was left unpacked by a kill is kept', async () => {
  for (const [name, text] of [
    ['api.log', ''],
    ['api.log.1', 'left\n'],
  ] as const) {
    const file = await open(join(dir, name), 'w');
    await file.writeFile(text);
    await file.close();
  }
  await rotateOnce(dir, LARGEST);
  expect((await readdir(dir)).sort()).toEqual(['api.log', 'api.log.1.gz']);
  expect(gunzipSync(await readFile(join(dir, 'api.log.1.gz'))).toString()).toBe('left\n');
});
