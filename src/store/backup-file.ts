import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { errorCode } from '../machine';

/** A backup cannot be made, read or put back; the message says why and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

const FORMAT = 'okuri-backup';
/** Bump when what was written before can no longer be read. */
const FORMAT_VERSION = 1;

const header = z.object({
  format: z.literal(FORMAT),
  version: z.number(),
  madeAt: z.iso.datetime(),
  /** Version of the product that wrote it. */
  product: z.string(),
  /** The newest migration of the database: its name, and the moment by which the database knows it. */
  migration: z.object({ tag: z.string(), when: z.number() }),
  /** Ids of the master keys that open what is sealed in it; any of them does. */
  masterKeyIds: z.array(z.string()),
});
const table = z.object({ name: z.string(), columns: z.array(z.string()).min(1) });
const tableEnd = z.object({ rows: z.number(), sha256: z.string() });
const sequence = z.object({ name: z.string(), last: z.string(), called: z.boolean() });
const trailer = z.object({ tables: z.number(), sequences: z.array(sequence) });

/** What stands at the beginning of a backup. */
export type BackupHeader = z.infer<typeof header>;
/** A table whose rows follow, in the order of these columns. */
export type BackupTable = z.infer<typeof table>;
type TableEnd = z.infer<typeof tableEnd>;
/** What stands at its end: how many tables there were, and how far numbering had come. */
export type BackupTrailer = z.infer<typeof trailer>;

/** A backup is a row of parts: `header`, then for each table `table`, its `rows` and `tableEnd`, and `trailer`. */
const KINDS = ['header', 'table', 'rows', 'tableEnd', 'trailer'] as const;
type Kind = (typeof KINDS)[number];
const HEAD_BYTES = 5;
/** PostgreSQL gives rows in pieces of some 64 KB, or one row at a time. */
const LARGEST_PART_BYTES = 1 << 30;

const part = (kind: Kind, payload: Buffer): Buffer => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(KINDS.indexOf(kind));
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
};
const note = (kind: Kind, value: unknown): Buffer => part(kind, Buffer.from(JSON.stringify(value)));

/** Where the rows of a table come from; how many there were is known when all were given. */
export interface RowSource extends AsyncIterable<Buffer> {
  readonly rowCount: number;
}

/** The parts of a backup as they are written. */
export const write = {
  header: (value: Omit<BackupHeader, 'format' | 'version'>): Buffer =>
    note('header', { format: FORMAT, version: FORMAT_VERSION, ...value }),
  /** A table with all its rows, piece by piece. */
  async *table(value: BackupTable, rows: RowSource): AsyncGenerator<Buffer, void> {
    yield note('table', value);
    const hash = createHash('sha256');
    for await (const piece of rows) {
      hash.update(piece);
      yield part('rows', piece);
    }
    yield note('tableEnd', { rows: rows.rowCount, sha256: hash.digest('hex') } satisfies TableEnd);
  },
  trailer: (value: BackupTrailer): Buffer => note('trailer', value),
};

/** What is told of a backup while it is read. */
export interface BackupReader {
  header(value: BackupHeader): Promise<void>;
  /** Must take all rows. Gives how many it took, or undefined where it did not count. */
  table(value: BackupTable, rows: AsyncGenerator<Buffer, void>): Promise<number | undefined>;
  trailer(value: BackupTrailer): Promise<void>;
}

/**
 * Reads a backup from its first byte to its last and tells the reader of it, with a bounded part of it in memory.
 * @throws BackupError when it is no backup, of a later format, damaged or cut short
 */
export const readBackup = async (file: string, reader: BackupReader): Promise<void> => {
  const parts = partsOf(file, gunzip(file));
  const first = await nextOf(parts, file, 'header');
  await reader.header(readHeader(file, first));
  let tables = 0;
  for (;;) {
    const { kind, payload } = await anyOf(parts, file);
    if (kind === 'trailer') {
      const end = parse(file, trailer, payload);
      const more = await parts.next();
      if (end.tables !== tables || !more.done) throw damaged(file);
      return reader.trailer(end);
    }
    if (kind !== 'table') throw damaged(file);
    await readTable(file, parts, parse(file, table, payload), reader);
    tables += 1;
  }
};

