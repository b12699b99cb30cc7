/** Why Rakuten's number of a link may be another than ours. */

/** What is known of one link whose two numbers were compared. */
export interface Comparison {
  /** What Rakuten shows; undefined: it has no record. */
  readonly theirs: number | undefined;
  /** What can be sold; undefined: a SKU of it has no opening balance. */
  readonly ours: number | undefined;
  /** Whether Rakuten can hold stock under these names at all. */
  readonly storable: boolean;
}

/** What may explain that the two numbers differ. */
export interface Circumstances extends Comparison {
  /** The shop does not publish its stock. */
  readonly syncOff: boolean;
  /** It is to be published, or to be taken over, with the next synchronisation. */
  readonly waiting: boolean;
  /** The code with which Rakuten refused what was published last; undefined: it did not. */
  readonly refusedWith: string | undefined;
  /** One of the numbers changed after orders were last searched, so that an order that is not here yet may be why. */
  readonly moving: boolean;
  /** What was sold of it and is not reserved, and in which orders; it is kept back from `ours` already. */
  readonly inFlight: { readonly units: number; readonly orderNumbers: readonly string[] } | undefined;
  /** By how many units more was sold than there is, where `ours` is therefore shown as 0. */
  readonly oversoldBy: number;
}

/** One cause of a difference: its code, and what it is about. */
export interface Cause {
  readonly code: CauseCode;
  readonly units?: number;
  readonly orderNumbers?: readonly string[];
  /** With which code Rakuten refused it. */
  readonly rakutenCode?: string;
}

type Found = Omit<Cause, 'code'> | undefined;
const when = (holds: boolean): Found => (holds ? {} : undefined);

/** Every cause, and how it is recognised. Those that explain nothing tell of what `ours` consists. */
const CAUSES = {
  pair_not_storable: { explains: true, find: ({ storable }) => when(!storable) },
  no_opening_balance: { explains: true, find: ({ ours }) => when(ours === undefined) },
  no_record: { explains: true, find: ({ storable, theirs }) => when(storable && theirs === undefined) },
  sync_off: { explains: true, find: ({ syncOff }) => when(syncOff) },
  waiting: { explains: true, find: ({ waiting }) => when(waiting) },
  refused: {
    explains: true,
    find: ({ refusedWith }) => (refusedWith === undefined ? undefined : { rakutenCode: refusedWith }),
  },
  moving: { explains: true, find: ({ moving }) => when(moving) },
  orders_in_flight: { explains: false, find: ({ inFlight }) => inFlight },
  oversold: {
    explains: false,
    find: ({ oversoldBy }) => (oversoldBy > 0 ? { units: oversoldBy } : undefined),
  },
} as const satisfies Record<string, { explains: boolean; find: (seen: Circumstances) => Found }>;

/** What nothing explains: somebody changed the number in RMS, or sold elsewhere. */
const UNEXPLAINED = 'unexplained';

export type CauseCode = keyof typeof CAUSES | typeof UNEXPLAINED;

const KNOWN = Object.keys(CAUSES) as (keyof typeof CAUSES)[];

/** The codes of all causes. */
export const CAUSE_CODES: readonly [CauseCode, ...CauseCode[]] = [UNEXPLAINED, ...KNOWN];

/** Whether two numbers differ. Where neither side has one there is nothing to compare. */
export const isDifferent = ({ theirs, ours, storable }: Comparison): boolean =>
  storable ? theirs !== ours : ours !== undefined;

/** Why two numbers differ, what explains it first; `unexplained` where nothing does. */
export const causesOf = (seen: Circumstances): Cause[] => {
  const found = KNOWN.flatMap((code): Cause[] => {
    const cause = CAUSES[code].find(seen);
    return cause === undefined ? [] : [{ code, ...cause }];
  });
  const explained = found.some(({ code }) => code !== UNEXPLAINED && CAUSES[code].explains);
  return explained ? found : [{ code: UNEXPLAINED }, ...found];
};

/** In which direction a difference can be mended: ours becomes Rakuten's number, or Rakuten's becomes ours. */
export const FIX_DIRECTIONS = ['publish', 'adopt'] as const;
export type FixDirection = (typeof FIX_DIRECTIONS)[number];

/** Why a pair is left as it is when it is to be mended. */
export type LeftCode =
  | 'no_difference'
  | 'link_gone'
  | 'pair_not_storable'
  | 'no_opening_balance'
  | 'no_record'
  | 'set'
  | 'not_linked';

/** What a fix goes by: a difference as it was found, and what the pair is linked to now. */
export interface Fixable {
  readonly theirs: number | null;
  readonly ours: number | null;
  readonly causes: readonly { readonly code: string }[];
  /** The plain SKUs of which one unit is made; undefined: the link is gone or leads elsewhere. */
  readonly parts: readonly { readonly skuCode: string; readonly units: number }[] | undefined;
}

/** Why a difference cannot be mended in this direction; undefined: it can. */
export const leftBecause = (
  { theirs, ours, causes, parts }: Fixable,
  direction: FixDirection,
): LeftCode | undefined => {
  if (parts === undefined) return 'link_gone';
  if (causes.some(({ code }) => code === 'pair_not_storable')) return 'pair_not_storable';
  if (direction === 'publish') return ours === null ? 'no_opening_balance' : undefined;
  if (theirs === null) return 'no_record';
  return isOnePiece(parts) ? undefined : 'set';
};

/** Rakuten's number of a set says nothing about the numbers of its components. */
const isOnePiece = ([part, ...others]: readonly { readonly units: number }[]): boolean =>
  part?.units === 1 && others.length === 0;

/** How far a comparison has come, in whole percent; a hundred only when it is done. */
export const percentCompared = (compared: number, pairs: number, done: boolean): number => {
  if (done) return 100;
  return pairs === 0 ? 0 : Math.min(99, Math.floor((compared / pairs) * 100));
};
