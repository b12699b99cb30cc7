import { type DecidingSettings, functionOfBox, isNeeded } from './rms-functions';

/** What a test of the connection found of one function of Rakuten's. */
export interface ConnectionTestRow {
  /** The name of the tick box in RMS: `rpay.order.getOrder`. */
  readonly function: string;
  /** null: it was not found out, since Rakuten did not say. */
  readonly works: boolean | null;
  readonly httpStatus: number | null;
  /** Rakuten's code, where it gave one. */
  readonly code: string | null;
  /** What it can be, most likely first: codes of the text catalogue's `connection.cause.*`. Empty when it works. */
  readonly causes: readonly ConnectionCause[];
}

/** What a function's silence or refusal can come from. */
type ConnectionCause =
  | 'function_not_ticked'
  | 'not_registered'
  | 'paid_option'
  | 'no_function_ticked'
  | 'key_misshapen'
  | 'key_expired'
  | 'key_stopped'
  | 'not_live_yet'
  | 'wrong_key'
  | 'wrong_secret'
  | 'rakuten_down'
  | 'unreachable'
  | 'maintenance'
  | 'throttled'
  | 'no_turn'
  | 'not_understood';

/** How a function answered a question that can have no effect. */
export interface FunctionAnswer {
  /** The call by Rakuten's name. */
  readonly operation: string;
  /** `refused`: at the door, which says nothing of why. The others: Rakuten did not say whether it may be called. */
  readonly outcome:
    | 'works'
    | 'refused'
    | Extract<
        ConnectionCause,
        'rakuten_down' | 'unreachable' | 'maintenance' | 'throttled' | 'no_turn' | 'not_understood'
      >;
  readonly httpStatus: number | null;
  readonly code: string | null;
}

/** What is known of the key that the functions were asked with. */
export interface KeyFacts {
  /** As Rakuten told it for this very key; undefined: it never did. */
  readonly expiresAt?: Date | undefined;
  /** When it was registered here. */
  readonly addedAt: Date;
}

/** A new key is refused for up to 90 minutes (reference, item/inventory/licence §2). */
const LIVE_AFTER_MS = 90 * 60_000;
/** The order API's door has a code of its own for a function that is not ticked, where it is the older one (§1.1). */
const NOT_ENABLED = 'ES04-01';
/** Codes of credentials that are misshapen (§1.1). */
const MISSHAPEN = /^GK\d/;

/** Why everything is refused: the same answer has many causes, and what is known of the key puts them in order. */
const causesOfDeadKey = (
  answers: readonly FunctionAnswer[],
  { expiresAt, addedAt }: KeyFacts,
  now: Date,
): ConnectionCause[] => {
  // Rakuten has told when it expires, so it was right and live once.
  if (expiresAt !== undefined)
    return expiresAt <= now ? ['key_expired'] : ['key_stopped', 'no_function_ticked'];
  const codes = answers.filter(({ outcome }) => outcome === 'refused').map(({ code }) => code ?? '');
  const misshapen: ConnectionCause[] = codes.some((code) => MISSHAPEN.test(code)) ? ['key_misshapen'] : [];
  const isNew = now.getTime() - addedAt.getTime() < LIVE_AFTER_MS;
  const unticked = codes.includes(NOT_ENABLED);
  return [
    ...misshapen,
    ...(unticked ? (['no_function_ticked'] as const) : []),
    ...(isNew ? (['not_live_yet'] as const) : []),
    ...(['wrong_key', 'wrong_secret', 'key_expired'] as const),
    ...(unticked ? [] : (['no_function_ticked'] as const)),
  ];
};

const causesOfRefusal = (box: string): ConnectionCause[] => [
  'function_not_ticked',
  'not_registered',
  ...(functionOfBox(box)?.mayBePaid ? (['paid_option'] as const) : []),
];

/**
 * What the answers of all functions together say of each. Rakuten refuses a wrong secret, a wrong, expired or not yet
 * live key and a function that is not ticked alike (reference, item/inventory/licence §1.1): where any function works
 * the key is good, and where none does the function is not to blame.
 * @param answers by tick box, in the order of the rows
 */
export const judgeConnection = (
  answers: ReadonlyMap<string, FunctionAnswer>,
  key: KeyFacts,
  now: Date,
): ConnectionTestRow[] => {
  const all = [...answers.values()];
  const isAlive = all.some(({ outcome }) => outcome === 'works');
  const deadKey = causesOfDeadKey(all, key, now);
  return [...answers].map(([box, { outcome, httpStatus, code }]) => {
    const row = { function: box, httpStatus, code };
    if (outcome === 'works') return { ...row, works: true, causes: [] };
    if (outcome === 'refused')
      return { ...row, works: false, causes: isAlive ? causesOfRefusal(box) : deadKey };
    return { ...row, works: null, causes: [outcome] };
  });
};

/** What a test says as a whole: a code of `connection.summary.*` with its parameters. */
export interface ConnectionSummary {
  readonly code:
    | 'connection.summary.works'
    | 'connection.summary.functions_missing'
    | 'connection.summary.key_refused'
    | 'connection.summary.partly_unknown'
    | 'connection.summary.no_answer';
  readonly params: Readonly<Record<string, string | number>>;
}

const boxesOf = (rows: readonly ConnectionTestRow[]): string => rows.map((row) => row.function).join(', ');

/** What the rows of a test mean for a shop with these settings: only what it needs counts. */
export const summariseConnection = (
  rows: readonly ConnectionTestRow[],
  settings: DecidingSettings,
): ConnectionSummary => {
  const needed = rows.filter((row) => {
    const known = functionOfBox(row.function);
    return known !== undefined && isNeeded(known, settings);
  });
  const refused = needed.filter(({ works }) => works === false);
  const unknown = needed.filter(({ works }) => works === null);
  const connectionCause = [...refused, ...unknown][0]?.causes[0] ?? '';
  if (refused.length > 0 && !rows.some(({ works }) => works === true))
    return { code: 'connection.summary.key_refused', params: { connectionCause } };
  if (refused.length > 0)
    return { code: 'connection.summary.functions_missing', params: { functions: boxesOf(refused) } };
  if (unknown.length > 0 && unknown.length === needed.length)
    return { code: 'connection.summary.no_answer', params: { connectionCause } };
  if (unknown.length > 0)
    return {
      code: 'connection.summary.partly_unknown',
      params: { functions: boxesOf(unknown), connectionCause },
    };
  return { code: 'connection.summary.works', params: { count: needed.length } };
};

/** Whether two tests found the same; statuses and codes may differ. */
export const isSameOutcome = (
  before: readonly ConnectionTestRow[],
  after: readonly ConnectionTestRow[],
): boolean => {
  const gist = (rows: readonly ConnectionTestRow[]): string =>
    JSON.stringify(rows.map(({ function: box, works, causes }) => [box, works, causes]));
  return gist(before) === gist(after);
};
