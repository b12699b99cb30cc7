import { COMMON_CODES } from './common';
import { READ_ONLY } from './gateway';
import { type CodeTable, REPORT_IT, refusal } from './row';

/** A number that the inventory API has too, with another meaning; what it means here is not public (§4.3). */
const otherThanInventory = (code: string) =>
  refusal(undefined, {
    ja: `商品APIが要求を拒否しました(${code})。在庫APIの同じ番号とは意味が異なり、商品APIでの意味は手元の資料にありません。`,
    en: `The item API refused the request (${code}). The number means something else than in the inventory API; what it means here is not known.`,
  });

/** Codes of the item API that an integration like this can meet (reference, item/inventory §4.3). */
export const ITEM_CODES = {
  ...COMMON_CODES,
  GE0012: refusal(
    415,
    {
      ja: '要求のContent-Typeが商品APIの受け付ける形式ではありません。',
      en: 'The item API does not accept the Content-Type of the request.',
    },
    REPORT_IT,
  ),
  GE0017: READ_ONLY,
  GE0020: refusal(
    400,
    {
      ja: '商品データ全体が大きすぎるため、楽天が受け付けませんでした。',
      en: 'The data of the item is too large as a whole.',
    },
    {
      ja: '説明文、画像、SKUの数などを減らしてください。',
      en: 'Shorten descriptions, or send fewer images or SKUs.',
    },
  ),
  IE0007: refusal(400, {
    ja: '選択肢にない値が指定されたため、楽天が受け付けませんでした。',
    en: 'A field holds a value that is not among its choices.',
  }),
  IE0113: otherThanInventory('IE0113'),
  IE0116: otherThanInventory('IE0116'),
  IE0117: otherThanInventory('IE0117'),
  IE0118: otherThanInventory('IE0118'),
  IE0121: otherThanInventory('IE0121'),
  IE0190: refusal(
    400,
    {
      ja: '指定した値が店舗設定に登録されていないため、楽天が受け付けませんでした。',
      en: 'A value is not defined in the shop’s settings.',
    },
    {
      ja: 'RMSの店舗設定(納期、配送方法など)に登録された番号を指定してください。',
      en: 'Use an id that is defined in the shop’s settings in RMS (delivery dates, shipping methods and the like).',
    },
  ),
  IE0200: {
    kind: 'unavailable',
    http: 400,
    text: {
      ja: '楽天側で店舗情報を取得できず、処理されませんでした。何も変更されていません。自動で再試行します。続く場合は、RMSで店舗が開店中か、この機能を契約しているかを確認してください。',
      en: 'Rakuten could not read the shop’s data and did not serve the request. Nothing was changed. It is tried again; if it goes on, check in RMS that the shop is open and has this function.',
    },
  },
  IE0220: refusal(400, {
    ja: '商品管理番号(商品URL)に使えない文字が含まれています(半角英数字、「-」「_」のみ)。',
    en: 'A manageNumber holds other characters than letters, digits, “-” and “_”.',
  }),
  IE0269: refusal(400, {
    ja: 'バリエーション項目のない商品に複数のSKUが指定されたため、楽天が受け付けませんでした(SKUは1件まで)。',
    en: 'An item without variant selectors can only have one SKU, and more were sent.',
  }),
  IE0416: refusal(
    400,
    {
      ja: '登録済みSKUのバリエーション選択肢は変更できないため、楽天が受け付けませんでした。',
      en: 'The selector values of a SKU that exists cannot be changed.',
    },
    {
      ja: '新しいSKU管理番号で登録し、SKUの紐付けをやり直してください。',
      en: 'Register it under a new variantId, and link the new SKU.',
    },
  ),
  IE0427: refusal(400, {
    ja: '商品種別と納期・リードタイムの設定が合わないため、楽天が受け付けませんでした。',
    en: 'The item type and the lead-time data do not go together.',
  }),
  IE1003: refusal(
    400,
    {
      ja: '商品検索でoffsetとcursorMarkが同時に指定されたため、楽天が受け付けませんでした。',
      en: 'A search of items named both offset and cursorMark.',
    },
    REPORT_IT,
  ),
  IE1004: refusal(
    400,
    {
      ja: '商品検索でcursorMarkと併用できない項目(並び順など)が指定されたため、楽天が受け付けませんでした。',
      en: 'A search of items named cursorMark together with a field that cannot go with it, such as a sort order.',
    },
    REPORT_IT,
  ),
  IE1005: refusal(400, {
    ja: '商品検索の条件に楽天が知らない項目または不正な値が含まれているため、受け付けられませんでした。',
    en: 'A search of items holds a parameter that Rakuten does not know, or a bad value.',
  }),
  IE1106: refusal(
    400,
    {
      ja: '同じ商品管理番号が一回の要求に重複していたため、楽天が受け付けませんでした。',
      en: 'The same manageNumber came more than once in a request.',
    },
    REPORT_IT,
  ),
} as const satisfies CodeTable;
