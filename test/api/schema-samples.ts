/** Requests made of the schemas that the API documents: ones that fit, and ones that do not fit in one place. */
import fc from 'fast-check';

/** A JSON Schema as OpenAPI 3.1 documents have it, as far as this API uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly example?: unknown;
}
export type Components = Readonly<Record<string, Schema>>;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-07-01T00:00:00.000Z',
  date: '2026-07-01',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com/x',
};

const resolve = (schema: Schema, components: Components): Schema => {
  if (schema.$ref === undefined) return schema;
  const found = components[schema.$ref.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`${schema.$ref} is not in the document`);
  return resolve(found, components);
};

const typesOf = ({ type }: Schema): readonly string[] =>
  type === undefined ? [] : typeof type === 'string' ? [type] : type;

/** A value that fits the schema, as far as a schema can say. */
export const sample = (given: Schema, components: Components): unknown => {
  const schema = resolve(given, components);
  if (schema.example !== undefined) return schema.example;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [either] = schema.anyOf ?? schema.oneOf ?? [];
  if (either !== undefined) return sample(either, components);
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((part) => sample(part, components)));
  const [type] = typesOf(schema);
  return type === undefined ? 'x' : (OF_TYPE[type]?.(schema, components) ?? null);
};

const OF_TYPE: Readonly<Record<string, (schema: Schema, components: Components) => unknown>> = {
  object: ({ properties = {} }, components) =>
    Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, sample(inner, components)])),
  array: ({ items = {} }, components) => [sample(items, components)],
  string: ({ format = '', pattern, minLength = 1 }) => {
    const known = FORMATS[format];
    if (known !== undefined) return known;
    const plain = 'x'.repeat(Math.max(1, minLength));
    if (pattern === undefined || new RegExp(pattern, 'u').test(plain)) return plain;
    return fc.sample(fc.stringMatching(new RegExp(pattern, 'u')), { numRuns: 1, seed: 1 })[0];
  },
  integer: ({ minimum, exclusiveMinimum }) => minimum ?? (exclusiveMinimum ?? 0) + 1,
  number: ({ minimum, exclusiveMinimum }) => minimum ?? (exclusiveMinimum ?? 0) + 1,
  boolean: () => true,
  null: () => null,
};

/** A place in a value: `['skus', 0, 'name']`. */
type Place = readonly (string | number)[];

/** What a mutant puts at one place of a request, or that it takes away or adds there. */
export interface Mutant {
  readonly says: string;
  readonly place: Place;
  readonly body: unknown;
  /** Whether it cannot fit whatever the place means. */
  readonly wrong: boolean;
}

const set = (value: unknown, [head, ...rest]: Place, put: (old: unknown) => unknown): unknown => {
  if (head === undefined) return put(value);
  if (Array.isArray(value)) return value.map((item, index) => (index === head ? set(item, rest, put) : item));
  const record = value as Record<string, unknown>;
  return { ...record, [head]: set(record[head], rest, put) };
};

const remove = (value: unknown, place: Place): unknown => {
  const key = place.at(-1);
  return set(value, place.slice(0, -1), (holder) =>
    Object.fromEntries(Object.entries(holder as object).filter(([name]) => name !== key)),
  );
};

interface Leaf {
  readonly place: Place;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Every place of a sample with the schema that stands for it. */
const placesOf = (given: Schema, components: Components, place: Place = [], required = true): Leaf[] => {
  const schema = resolve(given, components);
  const here: Leaf = { place, schema, required };
  const [either] = schema.anyOf ?? schema.oneOf ?? [];
  if (either !== undefined && schema.enum === undefined) {
    const inner = placesOf(either, components, place, required);
    return [here, ...inner.filter(({ place: at }) => at.length > place.length)];
  }
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
    placesOf(inner, components, [...place, key], schema.required?.includes(key) ?? false),
  );
  const items = schema.items === undefined ? [] : placesOf(schema.items, components, [...place, 0]);
  return [here, ...properties, ...items];
};

/** All types that a place takes, alternatives included. */
const taken = (given: Schema, components: Components): ReadonlySet<string> => {
  const schema = resolve(given, components);
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (parts.length > 0) return new Set(parts.flatMap((part) => [...taken(part, components)]));
  const own = typesOf(schema);
  const literal = [schema.const, ...(schema.enum ?? [])].filter((value) => value !== undefined);
  const types = own.length > 0 ? own : literal.map((value) => (value === null ? 'null' : typeof value));
  // What says nothing takes everything.
  return new Set(types.length > 0 ? types : ['string', 'number', 'boolean', 'object', 'array', 'null']);
};

const OTHER_TYPES: readonly (readonly [type: string, value: unknown])[] = [
  ['object', { unexpected: { deep: true } }],
  ['array', [[[]]]],
  ['string', 'text'],
  ['number', 12.75],
  ['boolean', true],
  ['null', null],
];

const fits = (type: string, types: ReadonlySet<string>): boolean =>
  types.has(type) || (type === 'number' && types.has('integer'));

/** Texts that have broken programs. */
export const NASTY: readonly string[] = [
  '',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\u202eabc\u202c',
  '👩‍👩‍👧‍👦'.repeat(50),
  'ｶﾞ㌔①髙﨑',
  '\ufeff',
  '%s%n%00',
  "'; drop table orders; --",
  '$(id)',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '-1',
  '1e400',
];
const NUMBERS: readonly number[] = [-1, 0.1, 2 ** 31, 2 ** 53, 1e308, -1e308];

/** Requests that differ from one that fits in one place. */
export const mutantsOf = (schema: Schema, components: Components): Mutant[] => {
  const fit = sample(schema, components);
  return placesOf(schema, components).flatMap(({ place, schema: own, required }) => {
    const types = taken(own, components);
    const put = (says: string, value: unknown, wrong: boolean): Mutant => ({
      says,
      place,
      body: set(fit, place, () => value),
      wrong,
    });
    const others = OTHER_TYPES.filter(([type]) => !fits(type, types)).map(([type, value]) =>
      put(`a ${type}`, value, true),
    );
    const texts = types.has('string') ? NASTY.map((text) => put(JSON.stringify(text), text, false)) : [];
    const long = types.has('string') ? [put('a text of 30,000', 'あ'.repeat(30_000), false)] : [];
    const numbers =
      types.has('integer') || types.has('number')
        ? NUMBERS.map((value) => put(String(value), value, !Number.isInteger(value) && !types.has('number')))
        : [];
    const many = types.has('array') ? [put('20,000 nulls', Array(20_000).fill(null), true)] : [];
    const missing =
      required && typeof place.at(-1) === 'string'
        ? [{ says: 'nothing', place, body: remove(fit, place), wrong: true }]
        : [];
    const isObject = typesOf(own).includes('object') && own.additionalProperties === false;
    const extra = isObject
      ? ['unexpected', '__proto__', 'constructor'].map((key) => ({
          says: `a field ${key}`,
          place: [...place, key],
          body: set(fit, place, (old) => ({ ...(old as object), ...JSON.parse(`{"${key}": {"x": 1}}`) })),
          wrong: true,
        }))
      : [];
    return [...others, ...texts, ...long, ...numbers, ...many, ...missing, ...extra];
  });
};
