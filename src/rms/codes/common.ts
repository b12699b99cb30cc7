import { brokenOff, type CodeTable, outcome, REPORT_IT, refusal } from './row';

/** Codes that mean the same in the inventory and the item API (reference, item/inventory §3.3, §4.3). */
export const COMMON_CODES = {
  GE0007: refusal(
    400,
    {
      ja: '楽天にその呼び出し先(パス)は存在しないため、受け付けられませんでした。',
      en: 'Rakuten has no such path.',
    },
    REPORT_IT,
  ),
  GE0011: refusal(
    400,
    {
      ja: '要求の本文がないか空のため、楽天が受け付けませんでした。',
      en: 'The request had no body, or an empty one.',
    },
    REPORT_IT,
  ),
  GE0014: outcome(
    404,
    {
      ja: '指定した商品管理番号(商品URL)・SKU管理番号の登録が楽天に見つかりません。商品が削除されたか、番号の誤りです。',
      en: 'Rakuten holds nothing under this manageNumber and variantId: the item was deleted, or a number is wrong.',
    },
    {
      ja: 'RMSの商品管理で番号を確認し、SKUの紐付けを直してください(SKU管理番号は大文字と小文字を区別します)。',
      en: 'Compare the numbers with RMS and correct the link of the SKU (variantId is case-sensitive).',
    },
  ),
  CE0001: {
    kind: 'conflict',
    http: 409,
    text: {
      ja: '楽天で同じデータを別の処理が更新中でした。何も変更されていません。少し後に自動で再試行するため、対応は不要です。',
      en: 'Another process was changing the same record at Rakuten. Nothing was changed. It is tried again shortly; nothing needs to be done.',
    },
  },
  GE0019: brokenOff(500, {
    ja: '楽天側で店舗の状態を取得できず、処理が中断しました。',
    en: 'Rakuten could not read the shop’s status and broke off.',
  }),
  X0000: brokenOff(500, {
    ja: '楽天側で予期しないシステムエラーが発生し、処理が中断しました。',
    en: 'An unexpected error occurred at Rakuten and it broke off.',
  }),
  IE0001: refusal(400, {
    ja: '必須の項目が入力されていないため、楽天が受け付けませんでした。',
    en: 'A mandatory field is missing.',
  }),
  IE0002: refusal(400, {
    ja: '項目の値が正しくないか、楽天が知らない項目が含まれているため、受け付けられませんでした。',
    en: 'A field has an invalid value, or is one that Rakuten does not know.',
  }),
  IE0003: refusal(400, {
    ja: '数値または件数が楽天の許す範囲を外れているため、受け付けられませんでした。',
    en: 'A number is outside of the range that Rakuten allows.',
  }),
  IE0004: refusal(400, {
    ja: '項目が長すぎるため(バイト数の上限超過)、楽天が受け付けませんでした。',
    en: 'A field is longer than Rakuten allows, counted in bytes.',
  }),
  IE1101: refusal(
    400,
    {
      ja: '一度に送れる件数の上限を超えたため、楽天が受け付けませんでした。',
      en: 'More entries were sent at once than Rakuten allows.',
    },
    REPORT_IT,
  ),
  IE1105: refusal(
    400,
    {
      ja: 'この店舗は楽天のSKUプロジェクトへ移行していないため、この機能を利用できません。',
      en: 'This shop has not been migrated to SKU, so Rakuten has this function switched off for it.',
    },
    {
      ja: 'RMSでSKU移行を済ませてください。それまで在庫はRMSで更新してください。',
      en: 'Migrate the shop in RMS; until then change its stock in RMS.',
    },
  ),
} as const satisfies CodeTable;
