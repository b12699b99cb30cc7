import { attribute, readXml, type XmlHandlers } from './xml';
import type { Archive } from './zip';

/** What cells of a workbook refer to. */
export interface WorkbookParts {
  /** The entry of the first sheet. */
  readonly sheet: string;
  readonly strings: readonly string[];
  /** Whether numbers of a style are dates, by its index. */
  readonly dateStyles: readonly boolean[];
  /** Days are counted from 1904 and not from 1900. */
  readonly from1904: boolean;
}

/** What the shared texts may take, in characters with what each costs beside. */
const MOST_TEXT = 32_000_000;
const TEXT_COST = 16;

/** Number formats that every workbook has and that show dates or times (ECMA-376 18.8.30; 27–36 and 50–58 are Japanese). */
const isBuiltInDate = (id: number): boolean =>
  [
    [14, 22],
    [27, 36],
    [45, 47],
    [50, 58],
  ].some(([from = 0, to = 0]) => id >= from && id <= to);
/** A format of one's own shows a date where it has a letter of one outside of quotes, escapes and brackets. */
const isDateFormat = (format: string): boolean =>
  /[ymdhsge]/i.test(format.replace(/"[^"]*"|\\.|_.|\[[^\]]*\]|General/gi, ''));

/** Reads what stands beside the first sheet of a workbook. @throws Error where it is not one */
export const readParts = async (archive: Archive): Promise<WorkbookParts> => {
  const [book] = (await relationsOf(archive, '')).filter(({ type }) => type === 'officeDocument');
  if (book === undefined) throw new Error('it has no workbook');
  let sheetId: string | undefined;
  let from1904 = false;
  await readAll(archive, book.target, {
    open: (name, attributes) => {
      if (name === 'sheet') sheetId ??= attribute(attributes, 'id');
      if (name === 'workbookPr') from1904 = ['1', 'true'].includes(attribute(attributes, 'date1904') ?? '');
    },
  });
  const relations = await relationsOf(archive, book.target);
  const sheet = relations.find(({ id }) => id === sheetId);
  if (sheet?.type !== 'worksheet') throw new Error('its first sheet is no worksheet');
  const partOf = (type: string) => relations.find((relation) => relation.type === type)?.target;
  return {
    sheet: sheet.target,
    strings: await readStrings(archive, partOf('sharedStrings')),
    dateStyles: await readDateStyles(archive, partOf('styles')),
    from1904,
  };
};

interface Relation {
  readonly id: string;
  /** The last word of its type. */
  readonly type: string;
  /** The entry that it leads to. */
  readonly target: string;
}

/** What an entry refers to; of the empty name: what the archive itself does. */
const relationsOf = async (archive: Archive, entry: string): Promise<Relation[]> => {
  const folder = entry.slice(0, entry.lastIndexOf('/') + 1);
  const relations: Relation[] = [];
  await readAll(archive, `${folder}_rels/${entry.slice(folder.length)}.rels`, {
    open: (name, attributes) => {
      if (name !== 'Relationship') return;
      relations.push({
        id: attributes.Id ?? '',
        type: (attributes.Type ?? '').split('/').at(-1) ?? '',
        target: new URL(attributes.Target ?? '', `zip:///${folder}`).pathname.slice(1),
      });
    },
  });
  return relations;
};

const readStrings = async (archive: Archive, entry: string | undefined): Promise<string[]> => {
  const strings: string[] = [];
  let cost = 0;
  const text = textCollector();
  await readAll(archive, entry, {
    ...text,
    close: (name) => {
      text.close(name);
      if (name !== 'si') return;
      const string = text.take();
      cost += string.length + TEXT_COST;
      if (cost > MOST_TEXT) throw new Error(`its texts are longer than ${MOST_TEXT} characters together`);
      strings.push(string);
    },
  });
  return strings;
};

/** Puts together the text of `t` elements, which may be in several fonts, without the readings (furigana) beside it. */
export const textCollector = () => {
  let collected = '';
  let inText = false;
  let inReading = false;
  return {
    open: (name: string): void => {
      if (name === 'rPh') inReading = true;
      if (name === 't') inText = !inReading;
    },
    text: (text: string): void => {
      if (inText) collected += text;
    },
    close: (name: string): void => {
      if (name === 'rPh') inReading = false;
      if (name === 't') inText = false;
    },
    /** The text so far; the next one begins empty. */
    take: (): string => {
      const text = unescapeText(collected);
      collected = '';
      return text;
    },
  };
};

/** Excel writes characters that XML lacks as `_x000D_`, and what looks like that as `_x005F_x000D_`. */
export const unescapeText = (text: string): string =>
  text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const readDateStyles = async (archive: Archive, entry: string | undefined): Promise<boolean[]> => {
  const own = new Map<number, boolean>();
  const styles: boolean[] = [];
  let inStyles = false;
  await readAll(archive, entry, {
    open: (name, { numFmtId, formatCode }) => {
      const id = Number(numFmtId);
      if (name === 'numFmt') own.set(id, isDateFormat(formatCode ?? ''));
      if (name === 'cellXfs') inStyles = true;
      if (name === 'xf' && inStyles) styles.push(own.get(id) ?? isBuiltInDate(id));
    },
    close: (name) => {
      if (name === 'cellXfs') inStyles = false;
    },
  });
  return styles;
};

const readAll = async (archive: Archive, entry: string | undefined, handlers: XmlHandlers): Promise<void> => {
  const stream = entry === undefined ? undefined : await archive.open(entry);
  if (stream === undefined) return;
  for await (const _ of readXml<never>(stream, () => handlers));
};
