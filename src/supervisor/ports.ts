import { freePort, portIsFree, type Say } from '../machine';

/** A port that was asked for is in use; the message names it and its variable. */
class PortTaken extends Error {
  override readonly name = 'PortTaken';
  constructor(variable: string, port: number) {
    super(
      `Port ${port} (${variable}) is in use by another program. Stop that program, or set ${variable} to a free port.`,
    );
  }
}

/** What a port is wanted for. */
interface PortWish {
  /** What people call it. */
  title: string;
  /** The variable that sets it. */
  variable: string;
  /** As the variable says; a taken one is an error then. */
  set?: number;
  /** Otherwise these in turn: the one of the last run, the usual one. */
  preferred?: readonly (number | undefined)[];
}

/** Chooses a port of the loopback address; says so when the usual one had to give way. Raises PortTaken. */
export async function choosePort(
  { title, variable, set, preferred = [] }: PortWish,
  say: Say,
): Promise<number> {
  if (set !== undefined) {
    await demandPort(variable, set);
    return set;
  }
  const wanted = [...new Set(preferred.filter((port) => port !== undefined))];
  for (const port of wanted) if (await portIsFree(port)) return port;
  const port = await freePort();
  if (wanted.length > 0)
    say(`${title}: port ${wanted.join(' and ')} in use, so it is on ${port} (${variable} sets another)`);
  return port;
}

/** Raises PortTaken unless the port is free on that address. */
export async function demandPort(variable: string, port: number, host?: string): Promise<void> {
  if (!(await portIsFree(port, host))) throw new PortTaken(variable, port);
}
