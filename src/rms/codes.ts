import { GATEWAY_CODES } from './codes/gateway';
import { INVENTORY_CODES } from './codes/inventory';
import { ITEM_CODES } from './codes/item';
import { LICENCE_CODES } from './codes/licence';
import { ORDER_CODES } from './codes/order';
import type { CodeRow, CodeTable } from './codes/row';
import { SHOP_CODES } from './codes/shop';
import type { Wording } from './error-kinds';

/** Rakuten's codes by API: the same number means different things in two of them (reference, item/inventory §4.3). */
const TABLES = {
  order: ORDER_CODES,
  inventory: INVENTORY_CODES,
  item: ITEM_CODES,
  shop: SHOP_CODES,
  licence: LICENCE_CODES,
  gateway: GATEWAY_CODES,
} as const satisfies Record<string, CodeTable>;

/** Whose code it is. `gateway` stands before every other and answers on their paths. */
export type Api = keyof typeof TABLES;

/** Starts of the names of functions; every other function belongs to the order API. */
const API_OF: readonly (readonly [prefix: string, api: Api])[] = [
  ['inventories.', 'inventory'],
  ['items.', 'item'],
  ['shop.', 'shop'],
  ['license.', 'licence'],
];

/** The API that a function belongs to, by Rakuten's name of it: `inventories.bulk.get` → `inventory`. */
export const apiOf = (operation: string): Api =>
  API_OF.find(([prefix]) => operation.startsWith(prefix))?.[1] ?? 'order';

/** The row that stands for many codes, by which a code without a row of its own is looked up. */
const general = (code: string): string =>
  code.replace(/^ORDER_EXT_API_\w+_(ERROR_\d+)$/, 'ORDER_EXT_API_*_$1').replace(/^VE\d{4}$/, 'VE*');

/** What a code of Rakuten means when that API or the gateway before it says it; undefined when it is not documented. */
export function findCode(api: Api, code: string): CodeRow | undefined {
  const rows: CodeTable[] = [TABLES[api], TABLES.gateway];
  const keys = [code, general(code)];
  for (const table of rows) {
    const key = keys.find((candidate) => Object.hasOwn(table, candidate));
    if (key !== undefined) return table[key];
  }
  return undefined;
}

/** What a code of Rakuten means in words for a person; one that is not documented is shown as it came. */
export const explainCode = (api: Api, code: string): Wording =>
  findCode(api, code)?.text ?? {
    ja: `楽天がコード ${code} を返しました。公開されている仕様に説明がありません。楽天のメッセージを確認してください。`,
    en: `Rakuten answered with ${code}, which its published documentation does not explain. Go by Rakuten’s own message.`,
  };

/** Every row with its API and code, for the generated page in the docs. */
export const allCodes = (): readonly (readonly [Api, string, CodeRow])[] =>
  (Object.keys(TABLES) as Api[]).flatMap((api) =>
    Object.entries<CodeRow>(TABLES[api]).map(([code, row]) => [api, code, row] as const),
  );
