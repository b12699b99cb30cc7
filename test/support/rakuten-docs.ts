import { type Api, allCodes } from '../../src/rms/codes';
import type { CodeRow } from '../../src/rms/codes/row';
import {
  ERROR_KINDS,
  KEY_CAUSES,
  kindOf,
  type RmsAdvice,
  type RmsErrorKind,
  type Wording,
} from '../../src/rms/error-kinds';

const NOTE = '<!-- Generated from src/rms. Do not edit: run `UPDATE_DOCS=1 npx jest test/domain/docs`. -->';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const words = ({ ja, en }: Wording): string[] => [ja, en];

const pause = (ms: number | undefined): string => {
  if (ms === undefined) return '';
  return ms < 60_000 ? `${ms / 1000} s` : `${ms / 60_000} min`;
};

const kindRow = (kind: RmsErrorKind): string[] => {
  const { advice, retryAfterMs, text } = kindOf(kind);
  return [`\`${kind}\``, `\`${advice}\``, pause(retryAfterMs), ...words(text)];
};

const causeRow = (cause: keyof typeof KEY_CAUSES): string[] => {
  const { kind, text } = KEY_CAUSES[cause];
  return [`\`${cause}\``, `\`${kind}\``, ...words(text)];
};

/** What each advice asks of the caller. */
const ADVICE: Readonly<Record<RmsAdvice, string>> = {
  retry: 'the same again after the pause',
  slow_down: 'the same again after the pause, and less often from then on',
  read_first: 'a write may have taken effect: look before writing again',
  never: 'the same will be refused again',
  wait_for_key: 'nothing of this shop works until a person has seen to its key',
};

const TITLES: Readonly<Record<Api, string>> = {
  order: 'Order API (楽天ペイ受注API)',
  inventory: 'Inventory API (在庫API)',
  item: 'Item API (商品API)',
  shop: 'Shop API (店舗情報)',
  licence: 'Licence management (ライセンス管理)',
  gateway: 'Gateway, before every API',
};
const API_ORDER = Object.keys(TITLES) as Api[];

const kindsOf = ({ kind, expected }: CodeRow): string => {
  const named = typeof kind === 'string' ? `\`${kind}\`` : `read: \`${kind.read}\`, write: \`${kind.write}\``;
  return expected && kind !== 'no_error' ? `${named}, given as an outcome` : named;
};

const codeRow = (api: Api, code: string, row: CodeRow): string[] => [
  api,
  `\`${code}\``,
  row.http === undefined ? '' : String(row.http),
  kindsOf(row),
  ...words(row.text),
];

const chapter = (api: Api): string[] => [
  `## ${TITLES[api]}`,
  table(
    ['API', 'code', 'HTTP', 'kind', '日本語', 'English'],
    allCodes()
      .filter(([owner]) => owner === api)
      .map((row) => codeRow(...row)),
  ),
];

/** `docs/rakuten-codes.md`: every kind of error of a call of Rakuten, and every message code of Rakuten's. */
export const rakutenCodesPage = (): string =>
  [
    '# What Rakuten answers and what it means',
    NOTE,
    'An answer is understood by its HTTP status, the form of its body and its message code. Programs go by the kind, people read the wording.',
    '## Kinds of errors',
    table(
      ['advice', 'what to do'],
      Object.entries(ADVICE).map(([advice, meaning]) => [`\`${advice}\``, meaning]),
    ),
    'The pause before the next try is this one where Rakuten names none.',
    table(
      ['kind', 'advice', 'pause', '日本語', 'English'],
      (Object.keys(ERROR_KINDS) as RmsErrorKind[]).map(kindRow),
    ),
    '## Why a key is refused',
    'A refusal does not tell; it is found out by asking other functions with the same key.',
    table(
      ['cause', 'kind', '日本語', 'English'],
      (Object.keys(KEY_CAUSES) as (keyof typeof KEY_CAUSES)[]).map(causeRow),
    ),
    '`no_error`: the call did what was asked. *given as an outcome*: an answer of the function, since it is to be expected. HTTP is empty where no status is documented. `*` stands for the name of any function, and in `VE*` for any number. A code that is not listed is shown as it came and understood by its status.',
    ...API_ORDER.flatMap(chapter),
    '',
  ].join('\n\n');
