import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const END_BYTES = 22;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER_BYTES = 30;
const DEFLATED = 8;

/**
 * Unpacks the one entry of a zip file whose name ends so, into a file, without holding either in memory. Reads the zip
 * by its directory at the end (APPNOTE 4.3.12 and 4.3.16; no zip64, no encryption, no comment). Raises an Error when
 * the file is no zip or has no such entry.
 */
export async function extractFromZip(zip: string, suffix: string, target: string): Promise<void> {
  const file = await open(zip, 'r');
  try {
    const entry = findEntry(await readDirectory(file), suffix);
    const header = await readAt(file, entry.header, LOCAL_HEADER_BYTES);
    const start = entry.header + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
    const packed = createReadStream(zip, { start, end: start + entry.size - 1 });
    const unpacked = createWriteStream(target);
    await (entry.deflated ? pipeline(packed, createInflateRaw(), unpacked) : pipeline(packed, unpacked));
  } finally {
    await file.close();
  }
}

/** Where an entry stands in the file, and how. */
interface Entry {
  header: number;
  size: number;
  deflated: boolean;
}

async function readDirectory(file: FileHandle): Promise<Buffer> {
  const at = (await file.stat()).size - END_BYTES;
  const end = at < 0 ? undefined : await readAt(file, at, END_BYTES);
  if (end?.readUInt32LE(0) !== END_OF_DIRECTORY) throw new Error('the file is not a zip file');
  return readAt(file, end.readUInt32LE(16), end.readUInt32LE(12));
}

function findEntry(directory: Buffer, suffix: string): Entry {
  for (let at = 0; at < directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    if (directory.toString('utf8', at + 46, at + 46 + nameLength).endsWith(suffix)) {
      const deflated = directory.readUInt16LE(at + 10) === DEFLATED;
      return { header: directory.readUInt32LE(at + 42), size: directory.readUInt32LE(at + 20), deflated };
    }
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new Error(`the file has no ${suffix}`);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('the zip file ends too early');
  return buffer;
}
