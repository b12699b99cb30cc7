/** Chance that is the same for the same seed. */
export interface Random {
  /** 0 inclusive to 1 exclusive. */
  next(): number;
  integer(min: number, max: number): number;
  pick<T>(from: readonly T[]): T;
  chance(share: number): boolean;
  hex(length: number): string;
}

/** Makes a generator from a 32-bit seed (mulberry32: small, fast, good enough for sample data). */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    integer,
    pick: (from) => {
      const picked = from[integer(0, from.length - 1)];
      if (picked === undefined) throw new Error('Nothing can be picked from an empty list.');
      return picked;
    },
    chance: (share) => next() < share,
    hex: (length) => Array.from({ length }, () => integer(0, 15).toString(16)).join(''),
  };
};

/** A 32-bit seed from a text, so that the same text always means the same choices (FNV-1a). */
export const seedOf = (text: string): number =>
  [...text].reduce(
    (hash, char) => Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619),
    2_166_136_261,
  ) >>> 0;
