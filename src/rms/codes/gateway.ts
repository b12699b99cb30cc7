import { type CodeTable, REPORT_IT, refusal } from './row';

const RENEW = {
  ja: 'RMS「5/6 WEB APIサービス」でライセンスキーの値・有効期限と利用機能編集を確認してください。新しいキーは有効になるまで最長90分かかります。',
  en: 'Check the licence key, its expiry and 利用機能編集 in RMS > 5/6 WEB APIサービス. A new key needs up to 90 minutes to become valid.',
} as const;

/** A refusal of the key: wrong, expired, not live yet, or the function not ticked; the answer does not tell which (§1.1). */
const keyRefused = (http: number) =>
  ({
    kind: 'unauthorised',
    http,
    text: {
      ja: `楽天がライセンスキーを受け付けませんでした。誤り、期限切れ、発行直後、または利用機能の未設定のいずれかで、回答からは区別できません。この店舗の処理は止まります。${RENEW.ja}`,
      en: `Rakuten refused the licence key: it is wrong, expired, not live yet, or lacks this function; the answer does not tell which. The shop stands still. ${RENEW.en}`,
    },
  }) as const;

/** Of these only the existence is known (§1.1): "credentials structurally wrong, or a request parameter invalid". */
const keyMisshapen = (code: string) =>
  ({
    kind: 'unauthorised',
    http: 400,
    text: {
      ja: `楽天の入口が認証情報の形式または要求の項目を不正と判断しました(${code}。正確な意味は公開されていません)。この店舗の処理は止まります。serviceSecretとlicenseKeyに余分な文字や欠けがないか確認してください。${RENEW.ja}`,
      en: `Rakuten’s gateway found the credentials misshapen or a parameter invalid (${code}; its exact meaning has not been published). The shop stands still. Look for missing or surplus characters in serviceSecret and licenseKey. ${RENEW.en}`,
    },
  }) as const;

/** Calls came too fast for an XML function (§7). */
const TOO_FAST = {
  kind: 'throttled',
  http: 403,
  text: {
    ja: 'この店舗からの呼び出しが楽天の上限を超えました。何も変更されていません。間隔を空けて自動で再試行するため、対応は不要です。続く場合は、同じ店舗を呼び出している他のシステムを確認してください。',
    en: 'This shop’s calls exceeded Rakuten’s limit. Nothing was changed and they are tried again more slowly; nothing needs to be done. If it goes on, look for other systems that call Rakuten for this shop.',
  },
} as const;

/** Writes are refused for now; documented for items, believed on every path since the mode is the whole system's (§7). */
export const READ_ONLY = {
  kind: 'maintenance',
  http: 400,
  text: {
    ja: '楽天がメンテナンス等で読み取り専用になっているため、更新を受け付けませんでした。何も変更されていません。終了後に自動で再開するため、対応は不要です。',
    en: 'Rakuten takes no changes for now (read-only mode, for example maintenance). Nothing was changed. It goes on by itself afterwards; nothing needs to be done.',
  },
} as const;

/** Codes of the gateway, in all its body families (reference, item/inventory §1.1, §7; order API §10). */
export const GATEWAY_CODES = {
  'ES01-01': keyRefused(401),
  GA0001: keyRefused(401),
  AuthError: keyRefused(401),
  'E02-001': keyRefused(200),
  GK0001: keyMisshapen('GK0001'),
  GK0005: keyMisshapen('GK0005'),
  GK0006: keyMisshapen('GK0006'),
  'ES04-01': {
    kind: 'forbidden_function',
    http: 400,
    text: {
      ja: '楽天の入口で要求が拒否されました。利用機能編集でこの機能にチェックがない、キーが発行直後か期限切れ、または要求の破損が考えられますが、回答からは区別できません。何も変更されていません。他の機能が使えるなら、利用機能編集でこの機能にチェックを入れ、「確認する」「登録する」を押してください。',
      en: 'Rakuten’s gateway turned the request away: the function is not ticked, the key is new or expired, or the request was damaged; the answer does not tell which. Nothing was changed. If other functions work, tick this one in 利用機能編集 and press 確認する, then 登録する.',
    },
  },
  'ES04-03': refusal(
    415,
    {
      ja: '要求のContent-Typeが楽天の求める形式ではないため、受け付けられませんでした。',
      en: 'Rakuten does not accept the Content-Type of the request.',
    },
    REPORT_IT,
  ),
  AccessLimit: TOO_FAST,
  QPSLimit: TOO_FAST,
  NotApiFunction: refusal(
    405,
    {
      ja: '楽天にその機能(API)は存在しないため、受け付けられませんでした。',
      en: 'Rakuten has no such function.',
    },
    REPORT_IT,
  ),
  GE0017: READ_ONLY,
} as const satisfies CodeTable;
