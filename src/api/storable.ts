/** What PostgreSQL cannot keep as text or JSON: U+0000, and halves of surrogate pairs. */
const UNSTORABLE = new RegExp(
  `${String.fromCharCode(0)}|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]`,
);
const EVERY = new RegExp(UNSTORABLE.source, 'g');

/** A text with what cannot be kept replaced by U+FFFD. */
export const storable = (text: string): string => text.replace(EVERY, '\ufffd');

/** The first place in a value, keys included, that cannot be kept; undefined when all of it can. Only of plain data. */
export const unstorablePlace = (value: unknown): readonly string[] | undefined => {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? [] : undefined;
  if (Array.isArray(value)) return firstOf(value.entries());
  if (typeof value !== 'object' || value === null || !isPlain(value)) return undefined;
  const keys = Object.keys(value);
  const wrong = keys.find((key) => UNSTORABLE.test(key));
  return wrong === undefined ? firstOf(Object.entries(value)) : [storable(wrong)];
};

const firstOf = (entries: Iterable<readonly [string | number, unknown]>): readonly string[] | undefined => {
  for (const [key, inner] of entries) {
    const place = unstorablePlace(inner);
    if (place !== undefined) return [String(key), ...place];
  }
  return undefined;
};

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Objects and lists within each other, at most. */
const DEEPEST = 32;

/** Whether JSON nests deeper than anything that this API takes: such texts are made to exhaust whoever walks through them. */
export const isTooDeep = (json: string): boolean => {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at += 1) {
    const char = json[at];
    if (inText) {
      if (char === '\\') at += 1;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === '{' || char === '[') {
      depth += 1;
      if (depth > DEEPEST) return true;
    } else if (char === '}' || char === ']') depth -= 1;
  }
  return false;
};
