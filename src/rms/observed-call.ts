import { setTimeout as sleep } from 'node:timers/promises';
import type { Effect } from './classify';
import { RmsError } from './errors';
import { type ApiFamily, type CallObserver, type ObservedCall, ShopParked, type Turn } from './ports';
import { redact } from './redact';
import type { RmsConnection, RmsExchange } from './transport';

/** What is needed to make requests of a shop and to tell of them. */
export interface CallWiring {
  readonly shopId: string;
  /** Where and as whom to call: with the key in use, or with the named one. */
  readonly connection: (keyId?: string) => Promise<RmsConnection>;
  readonly observer?: CallObserver;
  readonly now: () => number;
}

/** What a request is about. */
interface About {
  readonly operation: string;
  readonly family: ApiFamily;
  readonly effect: Effect;
  readonly size: number;
  readonly limit: number;
  readonly orderNumbers: readonly string[];
  /** When its oldest caller came, in milliseconds since the epoch. */
  readonly arrivedAt: number;
  readonly turn: Turn;
  /** What the observer marked its callers with; absent where whoever begins the request is its one caller. */
  readonly marks?: readonly unknown[];
}

/** One request that is being made. */
export interface Call {
  readonly startedAt: number;
  /** Where and as whom to send it. @throws whatever the shop's connection rejects with; RmsError `busy` when it takes too long */
  readonly connect: () => Promise<RmsConnection>;
  /** The licence key it was made with; undefined when it has none yet. */
  readonly usedKey: () => string | undefined;
  /** What was sent and answered; undefined while nothing was. */
  readonly exchange: () => RmsExchange | undefined;
  /** Tells the observer how it ended. */
  readonly tell: (error: unknown) => void;
}

/** Reading a shop's keys from the database takes milliseconds. */
const CONNECTION_TIMEOUT_MS = 10_000;

const outcomeOf = (error: unknown): ObservedCall['outcome'] => {
  if (error === undefined) return 'ok';
  return error instanceof RmsError ? error.kind : 'malformed';
};

/** A body as JSON where it is JSON; anything else is told by its type alone. */
function bodyOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // XML, HTML or a cut answer: its text may hold anything, so only its length is told.
    return text;
  }
}

/** Begins a request. Keys may have been changed since the last one, so each asks for its connection anew. */
export function beginCall({ shopId, connection, observer, now }: CallWiring, about: About): Call {
  const startedAt = now();
  const marks = (about.marks ?? [observer?.mark?.()]).filter((mark) => mark !== undefined);
  let usedKey: string | undefined;
  let exchange: RmsExchange | undefined;
  return {
    startedAt,
    connect: async () => {
      const own = await inTime(connection(), about.operation);
      usedKey = own.credentials.licenseKey;
      return {
        ...own,
        beforeSend: () => begin(about),
        onExchange: (made) => {
          exchange = made;
        },
      };
    },
    usedKey: () => usedKey,
    exchange: () => exchange,
    tell: (error) => {
      const { operation, family, effect, orderNumbers } = about;
      observer?.call({
        shopId,
        ...{ operation, family, effect, orderNumbers },
        ...(marks.length > 0 ? { marks } : {}),
        outcome: usedKey === undefined ? 'no_connection' : outcomeOf(error),
        httpStatus: exchange?.httpStatus,
        codes: exchange?.codes ?? [],
        clock: exchange?.clock,
        startedAt: new Date(startedAt),
        durationMs: now() - startedAt,
        waitedMs: startedAt - about.arrivedAt,
        batchSize: about.size,
        batchLimit: about.limit,
        request: redact(exchange?.requestBody),
        response: redact(bodyOf(exchange?.responseText)),
      });
    },
  };
}

/** Without its limit a shop must not be called. @throws RmsError `busy`; `parked` when the shop was parked meanwhile */
const begin = ({ turn, operation }: About): Promise<void> =>
  turn.begin().catch((cause: unknown) => {
    if (cause instanceof ShopParked)
      throw new RmsError({ kind: 'parked', operation, parkedBecause: cause.circuit.cause });
    throw new RmsError({ kind: 'busy', operation, cause });
  });

async function inTime(connecting: Promise<RmsConnection>, operation: string): Promise<RmsConnection> {
  const waiting = new AbortController();
  const late = sleep(CONNECTION_TIMEOUT_MS, undefined, { signal: waiting.signal }).then(() => {
    const cause = new Error('The shop’s keys were not read in time.');
    throw new RmsError({ kind: 'busy', operation, cause });
  });
  try {
    return await Promise.race([connecting, late]);
  } finally {
    waiting.abort();
  }
}
