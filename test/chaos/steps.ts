import { setTimeout as sleep } from 'node:timers/promises';
import type { Start } from './environment';
import { makeTrouble } from './faults';
import { buy, linkTheRest, receiveGoods } from './load';
import { LINKED, type PlannedKill } from './plan';
import { elapsed, type Run, save, startTending } from './running';
import { patiently, SHOP, type World } from './world';

const TICK_MS = 100;
/** A call of a person is under way after so long. */
const CALLS_BEGIN_MS = 20;

/** Something of the plan that is due at its time. */
interface Step {
  readonly id: string;
  readonly atMs: number;
  readonly take: () => Promise<unknown>;
}

const stepsOf = (run: Run): Step[] => {
  const { plan, world, deeds } = run;
  const steps: Step[] = [
    ...plan.orders.map((order) => ({
      ...order,
      take: async () => void deeds.numbers.set(order.id, await buy(world, order)),
    })),
    ...plan.kills.map((kill) => ({
      ...kill,
      take: async () => {
        const killed = run.starting.then(() => killOnce(run, kill));
        run.starting = killed.catch(() => undefined);
        await (await killed).calls;
      },
    })),
    ...plan.troubles.map((trouble) => ({
      ...trouble,
      take: async () => {
        await run.starting;
        run.say(
          `${trouble.kind} ${trouble.kind.includes('answers') ? `${trouble.answer} ${trouble.operation}` : ''}`,
        );
        return makeTrouble(world, trouble);
      },
    })),
    { id: 'links', atMs: plan.linksAtMs, take: () => linkTheRest(world) },
  ];
  return steps.sort((a, b) => a.atMs - b.atMs);
};

/** Takes every step at its time, and tends the orders between them. What was begun and not finished by an earlier part of the run is bought again; a purchase is found. */
export const takeSteps = async (run: Run): Promise<void> => {
  const steps = stepsOf(run);
  const underWay = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  const resumedPurchases = run.plan.orders.filter(
    ({ id }) => run.begun.has(id) && !run.deeds.numbers.has(id),
  );
  for (const { id } of resumedPurchases) run.begun.delete(id);
  const tending = startTending(run);
  for (const step of steps) {
    if (run.begun.has(step.id)) continue;
    while (elapsed(run) < step.atMs) {
      await sleep(Math.min(TICK_MS, step.atMs - elapsed(run)));
      if (failures.length > 0) break;
    }
    if (failures.length > 0) break;
    run.begun.add(step.id);
    const taken = step.take().catch((error: unknown) => failures.push(error));
    underWay.add(taken);
    taken.finally(() => underWay.delete(taken)).catch(() => undefined);
  }
  await Promise.all(underWay);
  await tending.stop();
  save(run);
  if (failures.length > 0) throw failures[0];
};

/** Kills one process while people call, and sees when orders go on after a kill of everything. @returns those calls */
const killOnce = async (
  run: Run,
  { id, target, callsUnderWay }: PlannedKill,
): Promise<{ readonly calls: Promise<unknown> }> => {
  const { world, deeds, say } = run;
  const calls = Promise.all(
    Array.from({ length: callsUnderWay }, (_, index) =>
      receiveGoods(world, deeds, `${id}-${index}`, LINKED[index % LINKED.length] ?? 'tea', 1 + index),
    ),
  );
  // What becomes of them is told where they are awaited.
  calls.catch(() => undefined);
  await sleep(CALLS_BEGIN_MS);
  const before = target === 'everything' ? await lastNews(world) : undefined;
  say(`SIGKILL ${target}`);
  const start = await world.env.kill(target);
  if (start !== undefined && before !== undefined) await noteFirstMove(run, start, before);
  return { calls };
};

interface News {
  readonly line: number;
  readonly call: number;
}

/** The newest line of any order's timeline, and the newest request at Rakuten that was about an order. */
const lastNews = (world: World): Promise<News> =>
  patiently('looking for news', async () => {
    const [news] = await world.query<News>(
      `select coalesce((select max(line_id) from timeline where shop_id = $1), 0)::int as line,
         coalesce((select max(id) from sandbox.journal where shop_code = $1 and cardinality(order_numbers) > 0), 0)::int
           as call`,
      [SHOP.shopId],
    );
    return news ?? { line: 0, call: 0 };
  });

const MOVES_MS = 60_000;

const noteFirstMove = async (run: Run, { beganAt, readyAt }: Start, before: News): Promise<void> => {
  for (const until = Date.now() + MOVES_MS; Date.now() < until; await sleep(50)) {
    const { line, call } = await lastNews(run.world);
    if (line > before.line || call > before.call) break;
  }
  const movedAfter = Date.now() - beganAt;
  run.state = {
    ...run.state,
    firstMoves: [...run.state.firstMoves, movedAfter],
    readyAfter: [...run.state.readyAfter, readyAt - beganAt],
  };
  run.say(`the first order moved ${movedAfter} ms after the start, ready after ${readyAt - beganAt} ms`);
};
