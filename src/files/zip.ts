import { Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import type { Entry, ZipFile } from 'yauzl';
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import { FileUnreadable } from './broken';

/** A file whose parts can be read in any order. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `start` up to but without `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** What an archive may unfold to, in bytes and entries. */
const MOST_BYTES = 200_000_000;
const MOST_ENTRIES = 1_000;

/** An archive that was found to unfold to no more than it may. */
export interface Archive {
  /** The content of an entry, or undefined when there is none; more or less than the archive declares is an error. */
  open(name: string): Promise<Readable | undefined>;
  close(): void;
}

class SourceReader extends RandomAccessReader {
  constructor(private readonly source: ByteSource) {
    super();
  }
  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.source.read(start, end), { objectMode: false });
  }
}

/**
 * Opens a zip archive. Its directory says what it unfolds to, which is refused before anything is unfolded where it is
 * too much; that an entry holds to it is checked while it is read. @throws FileUnreadable
 */
export const openArchive = async (source: ByteSource): Promise<Archive> => {
  const zip = await orUnreadable(() =>
    fromRandomAccessReaderPromise(new SourceReader(source), source.size, {
      lazyEntries: true,
      autoClose: false,
      strictFileNames: true,
      validateEntrySizes: true,
    }),
  );
  const entries = await readDirectory(zip);
  return {
    open: async (name) => {
      const entry = entries.get(name.toLowerCase());
      return entry === undefined ? undefined : orUnreadable(() => zip.openReadStreamPromise(entry));
    },
    close: () => zip.close(),
  };
};

const readDirectory = async (zip: ZipFile): Promise<Map<string, Entry>> => {
  const tooLarge = (what: string): never => {
    throw new FileUnreadable(1, 'too_large', what);
  };
  if (zip.entryCount > MOST_ENTRIES) tooLarge(`${zip.entryCount} > ${MOST_ENTRIES} entries`);
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const iterator = zip.eachEntry();
  for (;;) {
    const next = await orUnreadable(() => iterator.next());
    if (next.done) return entries;
    bytes += next.value.uncompressedSize;
    if (bytes > MOST_BYTES) tooLarge(`> ${MOST_BYTES / 1_000_000} MB`);
    const name = next.value.fileName.toLowerCase();
    if (entries.has(name)) throw new FileUnreadable(1, 'broken', `${next.value.fileName} twice`);
    entries.set(name, next.value);
  }
};

/** What yauzl says of a broken archive has no type of its own; what the source says (a database error) has one. */
const orUnreadable = async <T>(read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(cause);
  }
};

/** An error of reading an archive as one about the file, unless it came from elsewhere. */
export const unreadable = (cause: unknown, row = 1): unknown =>
  isNativeError(cause) && isAboutBytes(cause)
    ? new FileUnreadable(row, 'broken', cause.message, { cause })
    : cause;

/** yauzl and saxes raise plain errors, zlib those with its codes; everything else is not about the file. */
const isAboutBytes = (error: Error): boolean =>
  error.constructor.name === 'Error' &&
  (!('code' in error) || (typeof error.code === 'string' && error.code.startsWith('Z_')));
