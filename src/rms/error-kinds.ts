import type { Wording } from '../domain/wording';

export type { Wording };

/**
 * What the caller should do. `retry`: the same again after the pause. `slow_down`: again, and less often from then on.
 * `read_first`: the write may have taken effect, look before writing again. `never`: the same will be refused again.
 * `wait_for_key`: nothing of this shop works until a person has seen to its key.
 */
export type RmsAdvice = 'retry' | 'slow_down' | 'read_first' | 'never' | 'wait_for_key';

interface Kind {
  readonly advice: RmsAdvice;
  /** Pause before the next try in milliseconds, where Rakuten names none. Absent where waiting does not help. */
  readonly retryAfterMs?: number;
  /** What happened, what it means, what to do. */
  readonly text: Wording;
}

/** What kind of refusal or failure a call met; the caller decides by it, never by the wording. */
export const ERROR_KINDS = {
  /** The key is wrong, expired or not live yet. */
  unauthorised: {
    advice: 'wait_for_key',
    text: {
      ja: '楽天がライセンスキーを受け付けませんでした。キーの誤り、期限切れ、発行直後で未有効(最長90分)、または利用機能の未設定が考えられますが、回答からは区別できません。RMSでキーと利用機能編集を確認してください。',
      en: 'Rakuten refused the key. It is wrong, expired or not live yet (a new key needs up to 90 minutes), or this function is not switched on for it; the answer does not tell which. Check the licence key and 利用機能編集 in RMS.',
    },
  },
  /** The function is not ticked for this key, or the request was not understood at the door. */
  forbidden_function: {
    advice: 'wait_for_key',
    text: {
      ja: '楽天の入口で要求が拒否されました。利用機能編集でこの機能にチェックがない、キーが新しすぎるか期限切れ、または要求の破損が考えられますが、回答からは区別できません。他の機能が使えるなら、この機能にチェックを入れてください。',
      en: 'Rakuten turned the request away at the door. Either this function is not ticked in 利用機能編集, or the key is new or expired, or the request was damaged; the answer does not tell which. If other functions work, tick this one.',
    },
  },
  /** Rakuten understood and said no; `codes` says why. */
  refused: {
    advice: 'never',
    text: {
      ja: '楽天は要求を理解したうえで拒否しました。何も変更されていません。コードの説明を確認してください。',
      en: 'Rakuten understood the request and refused it. Nothing was changed; see the codes.',
    },
  },
  /** Our own check refused it before a call was spent; `issues` has the paths. */
  invalid_request: {
    advice: 'never',
    text: {
      ja: '送信前の検査で要求に誤りが見つかりました。楽天には何も送っていません。示された項目を直してください。',
      en: 'The request is not one that Rakuten can accept, so it was not sent. Correct the fields that are named.',
    },
  },
  /** Too many requests. */
  throttled: {
    advice: 'slow_down',
    retryAfterMs: 1000,
    text: {
      ja: 'この店舗からの要求が多すぎると楽天に断られました。何も変更されていません。間隔を空けて自動で再試行します。',
      en: 'Rakuten has too many requests from this shop. Nothing was changed; it is tried again more slowly.',
    },
  },
  /** Rakuten is down or not reachable; nothing was changed. */
  unavailable: {
    advice: 'retry',
    retryAfterMs: 1000,
    text: {
      ja: '楽天が要求を処理しませんでした(障害、メンテナンス、または接続不可)。何も変更されていません。自動で再試行します。',
      en: 'Rakuten did not serve the request (down, in maintenance or unreachable). Nothing was changed; it is tried again.',
    },
  },
  /** Rakuten says that it is in maintenance, or takes no writes for now; nothing was changed. */
  maintenance: {
    advice: 'retry',
    retryAfterMs: 5 * 60 * 1000,
    text: {
      ja: '楽天がメンテナンス中です(読み取り専用の場合を含む)。何も変更されていません。終了後に自動で再開します。',
      en: 'Rakuten is in maintenance or takes no changes for now. Nothing was changed; it goes on by itself afterwards.',
    },
  },
  /** A write ended without a usable answer: it may have taken effect or not. */
  unknown_outcome: {
    advice: 'read_first',
    retryAfterMs: 1000,
    text: {
      ja: '書き込みの回答を確認できなかったため、反映された可能性があります。再送の前に現在の内容を読み取って確認します。',
      en: 'The write ended without a usable answer, so it may have taken effect. Read the record before writing again.',
    },
  },
  /** The answer is not what the reference describes; `issues` has the paths. */
  malformed: {
    advice: 'never',
    text: {
      ja: '楽天の回答が仕様と異なるため、何も取り込んでいません。示された項目を確認し、続く場合は開発元に知らせてください。',
      en: 'Rakuten’s answer is not what its documentation describes. Nothing was taken from it; see the paths.',
    },
  },
  /** Another change of the same record was in the way (CE0001). */
  conflict: {
    advice: 'retry',
    retryAfterMs: 500,
    text: {
      ja: '楽天で同じデータの別の変更が進行中でした。何も変更されていません。少し後に自動で再試行します。',
      en: 'Another change of the same record was in progress at Rakuten. Nothing was changed; try again shortly.',
    },
  },
  /** The shop is parked: nothing was sent. `parkedBecause` says why. */
  parked: {
    advice: 'retry',
    text: {
      ja: 'この店舗は一時停止中のため、楽天には何も送っていません。原因が解消すると自動で再開します。',
      en: 'This shop is parked, so nothing was sent to Rakuten. It goes on by itself when the cause is gone.',
    },
  },
  /** No turn at the rate limit within the caller's bound; nothing was sent. */
  busy: {
    advice: 'retry',
    retryAfterMs: 1000,
    text: {
      ja: '店舗の呼び出し枠が時間内に空きませんでした。何も送っていません。再試行してください。',
      en: 'There was no free turn at the shop’s rate limit in time. Nothing was sent; try again.',
    },
  },
  /** The call was taken back before it was sent: the gateway closes, or the caller gave up. */
  withdrawn: {
    advice: 'retry',
    text: {
      ja: '送信前に取り下げられました。何も送っていません。',
      en: 'The call was taken back before it was sent. Nothing was sent.',
    },
  },
} as const satisfies Record<string, Kind>;

