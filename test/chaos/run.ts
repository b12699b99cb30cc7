import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Books, type Known, readBooks } from './books';
import { checkAll, type Finding } from './checks';
import type { Environment, Start } from './environment';
import { endAllTrouble, makeTrouble } from './faults';
import { buy, type Deeds, linkTheRest, OPENING_STOCK, openShop, receiveGoods, tend } from './load';
import { LINKED, type OrderKind, type Plan, type PlannedKill, planOf } from './plan';
import { type Progress, saveProgress } from './progress';
import type { Rate } from './rates';
import { historyOf, readWorkflows } from './workflows';
import { patiently, reach, SHOP, type World } from './world';

/** What a run is told beside its progress. */
export interface RunOptions {
  readonly env: Environment;
  /** Where progress is written. */
  readonly dir: string;
  readonly progress: Progress;
  readonly say: (line: string) => void;
  /** How long the last orders may take after the last step, in milliseconds. */
  readonly settleMs: number;
  /** Whether orders that are parked are tried again at once in the end, as a person can. */
  readonly hurry: boolean;
}

/** What came of a run. */
export interface Outcome {
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  readonly rates: readonly Rate[];
  readonly firstMoveMs: number | undefined;
  /** Both histories of the first orders that something is wrong with. */
  readonly histories: readonly string[];
  readonly progress: Progress;
  /** How long the last orders took after the last step, in milliseconds. */
  readonly settledAfterMs: number;
}

const TICK_MS = 100;
const TEND_EVERY_MS = 600;
const SHOWN_ORDERS = 4;

/** Something of the plan that is due at its time. */
interface Step {
  readonly id: string;
  readonly atMs: number;
  readonly take: () => Promise<unknown>;
}

/** Runs a plan from where it stands to its end, waits until everything has settled, and compares the books. */
export const runChaos = async (options: RunOptions): Promise<Outcome> => {
  const { env, progress, say } = options;
  const plan = planOf({ ...progress, targets: env.targets, troubles: env.troubles });
  const first = progress.begun.length === 0;
  await env.start();
  const world = reach(env);
  const deeds: Deeds = {
    numbers: new Map(Object.entries(progress.numbers)),
    acted: new Set(progress.acted),
    movements: new Map(Object.entries(progress.movements)),
    repeated: progress.repeated,
  };
  const run: Run = {
    ...options,
    plan,
    world,
    deeds,
    begun: new Set(progress.begun),
    since: Date.now(),
    state: progress,
  };
  try {
    if (first) await openShop(world);
    else await endAllTrouble(world);
    say(
      `${plan.orders.length} orders, ${plan.kills.length} kills and ${plan.troubles.length} other troubles in ${seconds(plan.lengthMs)}, from seed ${plan.seed}`,
    );
    await takeSteps(run);
    const settledAfterMs = await settle(run);
    const books = await readAll(run);
    const findings = checkAll(books);
    return {
      plan,
      findings,
      rates: books.rates,
      firstMoveMs: env.firstMoveMs,
      histories: await historiesOf(world, findings, books),
      progress: save(run),
      settledAfterMs,
    };
  } finally {
    await world.close();
  }
};

