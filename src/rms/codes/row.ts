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

/** Ends of texts that many codes share. */
const ENDING = {
  nothingChanged: { ja: '何も変更されていません。', en: 'Nothing was changed.' },
  ours: {
    ja: '同じ内容では再び拒否されます。メッセージが示す項目を直してください。',
    en: 'The same request will be refused again: correct the field that the message names.',
  },
} as const satisfies Record<string, Wording>;

/** A text: what happened, then that nothing was changed, then what to do. */
const refusalText = (what: Wording, todo: Wording = ENDING.ours): Wording => ({
  ja: `${what.ja}${ENDING.nothingChanged.ja}${todo.ja}`,
  en: `${what.en} ${ENDING.nothingChanged.en} ${todo.en}`,
});

/** A code by which Rakuten says no to what was asked; without `todo` the request itself has to be corrected. */
export const refusal = (http: number, what: Wording, todo?: Wording): CodeRow => ({
  kind: 'refused',
  http,
  text: refusalText(what, todo),
});

/** A refusal that its function gives as a value. */
export const outcome = (http: number, what: Wording, todo: Wording): CodeRow => ({
  ...refusal(http, what, todo),
  expected: true,
});

/** A code that says that all went well, or nearly. */
export const note = (ja: string, en: string): CodeRow => ({
  kind: 'no_error',
  http: 200,
  expected: true,
  text: { ja, en },
});
