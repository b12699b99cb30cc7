import { MANUAL_KINDS } from '../domain/stock';
import type { Transaction } from '../store/database';
import type { FileImport } from '../store/file-imports';
import type { FileRow, FileSku } from '../store/file-rows';
import { freeCartCodes, rowsAfter, skusAfter } from '../store/file-rows';
import { MAIN_LOCATION } from '../store/ledger';
import { putLinks } from '../store/sku-links';
import { componentsOf, putSkus, sameParts } from '../store/skus';
import { enterMovements } from '../store/stock';

/** Rows that are read at once, and SKUs that are written at once: a SKU takes more memory while it is written. */
const BATCH = 5_000;
const SKUS_AT_ONCE = 1_000;

/** Asked before each batch: raises an error once the file is not to be applied any more. */
type Still = () => Promise<unknown>;
type Apply = (tx: Transaction, file: FileImport, still: Still) => Promise<void>;

/** Writes the checked rows of a file, within a transaction that the caller ends. */
export const applyRows: Apply = (tx, file, still) => APPLY[file.subject](tx, file, still);

/** What a reading gives a page at a time, each after the last item of the one before. */
async function* batches<Item, Key>(
  still: Still,
  first: Key,
  keyOf: (item: Item) => Key,
  read: (after: Key) => Promise<Item[]>,
): AsyncGenerator<Item[]> {
  for (let after = first; ; ) {
    await still();
    const items = await read(after);
    const last = items.at(-1);
    if (last === undefined) return;
    yield items;
    after = keyOf(last);
  }
}

const rowsOf = (tx: Transaction, { importId }: FileImport, still: Still) =>
  batches(
    still,
    0,
    ({ row }: FileRow) => row,
    (after) => rowsAfter(tx, importId, after, BATCH),
  );
const skusOf = (tx: Transaction, { importId }: FileImport, still: Still) =>
  batches(
    still,
    '',
    ({ skuCode }: FileSku) => skuCode,
    (after) => skusAfter(tx, importId, after, BATCH),
  );

const text = ({ values }: FileRow, column: string): string => String(values[column] ?? '');

const movementOf = ({ importId, requestedBy }: FileImport, row: FileRow) => ({
  skuCode: text(row, 'skuCode'),
  location: text(row, 'location') || MAIN_LOCATION,
  kind: MANUAL_KINDS.find((kind) => kind === row.values.kind) ?? 'adjust',
  quantity: Number(row.values.quantity),
  reason: text(row, 'reason'),
  actor: requestedBy,
  idempotencyKey: `file/${importId}/${row.row}`,
});

const putInParts = async (tx: Transaction, skus: readonly FileSku[]): Promise<void> => {
  for (let at = 0; at < skus.length; at += SKUS_AT_ONCE) await putSkus(tx, skus.slice(at, at + SKUS_AT_ONCE));
};

/** What the file says of a set as it is already stays, so that nobody is woken for it. */
const withoutChangedParts = async (tx: Transaction, skus: readonly FileSku[]): Promise<FileSku[]> => {
  const now = await componentsOf(
    tx,
    skus.map(({ skuCode }) => skuCode),
  );
  return skus.map(({ components, ...sku }) =>
    components === undefined || sameParts(now(sku.skuCode), components) ? sku : { ...sku, components: [] },
  );
};

const APPLY: Readonly<Record<FileImport['subject'], Apply>> = {
  /**
   * First every SKU, those whose parts the file changes without parts; then the sets. What stands between is less than
   * what there will be, so that no batch names a SKU of a later one or closes a cycle that a later one opens.
   */
  skus: async (tx, file, still) => {
    await freeCartCodes(tx, file.importId);
    for await (const skus of skusOf(tx, file, still))
      await putInParts(tx, await withoutChangedParts(tx, skus));
    for await (const skus of skusOf(tx, file, still))
      await putInParts(
        tx,
        skus.filter(({ components = [] }) => components.length > 0),
      );
  },
  'sku-links': async (tx, file, still) => {
    for await (const rows of rowsOf(tx, file, still)) {
      const links = rows.map((row) => ({
        manageNumber: text(row, 'manageNumber'),
        variantId: text(row, 'variantId'),
        skuCode: text(row, 'skuCode'),
      }));
      await putLinks(tx, file.shopId ?? '', links, file.requestedBy);
    }
  },
  'stock-movements': async (tx, file, still) => {
    for await (const rows of rowsOf(tx, file, still))
      await enterMovements(
        tx,
        rows.map((row) => movementOf(file, row)),
      );
  },
};
