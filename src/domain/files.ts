/** What files of own SKUs, links and stock are about, and what can be wrong with one. */

/** The tables that can be sent in as a file. */
export const FILE_SUBJECTS = ['skus', 'sku-links', 'stock-movements'] as const;
export type FileSubject = (typeof FILE_SUBJECTS)[number];

/** The forms that a file can have. */
export type FileFormat = 'csv' | 'xlsx';

/** The encodings of a CSV file. `shift_jis` is the one that Windows means by it, code page 932. */
export const ENCODINGS = ['utf-8', 'shift_jis'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** What can be wrong with a file, a row or a cell; each code has its wording in texts.ts as `file.<code>`. */
export const FILE_ERRORS = [
  'broken',
  'too_large',
  'too_many_rows',
  'column_unknown',
  'column_missing',
  'column_twice',
  'beyond_header',
  'encoding',
  'cell_error',
  'required',
  'too_long',
  'control_character',
  'not_whole',
  'out_of_range',
  'quantity_sign',
  'kind_unknown',
  'half_component',
  'differs',
  'twice',
  'cart_code_taken',
  'sku_unknown',
  'set_has_no_stock',
  'set_cycle',
  'sku_has_stock',
] as const;
export type FileErrorCode = (typeof FILE_ERRORS)[number];

/** One thing that is wrong. `row` is the row as a spreadsheet counts it, the header being 1. */
export interface FileFault {
  readonly row: number;
  /** The column, by its English header; null: the row or the file as a whole. */
  readonly column: string | null;
  readonly code: FileErrorCode;
  /** What the wording is completed with: the value, or what is expected. */
  readonly message: string;
}

/** A part of a set, as an edge from the set to it. */
export interface SetEdge {
  readonly setCode: string;
  readonly skuCode: string;
}

/**
 * The edges that lie on a cycle of sets, or between two. Codes without parts, and codes that no set names, are taken
 * away until none is left; the work grows with the number of edges alone.
 */
export const cyclicEdges = <Edge extends SetEdge>(edges: readonly Edge[]): Edge[] => {
  const onward = trim(
    edges,
    ({ setCode }) => setCode,
    ({ skuCode }) => skuCode,
  );
  return trim(
    onward,
    ({ skuCode }) => skuCode,
    ({ setCode }) => setCode,
  );
};

/** The edges without those that lead to an end: from `tail` to `head`, where a head that is no tail is an end. */
const trim = <Edge>(
  edges: readonly Edge[],
  tail: (edge: Edge) => string,
  head: (edge: Edge) => string,
): Edge[] => {
  const leaving = new Map<string, number>();
  const arriving = new Map<string, Edge[]>();
  for (const edge of edges) {
    leaving.set(tail(edge), (leaving.get(tail(edge)) ?? 0) + 1);
    const list = arriving.get(head(edge));
    if (list === undefined) arriving.set(head(edge), [edge]);
    else list.push(edge);
  }
  const ends = [...arriving.keys()].filter((code) => !leaving.has(code));
  const gone = new Set<Edge>();
  for (let code = ends.pop(); code !== undefined; code = ends.pop())
    for (const edge of arriving.get(code) ?? []) {
      gone.add(edge);
      const left = (leaving.get(tail(edge)) ?? 0) - 1;
      leaving.set(tail(edge), left);
      if (left === 0) ends.push(tail(edge));
    }
  return edges.filter((edge) => !gone.has(edge));
};
