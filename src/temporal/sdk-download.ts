import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Say } from '../machine';

const SOURCE = 'https://temporal.download';
const ANSWER_TIMEOUT_MS = 15_000;
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;
const UNPACK_TIMEOUT_MS = 120_000;
const PROGRESS_EVERY_BYTES = 10e6;
const ARCHITECTURES: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const answer = z.object({ archiveUrl: z.url({ protocol: /^https$/ }), fileToExtract: z.string() });

/**
 * Downloads a program from where Temporal's SDKs download theirs (the version that suits them) and writes it to
 * `target`. Raises an Error whose message says what was in the way.
 */
export async function programFromSdk(artifact: string, target: string, say: Say): Promise<void> {
  const query = new URLSearchParams({
    arch: ARCHITECTURES[process.arch] ?? process.arch,
    platform: process.platform,
    format: 'tar.gz',
    'sdk-name': 'sdk-typescript',
  });
  const found = await get(`${SOURCE}/${artifact}/default?${query}`, ANSWER_TIMEOUT_MS);
  const { archiveUrl, fileToExtract } = answer.parse(await found.json());
  const dir = await mkdtemp(join(dirname(target), 'download-'));
  try {
    const archive = join(dir, 'archive.tar.gz');
    await save(await get(archiveUrl, DOWNLOAD_TIMEOUT_MS), archive, say);
    await promisify(execFile)('tar', ['-xzf', archive, '-C', dir, fileToExtract], {
      timeout: UNPACK_TIMEOUT_MS,
    });
    await rename(join(dir, fileToExtract), target);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function get(url: string, timeoutMs: number): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Error(`${new URL(url).host} cannot be reached (${cause})`);
  });
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  return response;
}

async function save(response: Response, file: string, say: Say): Promise<void> {
  const { body } = response;
  if (body === null) throw new Error('the answer was empty');
  const total = Number(response.headers.get('content-length'));
  let bytes = 0;
  let said = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes - said >= PROGRESS_EVERY_BYTES) {
        said = bytes;
        say(`  … ${(bytes / 1e6).toFixed(0)} of ${total > 0 ? (total / 1e6).toFixed(0) : '?'} MB`);
      }
      done(null, chunk);
    },
  });
  await pipeline(Readable.from(body), counter, createWriteStream(file));
}
