import type { FileErrorCode } from '../domain/files';

/** A file that cannot be read on from a row: it is no such file, is damaged, or unfolds to more than may be read. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';
  constructor(
    readonly row: number,
    readonly code: FileErrorCode,
    /** Why, in words. */
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A row of a file as text; `row` is the number by which a spreadsheet shows it. */
export interface TextRow {
  readonly row: number;
  readonly cells: readonly string[];
}
