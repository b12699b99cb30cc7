import { ApplicationFailure } from '@temporalio/common';
import type { FileFault } from '../domain/files';
import { FileUnreadable, type TextRow } from '../files/broken';
import { checkRows } from '../files/check';
import { detectEncoding, readCsv } from '../files/csv';
import { SUBJECTS } from '../files/subjects';
import { readXlsx } from '../files/xlsx';
import { checkTogether, type FoundFaults } from '../store/file-checks';
import type { FileEnd, FileImport } from '../store/file-imports';
import { endFile, findFile, MOST_FAULTS, readBytes } from '../store/file-imports';
import { type FileRow, restartFile, saveRows } from '../store/file-rows';
import { withLock } from '../store/locks';
import type { ActivityContext } from './context';
import { applyRows } from './file-apply';

/** Rows that are stored at once, which is also how often the progress shows. */
const BATCH = 1_000;
/** Rows of one file: twice what a shop of the largest size sends, and what one transaction bears. */
const MOST_ROWS = 200_000;
/** How soon a file looks again whether the one before it is done. */
const TURN_MS = 1_000;

/** What the taking in of a file is started with. */
export interface FileInput {
  readonly importId: string;
}

/** How a file ended. */
export interface FileResult {
  readonly state: FileImport['state'];
}

/** The file was cancelled or ended by somebody else: what was done in this attempt is undone. */
class FileEnded extends Error {
  override readonly name = 'FileEnded';
}

/** The activities of a file that was sent in. */
export const fileActivities = (context: ActivityContext) => ({
  /**
   * Checks a file and, when nothing at all is wrong and it is no dry run, applies it: what it changes and that it is
   * done is one transaction. A successor of a killed worker checks it anew. One file at a time, which bounds memory and
   * keeps two files from changing the same things in different orders.
   */
  takeInFile: async ({ importId }: FileInput): Promise<FileResult> => {
    const result = await withLock(context.pool, 'file-imports', () => takeIn(context, importId));
    if (result === undefined)
      throw ApplicationFailure.create({
        message: 'Another file is being taken in',
        type: 'busy',
        nextRetryDelay: TURN_MS,
        category: 'BENIGN',
      });
    return result;
  },

  /** Ends a file that does not end by itself. Runs as a local activity. */
  finishFile: async (
    { importId }: FileInput,
    state: 'failed' | 'cancelled',
    cause = 'internal',
  ): Promise<FileResult> => {
    await end(context, importId, state === 'cancelled' ? { state } : { state, failure: cause });
    return resultOf(await findFile(context.db, importId));
  },
});

/** What the workflow of a file can call. */
export type FileActivities = ReturnType<typeof fileActivities>;

/** A file that is gone can only have been removed by hand: nothing is to be done for it. */
const resultOf = (file: FileImport | undefined): FileResult => ({ state: file?.state ?? 'cancelled' });

const end = ({ db }: ActivityContext, importId: string, how: FileEnd): Promise<boolean> =>
  db.transaction((tx) => endFile(tx, importId, how));

const takeIn = async (context: ActivityContext, importId: string): Promise<FileResult> => {
  const file = await findFile(context.db, importId);
  if (file === undefined || file.state !== 'running') return resultOf(file);
  try {
    const faults = await checkFile(context, file);
    if (faults.count > 0)
      await end(context, importId, { state: 'refused', errors: faults.first, errorCount: faults.count });
    else if (file.dryRun) await end(context, importId, { state: 'done', rowsApplied: 0 });
    else await apply(context, file);
  } catch (error) {
    if (!(error instanceof FileEnded)) throw error;
  }
  return resultOf(await findFile(context.db, importId));
};

/** Rows are checked by themselves first; only a file without a fault in any is looked at as a whole. */
const checkFile = async (context: ActivityContext, file: FileImport): Promise<FoundFaults> => {
  await restartFile(context.db, file.importId);
  const first: FileFault[] = [];
  let count = 0;
  const note = (faults: readonly FileFault[]): void => {
    count += faults.length;
    first.push(...faults.slice(0, MOST_FAULTS - first.length));
  };
  try {
    await readRows(context, file, note);
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    const { row, code, message } = error;
    note([{ row, column: null, code, message }]);
  }
  return count > 0 ? { first, count } : checkTogether(context.db, file.importId, file.subject);
};

const readRows = async (
  { db }: ActivityContext,
  file: FileImport,
  note: (faults: readonly FileFault[]) => void,
): Promise<void> => {
  let rowsRead = 0;
  let good: FileRow[] = [];
  const save = async (): Promise<void> => {
    if (!(await saveRows(db, file.importId, good, rowsRead))) throw new FileEnded();
    good = [];
  };
  for await (const checked of checkRows(SUBJECTS[file.subject], await textRows(db, file))) {
    if (checked.row > 1) rowsRead += 1;
    if (rowsRead > MOST_ROWS) throw new FileUnreadable(checked.row, 'too_many_rows', String(MOST_ROWS));
    if ('faults' in checked) note(checked.faults);
    else good.push({ row: checked.row, values: checked.values });
    if (rowsRead % BATCH === 0) await save();
  }
  await save();
};

const textRows = async (
  db: ActivityContext['db'],
  { importId, format, bytes, encoding }: FileImport,
): Promise<AsyncIterable<TextRow>> => {
  const read = (from: number, to: number) => readBytes(db, importId, from, to);
  if (format === 'xlsx') return readXlsx({ size: bytes, read });
  return readCsv(read(0, bytes), encoding ?? (await detectEncoding(read(0, bytes))));
};

const apply = (context: ActivityContext, file: FileImport): Promise<void> =>
  context.db.transaction(async (tx) => {
    const still = async (): Promise<FileImport> => {
      const now = await findFile(tx, file.importId);
      if (now?.state !== 'running') throw new FileEnded();
      return now;
    };
    const { rowsRead } = await still();
    await applyRows(tx, file, still);
    if (!(await endFile(tx, file.importId, { state: 'done', rowsApplied: rowsRead }))) throw new FileEnded();
  });
