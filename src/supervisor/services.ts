import { setTimeout as sleep } from 'node:timers/promises';
import { identify, type ProcessIdentity, type Say } from '../machine';

/** A part of the instance that runs as a process of its own. */
export interface ServiceProcess {
  pid: number;
  /** Settles when the process has ended, whoever ended it. */
  exited: Promise<void>;
  /** Stops it in its own way, within a bound. */
  stop(): Promise<void>;
}

/** Raised to a start that is overtaken by a request to stop. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('Stopped while starting.');
  }
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A service that has run this long starts over with the shortest pause. */
const STEADY_MS = 60_000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Service {
  name: string;
  /** The how manieth service it is that was asked for. */
  place: number;
  process: ServiceProcess;
  /** Settles when nobody looks after the service any more. */
  kept: Promise<void>;
}

/** Starts services in order, starts them again with back-off when they die, and stops them in the reverse order. */
export class Services {
  private readonly running: Service[] = [];
  private asked = 0;
  private readonly starting = new Set<Promise<unknown>>();
  private readonly closing = new AbortController();

  /** `changed` is told the identities of all processes whenever one of them is new. */
  constructor(
    private readonly say: Say,
    private readonly changed: (children: Record<string, ProcessIdentity>) => Promise<void>,
  ) {}

  /**
   * Starts a service and keeps it running. Where several start side by side, they are in the order in which they were
   * asked for. Raises what the first start raises.
   */
  async keep<P extends ServiceProcess>(name: string, start: () => Promise<P>): Promise<P> {
    this.asked += 1;
    const place = this.asked;
    const process = await this.begin(start);
    const service: Service = { name, place, process, kept: Promise.resolve() };
    this.running.push(service);
    this.running.sort((a, b) => a.place - b.place);
    await this.report();
    service.kept = this.watch(service, start);
    return process;
  }

  /** Gives the answer of a step of the start, unless a request to stop comes first (then raises Interrupted). */
  async step<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.closing;
    if (signal.aborted) throw new Interrupted();
    return Promise.race([
      work,
      new Promise<never>((_, failed) =>
        signal.addEventListener('abort', () => failed(new Interrupted()), { once: true }),
      ),
    ]);
  }

  /** What to tell of a start that failed: after a request to stop, only that; a Ctrl-C reaches helper programs too, and their deaths are no news. */
  reasonOf(error: unknown): unknown {
    return this.closing.signal.aborted ? new Interrupted() : error;
  }

  /** Asks a start in progress to give up, and restarts to end. */
  interrupt(): void {
    this.closing.abort();
  }

  /** Stops everything, the last started first. Every service gets its turn even if one cannot be stopped; the first error is raised at the end. */
  async stop(): Promise<void> {
    this.interrupt();
    await Promise.allSettled(this.starting);
    const failures: unknown[] = [];
    for (const { name, process, kept } of this.running.reverse()) {
      this.say(`Stopping ${name}`);
      await process.stop().catch((error: unknown) => failures.push(error));
      await kept;
    }
    this.running.length = 0;
    await this.report();
    if (failures.length > 0) throw failures[0];
  }

  /** Ends the processes of these services at once; a stop in progress then has little left to wait for. */
  kill(names: readonly string[]): void {
    for (const service of this.running.filter(({ name }) => names.includes(name))) {
      try {
        process.kill(service.process.pid, 'SIGKILL');
      } catch {
        // It is gone already, which is what was asked for.
      }
    }
  }

  private async begin<P extends ServiceProcess>(start: () => Promise<P>): Promise<P> {
    if (this.closing.signal.aborted) throw new Interrupted();
    const work = start();
    const settled = work.catch(() => undefined);
    this.starting.add(settled);
    const process = await work.finally(() => this.starting.delete(settled));
    if (!this.closing.signal.aborted) return process;
    await process.stop();
    throw new Interrupted();
  }

  private async watch(service: Service, start: () => Promise<ServiceProcess>): Promise<void> {
    const { signal } = this.closing;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const since = Date.now();
      await service.process.exited;
      if (signal.aborted) return;
      if (Date.now() - since > STEADY_MS) pause = FIRST_PAUSE_MS;
      const revived = await this.revive(service, start, pause);
      if (!revived) return;
    }
  }

  /** Starts a dead service again until it runs; gives false when we are stopping. */
  private async revive(
    service: Service,
    start: () => Promise<ServiceProcess>,
    firstPause: number,
  ): Promise<boolean> {
    const { signal } = this.closing;
    for (let pause = firstPause; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      this.say(
        `${service.name} (pid ${service.process.pid}) has ended; starting it again in ${pause / 1000} s`,
      );
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      const process = await this.begin(start).catch((error: unknown) => {
        if (!signal.aborted) this.say(`${service.name} did not start: ${messageOf(error)}`);
      });
      if (process === undefined) continue;
      service.process = process;
      this.say(`${service.name} runs again (pid ${process.pid})`);
      // It runs all the same: to start it once more would leave two.
      await this.report().catch((error: unknown) =>
        this.say(`Which processes run could not be written down: ${messageOf(error)}`),
      );
      return true;
    }
    return false;
  }

  private async report(): Promise<void> {
    const found = await Promise.all(
      this.running.map(async ({ name, process }) => [name, await identify(process.pid)] as const),
    );
    await this.changed(Object.fromEntries(found.flatMap(([name, known]) => (known ? [[name, known]] : []))));
  }
}
