/** The form in which a name, phone number or mail address is hashed for look-ups: spaces, hyphens and case do not count. */
export const lookupText = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\s\p{Dash}]/gu, '')
    .toLowerCase();
