import type { RmsErrorKind, Wording } from '../error-kinds';

/** The kind of a failure that may have come before or after a change: it depends on what the call can change. */
export interface KindByEffect {
  readonly read: RmsErrorKind;
  readonly write: RmsErrorKind;
}

/** Rakuten broke off while it served the request: a read changed nothing, a write may have been carried out. */
export const BROKEN_OFF: KindByEffect = { read: 'unavailable', write: 'unknown_outcome' };

/** What one of Rakuten's message codes means. */
export interface CodeRow {
  /** `no_error` for information and warnings: the call did what was asked. */
  readonly kind: RmsErrorKind | KindByEffect | 'no_error';
  /** The HTTP status it is documented with, where one is. */
  readonly http?: number;
  /** Whether its function gives it as a value, because it is to be expected, and does not throw it. */
  readonly expected?: true;
  /** What happened, what it means, what to do. */
  readonly text: Wording;
}

/** Codes of one API. `*` in the code of an order function stands for any function, `VE*` for any field error. */
export type CodeTable = Readonly<Record<string, CodeRow>>;

/** What to do where the request itself has to be corrected. */
const CORRECT_IT: Wording = {
  ja: '同じ内容では再び拒否されます。メッセージが示す項目を直してください。',
  en: 'The same request will be refused again: correct the field that the message names.',
};

/** What to do where the software asked wrongly, and nothing that a person entered is to blame. */
export const REPORT_IT: Wording = {
  ja: '入力内容ではなく本ソフトの要求の誤りと考えられます。続く場合は開発元に知らせてください。',
  en: 'Nothing that you entered is to blame, but the request of this software: report it if it goes on.',
};

/** A code by which Rakuten says no to what was asked; without `todo` the request itself has to be corrected. */
export const refusal = (http: number | undefined, what: Wording, todo: Wording = CORRECT_IT): CodeRow => ({
  kind: 'refused',
  http,
  text: {
    ja: `${what.ja}何も変更されていません。${todo.ja}`,
    en: `${what.en} Nothing was changed. ${todo.en}`,
  },
});

/** A refusal that its function gives as a value. */
export const outcome = (http: number | undefined, what: Wording, todo: Wording): CodeRow => ({
  ...refusal(http, what, todo),
  expected: true,
});

/** A refusal that is known to exist while its meaning is not public. `what` says of what and all that is known. */
export const unexplained = (what: Wording): CodeRow => ({
  kind: 'refused',
  text: {
    ja: `${what.ja}このコードの意味は公開されていません。楽天のメッセージとRMSの受注画面で理由を確認し、直してから再試行してください。`,
    en: `${what.en} What this code means has not been published: find the reason in Rakuten’s message and in RMS, correct it, then try again.`,
  },
});

/** A code that says that all went well, or nearly. */
export const note = (ja: string, en: string): CodeRow => ({
  kind: 'no_error',
  http: 200,
  expected: true,
  text: { ja, en },
});

/** A warning of which only the existence is known; the call did what was asked. */
export const warning = (ja: string, en: string): CodeRow => ({ ...note(ja, en), http: undefined });

/** A code with which Rakuten broke off. `what` says where. */
export const brokenOff = (http: number, what: Wording): CodeRow => ({
  kind: BROKEN_OFF,
  http,
  text: {
    ja: `${what.ja}店舗の設定や入力の問題ではありません。読み取りは自動で再試行し、書き込みは反映された可能性があるため、内容を読み取って確認してから再送します。`,
    en: `${what.en} Neither the shop nor its entries are to blame. A read is tried again; a write may have taken effect, so the record is read before it is sent again.`,
  },
});