interface Run extends RunOptions {
  readonly plan: Plan;
  readonly world: World;
  readonly deeds: Deeds;
  readonly begun: Set<string>;
  readonly since: number;
  state: Progress;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

const save = (run: Run): Progress => {
  const { deeds, begun, state, dir } = run;
  const now: Progress = {
    ...state,
    elapsedMs: run.progress.elapsedMs + Date.now() - run.since,
    begun: [...begun],
    numbers: Object.fromEntries(deeds.numbers),
    acted: [...deeds.acted],
    movements: Object.fromEntries(deeds.movements),
    repeated: deeds.repeated,
  };
  saveProgress(dir, now);
  return now;
};

const stepsOf = (run: Run): Step[] => {
  const { plan, world, deeds } = run;
  const steps: Step[] = [
    ...plan.orders.map((order) => ({
      ...order,
      take: async () => void deeds.numbers.set(order.id, await buy(world, order)),
    })),
    ...plan.kills.map((kill) => ({ ...kill, take: () => killOnce(run, kill) })),
    ...plan.troubles.map((trouble) => ({
      ...trouble,
      take: () => {
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
const takeSteps = async (run: Run): Promise<void> => {
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

const elapsed = (run: Run): number => run.progress.elapsedMs + Date.now() - run.since;

const kindsOf = ({ plan, deeds }: Run): Map<string, readonly [string, OrderKind]> =>
  new Map(
    plan.orders.flatMap(({ id, kind }) => {
      const number = deeds.numbers.get(id);
      return number === undefined ? [] : [[number, [id, kind]] as const];
    }),
  );

/** Looks after the orders again and again. What gets no answer, because a process is coming back, has its turn again. */
const startTending = (run: Run, hurry = false) => {
  let stopping = false;
  const loop = async (): Promise<void> => {
    while (!stopping) {
      await tend(run.world, run.deeds, kindsOf(run), hurry).catch(() => undefined);
      save(run);
      await sleep(TEND_EVERY_MS);
    }
  };
  const running = loop();
  return {
    stop: async () => {
      stopping = true;
      await running;
    },
  };
};

/** Kills one process while people call, and sees when orders go on after a kill of everything. */
const killOnce = async (run: Run, { id, target, callsUnderWay }: PlannedKill): Promise<void> => {
  const { world, deeds, say } = run;
  const calls = Array.from({ length: callsUnderWay }, (_, index) =>
    receiveGoods(world, deeds, `${id}-${index}`, LINKED[index % LINKED.length] ?? 'tea', 1 + index),
  );
  await sleep(20);
  const before = target === 'everything' ? await lastNews(world) : undefined;
  say(`SIGKILL ${target}`);
  const start = await world.env.kill(target);
  if (start !== undefined && before !== undefined) await noteFirstMove(run, start, before);
  await Promise.all(calls);
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

/** What has to have ended before books are compared: every check but those of logs. */
const settle = async (run: Run): Promise<number> => {
  const began = Date.now();
  await endAllTrouble(run.world);
  const tending = startTending(run, run.hurry);
  let waited = { for: '', since: began, told: began };
  try {
    while (Date.now() - began < run.settleMs) {
      const open = await readAll(run).then(unsettled, String);
      const now = Date.now();
      if (open.length === 0) break;
      if (open !== waited.for) waited = { ...waited, for: open, since: now };
      if (now - waited.since > STANDS_MS && !open.includes(UNFINISHED)) break;
      if (now - waited.told > TELL_EVERY_MS) {
        run.say(`waiting for: ${open}`);
        waited = { ...waited, told: now };
      }
      await sleep(TEND_EVERY_MS);
    }
  } finally {
    await tending.stop();
  }
  return Date.now() - began;
};

const TELL_EVERY_MS = 15_000;
/** Where every order has ended and nothing moves for so long, nothing will. */
const STANDS_MS = 60_000;
const UNFINISHED = 'no order is forgotten';
/** What time does not mend. */
const STAYS: readonly string[] = [
  'no error that nobody foresaw',
  'no workflow failed',
  'no call above Rakuten’s limit',
];

/** The checks that time may still mend, with how much is wrong. */
const unsettled = (books: Books): string =>
  checkAll(books)
    .filter(({ check, violations }) => violations.length > 0 && !STAYS.includes(check))
    .map(({ check, violations }) => `${check} (${violations.length}, ${violations[0]?.about})`)
    .join('; ');

const knownOf = ({ plan, deeds }: Run): Known => ({
  bought: new Map(
    plan.orders.flatMap(({ id, kind }) => {
      const number = deeds.numbers.get(id);
      const shipped = deeds.acted.has(`${id}/ship`);
      const how = {
        byHand: shipped && kind === 'shipped_by_hand',
        byApi: shipped && kind === 'shipped_by_api',
      };
      return number === undefined ? [] : [[number, how] as const];
    }),
  ),
  opening: OPENING_STOCK,
  entered: deeds.movements,
});

const readAll = async (run: Run): Promise<Books> => ({
  ...(await readBooks(run.world.query, knownOf(run))),
  workflows: await readWorkflows(run.world),
  unforeseen: run.env.logs().flatMap(unforeseenIn),
});

const UNFORESEEN = /nobody foresaw|Unhandled/;

/** That PostgreSQL is away is known to whoever has killed it. */
const AWAY =
  /ECONNREFUSED|ECONNRESET|database system is|terminating connection|Connection terminated|timeout exceeded when trying to connect|postmaster exit|recovery mode|is not queryable/;

const unforeseenIn = (file: string): string[] => {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines
      .filter((line) => UNFORESEEN.test(line) && !AWAY.test(line))
      .map((line) => line.slice(0, 600));
  } catch {
    // A process that has written nothing has no log.
    return [];
  }
};

const JOURNAL = `
  select to_char(at, 'HH24:MI:SS.MS') || ' ' || operation || ' ' || http_status || ' ' || outcome
    || coalesce(' ' || fault, '') || ' ' || coalesce((select string_agg(c ->> 'kind', ', ')
      from json_array_elements(changes) c where c ->> 'orderNumber' = $2), '') as text
  from sandbox.journal where shop_code = $1 and order_numbers @> array[$2] order by id`;
const LINES = `
  select to_char(at, 'HH24:MI:SS.MS') || ' ' || code || ' ' || params::text as text
  from timeline where shop_id = $1 and order_number = $2 order by line_id`;

const historiesOf = async (world: World, findings: readonly Finding[], books: Books): Promise<string[]> => {
  const numbers = new Set(books.theirs.map(({ orderNumber }) => orderNumber));
  // One order for each thing that is wrong.
  const broken = new Set(
    findings.flatMap(({ violations }) => violations.find(({ about }) => numbers.has(about))?.about ?? []),
  );
  const all = [...broken].slice(0, SHOWN_ORDERS).map(async (orderNumber) => {
    const of = [SHOP.shopId, orderNumber];
    const texts = async (sql: string) =>
      (await world.query<{ text: string }>(sql, of)).map(({ text }) => text);
    const history = await historyOf(world, orderNumber).catch((error: unknown) => [String(error)]);
    return [
      `── ${orderNumber}, in Rakuten’s journal`,
      ...(await texts(JOURNAL)),
      `── ${orderNumber}, in our timeline`,
      ...(await texts(LINES)),
      `── ${orderNumber}, in Temporal’s history`,
      ...history,
    ].join('\n');
  });
  return Promise.all(all);
};
