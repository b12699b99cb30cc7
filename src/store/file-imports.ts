import type { Readable } from 'node:stream';
import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Encoding, FileFault, FileFormat, FileSubject } from '../domain/files';
import type { Database, Queryable, Transaction } from './database';
import { fileChunks, fileImports, fileRows } from './stock-schema';

/** How long a file that came in but was never begun is kept: its process died in between. */
const UNBEGUN_HOURS = 1;
/** The most of what is wrong with a file that is kept. */
export const MOST_FAULTS = 1_000;
const CHUNK_BYTES = 256 * 1024;
/** Why a file that was only received counts as failed, until it is begun. */
const NOT_BEGUN = 'not_begun';

/** What a file is about, beside its rows. */
export interface FileScope {
  readonly subject: FileSubject;
  /** The shop whose links it has. */
  readonly shopId?: string | undefined;
  /** What its sender says that it is encoded in. */
  readonly encoding?: Encoding | undefined;
}

/** A file that was sent in, as it is stored. */
export type FileImport = typeof fileImports.$inferSelect;

/**
 * Receives a file in pieces, in one transaction; what is wrong with `bytes` undoes it. It is begun later, by
 * `beginFile`, and until then it counts as failed. @returns its id
 */
export const receiveFile = (
  db: Database,
  file: FileScope & { readonly format: FileFormat; readonly dryRun: boolean; readonly requestedBy: string },
  bytes: Readable,
): Promise<string> =>
  db.transaction(async (tx) => {
    await tx.execute(sql`delete from file_imports where failure = ${NOT_BEGUN}
      and created_at < now() - ${UNBEGUN_HOURS} * interval '1 hour'`);
    const [row] = await tx
      .insert(fileImports)
      .values({
        ...file,
        ...{ state: 'failed', failure: NOT_BEGUN, bytes: 0, errors: [] },
      })
      .returning();
    if (row === undefined) throw new Error('PostgreSQL inserted a file and returned none');
    const { importId } = row;
    let part = 0;
    let size = 0;
    for await (const chunk of chunksOf(bytes)) {
      await tx.insert(fileChunks).values({ importId, part, bytes: chunk });
      part += 1;
      size += chunk.length;
    }
    await tx.update(fileImports).set({ bytes: size }).where(eq(fileImports.importId, importId));
    return importId;
  });

async function* chunksOf(bytes: Readable): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    waiting.push(piece);
    size += piece.length;
    if (size < CHUNK_BYTES) continue;
    const all = Buffer.concat(waiting);
    const whole = all.length - (all.length % CHUNK_BYTES);
    for (let at = 0; at < whole; at += CHUNK_BYTES) yield all.subarray(at, at + CHUNK_BYTES);
    waiting = [all.subarray(whole)];
    size = all.length - whole;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

/**
 * Lets a file that was received be worked on, under an id of the caller's choice. Where a file has that id already, it
 * is the same one that came before: this one is forgotten.
 */
export const beginFile = (db: Queryable, received: string, importId: string): Promise<void> =>
  db.transaction(async (tx) => {
    const { rowCount } = await tx.execute(sql`
      insert into file_imports (import_id, subject, shop_id, encoding, format, dry_run, state, bytes, errors, requested_by)
      select ${importId}, subject, shop_id, encoding, format, dry_run, 'running', bytes, errors, requested_by
      from file_imports where import_id = ${received} and failure = ${NOT_BEGUN}
      on conflict (import_id) do nothing`);
    if (rowCount === 1)
      await tx.update(fileChunks).set({ importId }).where(eq(fileChunks.importId, received));
    await discardFile(tx, received);
  });

/** Forgets a file that was received and never begun. */
export const discardFile = async (db: Queryable, importId: string): Promise<void> => {
  await db
    .delete(fileImports)
    .where(and(eq(fileImports.importId, importId), eq(fileImports.failure, NOT_BEGUN)));
};

/** Bytes of a file from `start` up to but without `end`, a stored piece at a time. */
export async function* readBytes(
  db: Queryable,
  importId: string,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  for (let part = Math.floor(start / CHUNK_BYTES); part * CHUNK_BYTES < end; part += 1) {
    const [chunk] = await db
      .select({ bytes: fileChunks.bytes })
      .from(fileChunks)
      .where(and(eq(fileChunks.importId, importId), eq(fileChunks.part, part)));
    if (chunk === undefined) return;
    const offset = part * CHUNK_BYTES;
    yield chunk.bytes.subarray(Math.max(0, start - offset), Math.min(CHUNK_BYTES, end - offset));
  }
}

/** The file, while it is worked on. */
export const running = (importId: string) =>
  and(eq(fileImports.importId, importId), eq(fileImports.state, 'running'));

/** How a file ended. */
export type FileEnd =
  | { readonly state: 'done'; readonly rowsApplied: number }
  | { readonly state: 'refused'; readonly errors: readonly FileFault[]; readonly errorCount: number }
  | { readonly state: 'failed'; readonly failure: string }
  | { readonly state: 'cancelled' };

/**
 * Ends a file that is worked on and forgets its content; one that has ended stays as it is.
 * @returns whether it was ended by this
 */
export const endFile = async (tx: Transaction, importId: string, end: FileEnd): Promise<boolean> => {
  const { errors, ...rest } = { errors: undefined, ...end };
  const ended = await tx
    .update(fileImports)
    .set({
      ...rest,
      ...(errors === undefined ? {} : { errors: errors.slice(0, MOST_FAULTS) }),
      finishedAt: sql`now()`,
    })
    .where(running(importId))
    .returning({ importId: fileImports.importId });
  if (ended.length === 0) return false;
  await tx.delete(fileRows).where(eq(fileRows.importId, importId));
  await tx.delete(fileChunks).where(eq(fileChunks.importId, importId));
  return true;
};

/** One file. */
export const findFile = async (db: Queryable, importId: string): Promise<FileImport | undefined> => {
  const [row] = await db.select().from(fileImports).where(eq(fileImports.importId, importId));
  return row;
};

/** Every file that is worked on, the oldest first. */
export const runningFiles = async (db: Queryable): Promise<string[]> => {
  const rows = await db
    .select({ importId: fileImports.importId })
    .from(fileImports)
    .where(eq(fileImports.state, 'running'))
    .orderBy(asc(fileImports.createdAt));
  return rows.map(({ importId }) => importId);
};

/** Files that were begun, newest first, a page at a time. */
export const listFiles = async (
  db: Queryable,
  shopIds: readonly string[] | undefined,
  before: { createdAt: string; importId: string } | undefined,
  limit: number,
): Promise<FileImport[]> => {
  const rows = await db
    .select()
    .from(fileImports)
    .where(
      and(
        sql`${fileImports.failure} is distinct from ${NOT_BEGUN}`,
        shopIds === undefined ? undefined : inArray(fileImports.shopId, [...shopIds]),
        before === undefined
          ? undefined
          : sql`(${fileImports.createdAt}, ${fileImports.importId}) < (${before.createdAt}::timestamptz, ${before.importId}::uuid)`,
      ),
    )
    .orderBy(desc(fileImports.createdAt), desc(fileImports.importId))
    .limit(limit);
  return rows;
};
