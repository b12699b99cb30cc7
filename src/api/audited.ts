import { createHash } from 'node:crypto';
import { beginAudit, endAudit } from '../store/audit';
import type { Caller } from './caller';
import type { Deps } from './deps';
import type { Reply } from './idempotency';
import type { AuditedChange, Route } from './route';
import { ReceivedFile } from './route';
import { storable } from './storable';

/** A request that is written down. */
interface AuditedRequest {
  readonly route: Pick<Route, 'method' | 'path' | 'hides'>;
  readonly caller: Caller;
  readonly address: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Larger requests are written down by their size and hash alone: what they changed has records of its own. */
const MAX_REQUEST_CHARACTERS = 20_000;

/**
 * Writes a request down in the audit log before it has an effect, and its outcome after it. A request that dies in
 * between leaves the first line, so that nothing is done without one. Where only the outcome cannot be written, the
 * answer is what happened all the same: who got an error instead would do it again.
 */
export const audited = async (
  { db, log }: Pick<Deps, 'db' | 'log'>,
  request: AuditedRequest,
  run: (note: (change: AuditedChange) => void) => Promise<Reply>,
): Promise<Reply> => {
  const { route, caller, address } = request;
  const target = { ...record(request.params), ...record(request.query) };
  const auditId = await beginAudit(db, {
    actor: caller.actor,
    address,
    action: `${route.method.toUpperCase()} ${route.path}`,
    shopId: shopOf([target, request.body]),
    target: record(masked(target, route.hides)),
    request: bodyOf(request.body, route.hides),
  });
  let noted: AuditedChange = {};
  const reply = await run((change) => {
    noted = { ...noted, ...change };
  });
  const outcome = {
    status: reply.status,
    code: codeOf(reply),
    before: masked(noted.before, route.hides) ?? null,
    after: masked(noted.after, route.hides) ?? null,
  };
  await endAudit(db, auditId, outcome).catch((error: unknown) =>
    log.error({ err: error, auditId, status: reply.status }, 'the outcome of a request was not written down'),
  );
  return reply;
};

const shopOf = (parts: readonly unknown[]): string | null => {
  const named = parts.map((part) => record(part).shopId).find((shopId) => typeof shopId === 'string');
  return typeof named === 'string' ? storable(named.slice(0, 64)) : null;
};

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

const codeOf = ({ status, body }: Reply): string | null => {
  const { code } = record(body);
  return status >= 400 && typeof code === 'string' ? code : null;
};

const bodyOf = (body: unknown, hides: Route['hides']): unknown => {
  if (body === undefined) return null;
  if (body instanceof ReceivedFile) return { file: body.importId, sha256: body.hash };
  const text = JSON.stringify(masked(body, hides));
  if (text.length <= MAX_REQUEST_CHARACTERS) return JSON.parse(text);
  return { characters: text.length, sha256: createHash('sha256').update(text).digest('hex') };
};

/** Fields whose values are secrets; of keys the end is shown, as everywhere. */
const SECRET_FIELD = /^(serviceSecret|licenseKey|alertWebhookSecret)$/;
const HIDDEN_FIELD = /password|token|secret|authorization|csrf/i;
/** Addresses may carry a secret in their path and query. */
const ADDRESS_FIELD = /^alertWebhookUrl$/;
const HIDDEN = '(hidden)';

/** A value as the audit log keeps it: without secrets, and without what the route says is personal data. */
const masked = (value: unknown, hides: readonly string[] = []): unknown => {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => masked(item, hides));
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      storable(key.slice(0, 200)),
      maskedField(key, inner, hides),
    ]),
  );
};

const maskedField = (key: string, value: unknown, hides: readonly string[]): unknown => {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (hides.includes(key)) return HIDDEN;
  if (SECRET_FIELD.test(key)) return typeof value === 'string' ? storable(`…${value.slice(-4)}`) : HIDDEN;
  if (ADDRESS_FIELD.test(key)) return typeof value === 'string' ? originOf(value) : HIDDEN;
  if (/last4$/i.test(key)) return value;
  return HIDDEN_FIELD.test(key) ? HIDDEN : masked(value, hides);
};

/** Who is asked, without what is asked for. */
export const originOf = (address: string): string =>
  URL.canParse(address) ? `${new URL(address).origin}/…` : HIDDEN;
