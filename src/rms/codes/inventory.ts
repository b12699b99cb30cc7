import { COMMON_CODES } from './common';
import { type CodeTable, outcome, REPORT_IT, refusal } from './row';

/** Codes of the inventory API (reference, item/inventory §3.3). */
export const INVENTORY_CODES = {
  ...COMMON_CODES,
  IE0105: refusal(400, {
    ja: '在庫数の範囲検索に下限も上限も指定されていないため、楽天が受け付けませんでした。',
    en: 'A search by quantity named neither minQuantity nor maxQuantity.',
  }),
  IE0113: refusal(400, {
    ja: '在庫数の範囲検索で下限が上限以上になっているため、楽天が受け付けませんでした。',
    en: 'A search by quantity has a minQuantity that is not smaller than its maxQuantity.',
  }),
  IE0116: outcome(
    400,
    {
      ja: '在庫数の範囲検索の該当が1,000件を超えたため、楽天が結果を返しませんでした。',
      en: 'A search by quantity has more than 1,000 hits, and Rakuten gives none of them.',
    },
    {
      ja: '在庫数の範囲を狭めて検索し直してください。',
      en: 'Search again with a narrower range of quantities.',
    },
  ),
  IE0117: refusal(
    400,
    {
      ja: '更新後の在庫数が0〜99999の範囲を外れるため、楽天が受け付けませんでした。',
      en: 'The stock would leave the range from 0 to 99999.',
    },
    {
      ja: '楽天の現在の在庫数を確認し、在庫数または増減数を直してください。',
      en: 'Look at the stock that Rakuten holds now and correct the quantity or the difference.',
    },
  ),
  IE0118: refusal(
    400,
    {
      ja: '指定した出荷リードタイムまたは出荷元が店舗設定に登録されていないため、楽天が受け付けませんでした。',
      en: 'The lead time or ship-from is not defined in the shop’s settings.',
    },
    {
      ja: 'RMSの店舗設定で出荷リードタイムと配送リードタイムの管理番号を確認してください。',
      en: 'Compare the ids with the lead times and ship-from in the shop’s settings in RMS.',
    },
  ),
  IE0121: refusal(
    400,
    {
      ja: '1商品あたりのSKU在庫の上限(400件)に達しているため、在庫を追加できませんでした。',
      en: 'The item already holds stock for 400 SKUs, the most that Rakuten allows.',
    },
    {
      ja: 'RMSで不要なSKUを削除するか、商品を分けてください。',
      en: 'Delete SKUs that are not needed in RMS, or split the item.',
    },
  ),
  IE0500: refusal(
    400,
    {
      ja: '在庫の登録がないSKUに増減(RELATIVE)を指定したため、楽天が受け付けませんでした。',
      en: 'A difference (RELATIVE) was sent for a SKU that holds no stock record yet.',
    },
    {
      ja: '商品管理番号とSKU管理番号に誤りがないか確認し、最初は在庫数そのもの(ABSOLUTE)を登録してください。',
      en: 'Check manageNumber and variantId, and set the quantity itself (ABSOLUTE) first.',
    },
  ),
  IE1102: refusal(
    400,
    {
      ja: '同じ商品管理番号とSKU管理番号の組が一回の要求に重複していたため、楽天が受け付けませんでした。',
      en: 'The same manageNumber and variantId came more than once in a request.',
    },
    REPORT_IT,
  ),
} as const satisfies CodeTable;
