import { isTextCode, type Language, say } from '../domain/texts';

/**
 * Why lasting work failed, or what it waits for at the moment, in words: a cause of its own (`import.not_started`), or
 * one of those for which orders are parked.
 */
export const failureOf = (
  subject: 'import' | 'listings' | 'reconciliation',
  code: string,
  language: Language,
): { code: string; text: string } => {
  const own = [`${subject}.${code}`, `park.${code}`].find(isTextCode);
  return { code, text: own === undefined ? code : say(language, own) };
};
