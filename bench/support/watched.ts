import { type PartUsage, usageBelow } from './processes';
import { mean } from './report';

/** Milliseconds of processor time by process. */
export type ProcessorTime = ReadonlyMap<string, number>;

/** Carries out `run` and tells what it took of each process, divided among so many orders. */
export async function watched<T>(
  named: () => Promise<ReadonlyMap<number, string>>,
  orders: number,
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly processor: ProcessorTime }> {
  const before = await usageBelow(await named());
  const result = await run();
  const after = await usageBelow(await named());
  return { result, processor: used(before, after, orders) };
}

const used = (before: PartUsage, after: PartUsage, orders: number): ProcessorTime =>
  new Map(
    [...after].map(([part, { cpu = Number.NaN }]) => [
      part,
      (1000 * (cpu - (before.get(part)?.cpu ?? 0))) / orders,
    ]),
  );

/** The mean over several, in words: `worker 95, Temporal 101`. */
export const inWords = (times: readonly ProcessorTime[]): string => {
  const parts = [...new Set(times.flatMap((processor) => [...processor.keys()]))];
  const each = parts.map(
    (part) => [part, Math.round(mean(times.map((processor) => processor.get(part) ?? 0)))] as const,
  );
  return each.flatMap(([part, ms]) => (ms > 0 ? [`${part} ${ms}`] : [])).join(', ');
};
