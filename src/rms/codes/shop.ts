import { READ_ONLY } from './gateway';
import { brokenOff, type CodeTable, note, outcome, REPORT_IT, refusal } from './row';

/** A refusal of which only the code and its HTTP status are known (§6). */
const badRequest = (code: string) =>
  refusal(400, {
    ja: `店舗情報APIが要求を拒否しました(${code}。正確な意味は手元の資料にありません)。`,
    en: `The Shop API refused the request (${code}; its exact meaning is not known).`,
  });

/** A system error of which only the code and its HTTP status are known (§6). */
const systemError = (code: string) =>
  brokenOff(500, {
    ja: `店舗情報APIでシステムエラーが発生し、処理が中断しました(${code}。詳細は手元の資料にありません)。`,
    en: `A system error occurred in the Shop API and it broke off (${code}; no more is known of it).`,
  });

const FIELD_ERROR = refusal(undefined, {
  ja: '店舗情報APIが項目の値を不正と判断し、受け付けませんでした。',
  en: 'The Shop API found the value of a field invalid.',
});

/** Codes of the Shop API (reference, item/inventory §6). */
export const SHOP_CODES = {
  N000: note(
    '店舗情報を取得しました。対応は不要です。',
    'The Shop API did what was asked. Nothing needs to be done.',
  ),
  S900: {
    kind: 'maintenance',
    http: 500,
    text: {
      ja: '店舗情報APIがメンテナンス中です。何も変更されていません。終了後に自動で再開するため、対応は不要です。',
      en: 'The Shop API is in maintenance. Nothing was changed. It goes on by itself afterwards; nothing needs to be done.',
    },
  },
  S901: { ...READ_ONLY, http: 500 },
  C001: refusal(400, {
    ja: '店舗情報APIへの照会条件が正しくないため、受け付けられませんでした。',
    en: 'A parameter of the question to the Shop API is invalid.',
  }),
  C003: refusal(
    400,
    {
      ja: '指定した種類の店舗情報は楽天に存在しないため、受け付けられませんでした。',
      en: 'The Shop API has no such resource.',
    },
    REPORT_IT,
  ),
  C005: refusal(
    400,
    {
      ja: '要求のContent-Typeが店舗情報APIの受け付ける形式ではありません。',
      en: 'The Shop API does not accept the Content-Type of the request.',
    },
    REPORT_IT,
  ),
  C006: badRequest('C006'),
  C007: badRequest('C007'),
  C008: outcome(
    404,
    {
      ja: '照会した店舗情報(営業日カレンダー、リードタイムなど)は登録されていません。',
      en: 'The shop has nothing registered of what was asked for, such as a calendar or a lead time.',
    },
    {
      ja: '必要な場合は、RMSの店舗設定で登録してください。',
      en: 'Where it is needed, register it in the shop’s settings in RMS.',
    },
  ),
  C012: badRequest('C012'),
  C013: badRequest('C013'),
  C998: badRequest('C998'),
  E101: systemError('E101'),
  E102: systemError('E102'),
  E998: systemError('E998'),
  E999: systemError('E999'),
  VSE1000: FIELD_ERROR,
  'VE*': FIELD_ERROR,
} as const satisfies CodeTable;
