/** Languages that every text for a person exists in. */
export const LANGUAGES = ['ja', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text in each language. */
export type Wording = Readonly<Record<Language, string>>;

/** What fills the `{name}` of a text. */
export type Params = Readonly<Record<string, string | number>>;

/** Parameters whose value is itself a code, and where its wording stands. */
const NESTED: Readonly<Record<string, string>> = {
  hold: 'hold',
  park: 'park',
  outcome: 'rms.outcome',
  deadline: 'deadline',
  step: 'step',
  reason: 'cancel_reason',
  warning: 'warning_name',
  direction: 'clock',
  windowReason: 'window_reason',
  unit: 'unit',
  connectionCause: 'connection.cause',
  said: 'renewal',
};

/**
 * What says the texts of a catalogue: the wording of a code in one language, with its parameters filled in. A missing
 * parameter stays visible as `{name}`.
 */
export const speaker = <Code extends string>(catalogue: Readonly<Record<Code, Wording>>) => {
  const isCode = (code: string): code is Code => Object.hasOwn(catalogue, code);
  return (language: Language, code: Code, params: Params = {}): string =>
    catalogue[code][language].replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = params[name];
      if (value === undefined) return placeholder;
      const nested = `${NESTED[name] ?? ''}.${value}`;
      const wording = isCode(nested) ? catalogue[nested][language] : undefined;
      // A wording with parameters is a line of its own (`hold.opened`), not the name of a person's hold called `opened`.
      return wording === undefined || wording.includes('{') ? String(value) : wording;
    });
};
