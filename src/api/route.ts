import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Role } from '../domain/roles';
import type { Language } from '../domain/texts';
import { type Caller, keepTo, type Reach } from './caller';
import { check } from './check';
import { NoBody } from './fields';
import type { ProblemCode } from './problems';

/** Who may call a route: everybody, whoever has this role or more, or a warehouse by its signature. */
export type Access = 'open' | Role | 'warehouse';

/** What a request changed, for the audit log, which masks the secrets in it. */
export interface AuditedChange {
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A request as it came in, before its parts were checked. */
export interface RawCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly language: Language;
  readonly caller: Caller;
  /** Where the request comes from. */
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
  /** Who asks, as timelines and movements name them. */
  readonly actor: string;
  /** Tells the audit log what was there before and after. */
  readonly note: (change: AuditedChange) => void;
  /** Names the effect of a request with an `Idempotency-Key`: the same for a repeat. */
  readonly effectId?: string | undefined;
}

interface Call<P, Q, B> extends RawCall {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** What a route answers when all is well. */
interface AnswerSpec<A extends z.ZodType> {
  readonly status: number;
  readonly says: string;
  readonly schema: A;
  /** Media type; JSON when absent. A handler that answers with a `FileAnswer` chooses among several. */
  readonly type?: string | readonly string[];
}

/** An answer that is not ready yet: it goes out as the route's `later`. */
export class Later {
  constructor(readonly body: unknown) {}
}

/** An answer with headers of its own. */
export class WithHeaders {
  constructor(
    readonly body: unknown,
    readonly headers: Readonly<Record<string, string>>,
  ) {}
}

/** An answer that is a file, sent as it is made. */
export class FileAnswer {
  constructor(
    readonly name: string,
    readonly type: string,
    readonly bytes: Readable,
  ) {}
}

interface RouteHead {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As the OpenAPI document writes it: `/v1/shops/{shopId}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  /** How it keeps to the shops of its caller. Absent: by the shop that its path names, else only for callers of all shops. */
  readonly reach?: Reach;
  /** Whether the answer carries texts for people, so that `Accept-Language` counts. */
  readonly spoken?: boolean;
  readonly problems?: readonly ProblemCode[];
  /** What is answered where the answer itself takes too long. */
  readonly later?: AnswerSpec<z.ZodType>;
  /** Fields that are personal data, which the audit log leaves out. */
  readonly hides?: readonly string[];
  /** Whether it is written down in the audit log although it only reads: personal data, and the log itself. */
  readonly audited?: boolean;
  /** Takes files of these types instead of JSON. */
  readonly upload?: Upload;
}

/** How a route takes a file, piece by piece and never as a whole in memory. */
interface Upload {
  readonly types: readonly string[];
  /** Stores the file so that it has no effect yet. Raises Problem. */
  receive(call: Pick<RawCall, 'query' | 'actor'>, request: IncomingMessage): Promise<ReceivedFile>;
}

/** A file that was received: the handler's body. Nothing comes of it unless the handler begins it. */
export class ReceivedFile {
  constructor(
    readonly importId: string,
    /** SHA-256 of its bytes. */
    readonly hash: string,
    /** Forgets it again. */
    readonly discard: () => Promise<void>,
  ) {}
}

interface RouteSpec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>
  extends RouteHead {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer: AnswerSpec<A>;
  readonly handle: (
    call: Call<z.output<P>, z.output<Q>, z.output<B>>,
  ) => Promise<z.input<A> | Later | FileAnswer | WithHeaders>;
}

/** One operation of the API: the schemas that check its requests are the ones that document it. */
export interface Route extends RouteHead {
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: AnswerSpec<z.ZodType>;
  /** Checks a request and answers it. Raises Problem. */
  run(call: RawCall): Promise<unknown>;
}

/** Makes a route of its description. */
export const route = <
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodUnknown,
  A extends z.ZodType = z.ZodType,
>(
  spec: RouteSpec<P, Q, B, A>,
): Route => {
  const { handle, ...described } = spec;
  return {
    ...described,
    run: async (call) => {
      const params = check(spec.params ?? NoBody, call.params) as z.output<P>;
      const query = check(spec.query ?? NoBody, call.query) as z.output<Q>;
      const body = check(spec.body ?? NoBody, call.body) as z.output<B>;
      keepTo(call.caller, reachOf(spec), [params, query, body]);
      return handle({ ...call, params, query, body });
    },
  };
};

/** How a route keeps to the shops of its caller. */
export const reachOf = ({ access, path, reach }: Pick<RouteHead, 'access' | 'path' | 'reach'>): Reach => {
  if (access === 'open' || access === 'warehouse') return 'anybody';
  return reach ?? (path.includes('{shopId}') ? 'named' : 'whole');
};
