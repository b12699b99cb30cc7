import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const FILE = 'chaos.json';

const progress = z.object({
  /** What the plan is made of; the plan itself follows from it. */
  seed: z.number(),
  orders: z.number(),
  kills: z.number(),
  /** How long the run has lasted, without what was between its parts, in milliseconds. */
  elapsedMs: z.number(),
  /** Ids of the steps that were begun. */
  begun: z.array(z.string()),
  numbers: z.record(z.string(), z.string()),
  acted: z.array(z.string()),
  movements: z.record(z.string(), z.object({ sku: z.string(), units: z.number() })),
  repeated: z.number(),
  /** Milliseconds from each start of everything until the first order moved, and until it was ready. */
  firstMoves: z.array(z.number()),
  readyAfter: z.array(z.number()),
});

/** How far a run has come: all that going on needs to know. */
export type Progress = z.infer<typeof progress>;

/** A run at its beginning. */
export const freshProgress = (input: { seed: number; orders: number; kills: number }): Progress => ({
  ...input,
  ...{ elapsedMs: 0, begun: [], numbers: {}, acted: [], movements: {}, repeated: 0 },
  ...{ firstMoves: [], readyAfter: [] },
});

/** Writes it down, whole or not at all. */
export const saveProgress = (dir: string, state: Progress): void => {
  const file = join(dir, FILE);
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 1));
  renameSync(`${file}.new`, file);
};

/** What an earlier part of the run wrote down. @throws Error when there is none, or it cannot be read */
export const readProgress = (dir: string): Progress =>
  progress.parse(JSON.parse(readFileSync(join(dir, FILE), 'utf8')));
