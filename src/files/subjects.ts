import { z } from 'zod';
import type { FileErrorCode, FileFault, FileSubject } from '../domain/files';
import { ONE_LINE } from '../domain/lines';
import { MANUAL_KINDS } from '../domain/stock';

/** A checked cell. */
export type CellValue = string | number | null;
/** A checked row by column; a column that the file does not have is absent, an empty cell is null or its default. */
export type RowValues = Readonly<Record<string, CellValue>>;

/** A column of a file. Its cell's schema takes text; its errors are codes, with what completes their wording after a colon. */
interface Column {
  readonly key: string;
  /** Headers that are understood; the first one is written. */
  readonly headers: readonly [ja: string, en: string];
  readonly cell: z.ZodType<CellValue, string>;
  /** Whether a file may lack the column. */
  readonly optional?: boolean;
  /** The column that it belongs to: a file has both or neither. */
  readonly with?: string;
  readonly example: string;
}

/** What files about one subject look like. */
export interface Subject {
  readonly columns: readonly Column[];
  /** What is wrong with a row whose cells are all well-formed. */
  readonly check?: (values: RowValues) => readonly Omit<FileFault, 'row'>[];
}

const says = (code: FileErrorCode, detail?: string | number): string =>
  detail === undefined ? code : `${code}:${detail}`;

/** What bytes became that mean nothing in the file's encoding, and lone halves of a surrogate pair. */
const NO_CHARACTER = /\ufffd|\p{Surrogate}/u;

const textOrNothing = (max: number) =>
  z
    .string()
    .trim()
    .max(max, says('too_long', max))
    .regex(ONE_LINE.pattern, says('control_character'))
    .refine((value) => !NO_CHARACTER.test(value), says('encoding'));
const text = (max: number) => textOrNothing(max).min(1, says('required'));
const optionalText = (max: number) => textOrNothing(max).transform((value) => (value === '' ? null : value));

const wholeOrNothing = (min: number, max: number) =>
  z
    .string()
    .normalize('NFKC')
    .trim()
    .regex(/^([+-]?\d+)?$/, says('not_whole'))
    .transform((digits) => (digits === '' ? null : Number(digits)))
    .refine(
      (units) => units === null || (units >= min && units <= max),
      says('out_of_range', `${min}–${max}`),
    );
const whole = (min: number, max: number) =>
  wholeOrNothing(min, max).refine((units) => units !== null, says('required'));

const MOST_COMPONENTS = 10_000;
const MOST_UNITS = 1_000_000;
const DEFAULT_LOCATION = 'main';

/** Kinds of movement by what people write. */
const KINDS: Readonly<Record<string, (typeof MANUAL_KINDS)[number]>> = {
  ...Object.fromEntries(MANUAL_KINDS.map((kind) => [kind, kind])),
  入庫: 'receive',
  調整: 'adjust',
  返品: 'return',
};
const kind = text(64)
  .refine((value) => Object.hasOwn(KINDS, value), says('kind_unknown'))
  .transform((value) => KINDS[value] ?? null);

const skuCode: Column = {
  key: 'skuCode',
  headers: ['SKUコード', 'skuCode'],
  cell: text(96),
  example: 'TEA-100',
};

/** The subjects of files: their columns in the order in which they are written. */
export const SUBJECTS: Readonly<Record<FileSubject, Subject>> = {
  skus: {
    columns: [
      { ...skuCode, example: 'TEA-SET' },
      { key: 'name', headers: ['商品名', 'name'], cell: text(255), example: '緑茶セット' },
      {
        key: 'cartCode',
        headers: ['カートコード', 'cartCode'],
        cell: optionalText(255),
        optional: true,
        example: '',
      },
      {
        key: 'componentSkuCode',
        headers: ['構成SKUコード', 'componentSkuCode'],
        cell: optionalText(96),
        with: 'componentQuantity',
        example: 'TEA-100',
      },
      {
        key: 'componentQuantity',
        headers: ['構成数量', 'componentQuantity'],
        cell: wholeOrNothing(1, MOST_COMPONENTS),
        with: 'componentSkuCode',
        example: '2',
      },
    ],
    check: ({ componentSkuCode = null, componentQuantity = null }) => {
      if ((componentSkuCode === null) === (componentQuantity === null)) return [];
      const column = componentSkuCode === null ? 'componentSkuCode' : 'componentQuantity';
      return [{ column, code: 'half_component', message: '' }];
    },
  },
  'sku-links': {
    columns: [
      {
        key: 'manageNumber',
        headers: ['商品管理番号', 'manageNumber'],
        cell: text(255).toLowerCase(),
        example: 'tea',
      },
      { key: 'variantId', headers: ['SKU管理番号', 'variantId'], cell: textOrNothing(255), example: 'G100' },
      skuCode,
    ],
  },
  'stock-movements': {
    columns: [
      skuCode,
      {
        key: 'location',
        headers: ['ロケーション', 'location'],
        cell: textOrNothing(64).transform((value) => (value === '' ? DEFAULT_LOCATION : value)),
        optional: true,
        example: DEFAULT_LOCATION,
      },
      { key: 'kind', headers: ['種別', 'kind'], cell: kind, example: 'receive' },
      { key: 'quantity', headers: ['数量', 'quantity'], cell: whole(-MOST_UNITS, MOST_UNITS), example: '10' },
      { key: 'reason', headers: ['理由', 'reason'], cell: text(500), example: '入荷' },
    ],
    check: ({ kind: moved, quantity }) => {
      const units = Number(quantity);
      if (units > 0 || (units < 0 && moved === 'adjust')) return [];
      return [{ column: 'quantity', code: 'quantity_sign', message: String(quantity) }];
    },
  },
};

/** Columns of the balances that are written for reading; they are not read back. */
export const STOCK_COLUMNS = [
  { key: 'skuCode', headers: ['SKUコード', 'skuCode'] },
  { key: 'location', headers: ['ロケーション', 'location'] },
  { key: 'onHand', headers: ['実在庫', 'onHand'] },
  { key: 'reserved', headers: ['引当済', 'reserved'] },
  { key: 'safety', headers: ['安全在庫', 'safety'] },
  { key: 'available', headers: ['販売可能', 'available'] },
] as const;
