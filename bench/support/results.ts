import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Figure, figureSchema, fromJson } from './figures';

/** What a run was measured on; nothing by which the machine could be found. */
const machineSchema = z.strictObject({
  /** ISO 8601, when the run began. */
  date: z.string(),
  /** Of the sources, short; `+` stands behind it when they were changed since. */
  commit: z.string(),
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

/** The figures that one benchmark has written down; none when it broke off before. */
export const readFigures = (file: string): z.infer<typeof figureSchema>[] => {
  try {
    return z.array(figureSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return [];
  }
};

export const figuresOf = (part: Part): Figure[] => part.figures.map(fromJson);