const readTable = async (
  file: string,
  parts: Parts,
  value: BackupTable,
  reader: BackupReader,
): Promise<void> => {
  const hash = createHash('sha256');
  let end: TableEnd | undefined;
  const rows = async function* (): AsyncGenerator<Buffer, void> {
    for (;;) {
      const { kind, payload } = await anyOf(parts, file);
      if (kind === 'rows') {
        hash.update(payload);
        yield payload;
        continue;
      }
      if (kind !== 'tableEnd') throw damaged(file);
      end = parse(file, tableEnd, payload);
      if (end.sha256 !== hash.digest('hex')) throw damaged(file);
      return;
    }
  };
  const taken = await reader.table(value, rows());
  if (end === undefined || (taken !== undefined && taken !== end.rows)) throw damaged(file);
};

type Part = { readonly kind: Kind; readonly payload: Buffer };
type Parts = AsyncGenerator<Part, void>;

async function* gunzip(file: string): AsyncGenerator<Buffer, void> {
  const raw = createReadStream(file);
  const unpacked = createGunzip();
  raw.once('error', (error) => unpacked.destroy(error));
  try {
    yield* raw.pipe(unpacked);
  } catch (cause) {
    const code = errorCode(cause);
    if (code?.startsWith('Z_')) throw damaged(file, cause);
    throw new BackupError(`${file} cannot be read (${code}). Nothing was changed.`, { cause });
  } finally {
    raw.destroy();
    unpacked.destroy();
  }
}

async function* partsOf(file: string, source: AsyncIterable<Buffer>): Parts {
  let held: Buffer[] = [];
  let size = 0;
  const take = (bytes: number): Buffer => {
    const whole = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
    held = [whole.subarray(bytes)];
    size -= bytes;
    return whole.subarray(0, bytes);
  };
  let head: { kind: Kind; bytes: number } | undefined;
  for await (const piece of source) {
    held.push(piece);
    size += piece.length;
    for (;;) {
      if (head === undefined) {
        if (size < HEAD_BYTES) break;
        head = readHead(file, take(HEAD_BYTES));
      }
      if (size < head.bytes) break;
      yield { kind: head.kind, payload: take(head.bytes) };
      head = undefined;
    }
  }
  if (head !== undefined || size > 0) throw damaged(file);
}

const readHead = (file: string, head: Buffer): { kind: Kind; bytes: number } => {
  const kind = KINDS[head.readUInt8()];
  const bytes = head.readUInt32BE(1);
  if (kind === undefined || bytes > LARGEST_PART_BYTES) throw damaged(file);
  return { kind, bytes };
};

const anyOf = async (parts: Parts, file: string): Promise<Part> => {
  const next = await parts.next();
  if (next.done) throw damaged(file);
  return next.value;
};

const nextOf = async (parts: Parts, file: string, kind: Kind): Promise<Buffer> => {
  const found = await anyOf(parts, file);
  if (found.kind !== kind) throw damaged(file);
  return found.payload;
};

const readHeader = (file: string, payload: Buffer): BackupHeader => {
  const found = z.object({ format: z.literal(FORMAT), version: z.number() }).safeParse(readJson(payload));
  if (found.success && found.data.version > FORMAT_VERSION)
    throw new BackupError(
      `${file} was made by a later version of Okuri (format ${found.data.version}; this one reads ${FORMAT_VERSION}). Restore it with that version.`,
    );
  return parse(file, header, payload);
};

const parse = <T>(file: string, schema: z.ZodType<T>, payload: Buffer): T => {
  const parsed = schema.safeParse(readJson(payload));
  if (!parsed.success) throw damaged(file, parsed.error);
  return parsed.data;
};

const readJson = (payload: Buffer): unknown => {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
};

const damaged = (file: string, cause?: unknown): BackupError =>
  new BackupError(
    `${file} is no backup of Okuri, or it is damaged or was cut short. Nothing was changed. Use another backup.`,
    { cause },
  );