/** What kind of refusal or failure a call met. */
export type RmsErrorKind = keyof typeof ERROR_KINDS;

/** The kind's row, with what every row may have. */
export const kindOf = (kind: RmsErrorKind): Kind => ERROR_KINDS[kind];

interface KeyTrouble {
  /** The kind of error that this cause makes of a refused key. */
  readonly kind: RmsErrorKind;
  readonly text: Wording;
}

/** Why Rakuten refused a key, once somebody has found out, and what to click (reference, item/inventory/licence §1.2, §2). */
export const KEY_CAUSES = {
  wrong_or_not_live: {
    kind: 'unauthorised',
    text: {
      ja: 'serviceSecretまたはlicenseKeyが誤っているか、発行直後でまだ有効になっていません(最長90分)。RMS「5/6 WEB APIサービス」>「ライセンスキーの確認・変更」で表示される値を確認してください(大文字のIと小文字のlに注意)。',
      en: 'The serviceSecret or licenseKey is wrong, or the key is new and not live yet (up to 90 minutes). Compare both with RMS > 5/6 WEB APIサービス > ライセンスキーの確認・変更 (mind capital I and small l).',
    },
  },
  expired: {
    kind: 'unauthorised',
    text: {
      ja: 'licenseKeyの有効期限(90日)が切れています。RMS「5/6 WEB APIサービス」>「ライセンスキーの確認・変更」>「新しいライセンスキーを発行」で発行し、登録してください。',
      en: 'The licenseKey has expired (it lives 90 days). Issue a new one in RMS > 5/6 WEB APIサービス > ライセンスキーの確認・変更 > 新しいライセンスキーを発行, and register it here.',
    },
  },
  function_not_ticked: {
    kind: 'forbidden_function',
    text: {
      ja: 'キーは有効ですが、この機能が許可されていません。RMS「5/6 WEB APIサービス」>「2-1 アプリ一覧」>「自店舗利用」の利用機能編集でこの機能にチェックを入れ、「確認する」「登録する」を押してください。商品の取得・一括取得には有料の商品一括編集機能も必要です。',
      en: 'The key is alive but this function is not allowed for it. In RMS > 5/6 WEB APIサービス > 2-1 アプリ一覧 > 自店舗利用 > 利用機能編集 tick it and press 確認する, then 登録する. Reading items also needs the paid 商品一括編集機能.',
    },
  },
} as const satisfies Record<string, KeyTrouble>;

/** Why Rakuten refused a key. */
export type KeyCause = keyof typeof KEY_CAUSES;

/** Why a shop is parked. */
export type CircuitCause = 'key_refused' | 'rakuten_down';

/** What a shop's caller should do while it is parked. */
export const PARKED_ADVICE: Readonly<Record<CircuitCause, RmsAdvice>> = {
  key_refused: 'wait_for_key',
  rakuten_down: 'retry',
};
