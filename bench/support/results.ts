import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type Figure, figureSchema, fromJson } from './figures';

/** What a run was measured on; nothing by which the machine could be found. */
const machineSchema = z.strictObject({
  cores: z.number(),
  cpu: z.string(),
  memoryGb: z.number(),
  os: z.string(),
  node: z.string(),
  temporal: z.string(),
  postgres: z.string(),
});
export type Machine = z.infer<typeof machineSchema>;

/** What one benchmark of the set measured. */
const partSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  /** How it is run alone. */
  command: z.string(),
  /** ISO 8601, when it began. */
  date: z.string(),
  /** Of the sources, short; `+` stands behind it when they were changed since. */
  commit: z.string(),
  /** The load average of the last minute before it began: what else the machine was doing. */
  loadBefore: z.number(),
  seconds: z.number(),
  /** Empty when it broke off. */
  figures: z.array(figureSchema),
});

/** A run of the standard set, as it is written down. */
export const resultsSchema = z.strictObject({
  /** Measured in little: shows that everything runs, and not what it costs. */
  small: z.boolean(),
  machine: machineSchema,
  parts: z.array(partSchema),
});
export type Results = z.infer<typeof resultsSchema>;
export type Part = Results['parts'][number];

/** The results that were written down; undefined where there are none that can be read. */
export const readResults = (file: string): Results | undefined => {
  try {
    return resultsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
};

/**
 * What is written down after a run of some parts: those, and the others as they were, as far as they were measured on the
 * same machine and in the same size.
 */
export const merged = (before: Results | undefined, now: Results, order: readonly string[]): Results => {
  const alike =
    before !== undefined && before.small === now.small && isDeepStrictEqual(before.machine, now.machine);
  const kept = alike ? before.parts.filter(({ name }) => now.parts.every((part) => part.name !== name)) : [];
  const parts = [...kept, ...now.parts].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return { ...now, parts };
};

/** The figures that one benchmark has written down; none when it broke off before. */
export const readFigures = (file: string): z.infer<typeof figureSchema>[] => {
  try {
    return z.array(figureSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return [];
  }
};

export const figuresOf = (part: Part): Figure[] => part.figures.map(fromJson);
