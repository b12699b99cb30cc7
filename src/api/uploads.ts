import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Encoding, FileFormat } from '../domain/files';
import type { Database } from '../store/database';
import { discardFile, type FileScope, receiveFile } from '../store/file-imports';
import { Problem } from './problems';
import { ReceivedFile } from './route';

const CSV = 'text/csv';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
/** The media types of files, both ways. */
export const FILE_TYPES: Readonly<Record<FileFormat, string>> = { csv: CSV, xlsx: XLSX };

const MOST_BYTES = 50_000_000;
/** Each file that comes in holds a connection to the database. */
const MOST_AT_ONCE = 3;

/** What senders call the encodings. */
const CHARSETS: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  shift_jis: 'shift_jis',
  'shift-jis': 'shift_jis',
  sjis: 'shift_jis',
  'x-sjis': 'shift_jis',
  'windows-31j': 'shift_jis',
  cp932: 'shift_jis',
  ms932: 'shift_jis',
};

let receiving = 0;

/**
 * Stores the body of a request as a file without ever holding it. Raises `file_type_unknown`, `file_too_large`,
 * `uploads_busy`.
 */
export const receiveUpload = async (
  db: Database,
  request: IncomingMessage,
  file: FileScope & { readonly dryRun: boolean; readonly requestedBy: string },
): Promise<ReceivedFile> => {
  const kind = kindOf(request.headers['content-type']);
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) throw new Problem('file_too_large');
  if (receiving >= MOST_AT_ONCE) throw new Problem('uploads_busy');
  receiving += 1;
  try {
    const hash = createHash('sha256');
    const importId = await receiveFile(db, { ...file, ...kind }, Readable.from(measured(request, hash)));
    return new ReceivedFile(importId, hash.digest('hex'), () => discardFile(db, importId));
  } finally {
    receiving -= 1;
  }
};

/** A request that is not read to its end stays open, so that its sender is told why. */
async function* measured(
  request: IncomingMessage,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    size += piece.length;
    if (size > MOST_BYTES) throw new Problem('file_too_large');
    hash.update(piece);
    yield piece;
  }
}

const kindOf = (contentType = ''): { format: FileFormat; encoding?: Encoding } => {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type === XLSX) return { format: 'xlsx' };
  const charset = parameters.flatMap((part) => /^charset="?([^"]+)"?$/.exec(part)?.[1] ?? [])[0];
  const encoding = charset === undefined ? undefined : CHARSETS[charset];
  if (type !== CSV || (charset !== undefined && encoding === undefined))
    throw new Problem('file_type_unknown');
  return { format: 'csv', ...(encoding === undefined ? {} : { encoding }) };
};
