import type { RmsError } from '../rms/errors';
import type { RmsGateway } from '../rms/gateway';
import type { InventoryRecord, InventoryUpsert } from '../rms/inventory';
import { inventoryKey } from '../rms/inventory';

/** A change of one record, and the record that it was worked out from. */
export interface StockWrite {
  readonly entry: InventoryUpsert;
  readonly from: InventoryRecord;
}

/**
 * What became of a write: Rakuten took it; refuses it, with its code; or it is not known to have been taken, so that the
 * record is read before another try. `error` is what kept it, where it was not merely that the number moved.
 */
export type WriteOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown'; readonly error?: RmsError };

const WRITTEN: WriteOutcome = { kind: 'written' };
const MOVED: WriteOutcome = { kind: 'unknown' };

/** The number moved since it was read, which is nobody's fault: the next look works out another difference. */
const MOVED_MEANWHILE = 'IE0117';

const REFUSALS: readonly RmsError['kind'][] = ['refused', 'invalid_request'];

/**
 * Writes differences, by `inventoryKey`. Rakuten refuses a request as a whole, so one entry that it does not take is
 * found by sending halves, each after a look whether the request that was refused changed anything all the same.
 */
export const writeStock = async (
  gateway: Pick<RmsGateway, 'upsertInventory' | 'getInventory'>,
  writes: readonly StockWrite[],
): Promise<Map<string, WriteOutcome>> => {
  if (writes.length === 0) return new Map();
  const outcomes = await gateway.upsertInventory(writes.map(({ entry }) => entry));
  const found = new Map<string, WriteOutcome>();
  const refused: StockWrite[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const write = writes[index];
    if (write === undefined) continue;
    const key = inventoryKey(write.entry);
    if (outcome.kind === 'written') found.set(key, WRITTEN);
    else if (outcomes.length === 1 || !isRefusal(outcome.error)) found.set(key, failureOf(outcome.error));
    else refused.push(write);
  }
  for (const half of halves(await unchanged(gateway, refused)))
    for (const [key, outcome] of await writeStock(gateway, half)) found.set(key, outcome);
  for (const { entry } of refused) if (!found.has(inventoryKey(entry))) found.set(inventoryKey(entry), MOVED);
  return found;
};

const isRefusal = ({ kind }: RmsError): boolean => REFUSALS.includes(kind);

/** What a failed write of one entry means for it. */
export const failureOf = (error: RmsError): WriteOutcome => {
  if (!isRefusal(error)) return { kind: 'unknown', error };
  const code = error.codes[0]?.code ?? error.kind;
  return code === MOVED_MEANWHILE ? MOVED : { kind: 'refused', code };
};

const halves = (writes: readonly StockWrite[]): StockWrite[][] => {
  const middle = Math.ceil(writes.length / 2);
  return [writes.slice(0, middle), writes.slice(middle)].filter((half) => half.length > 0);
};

/** Those writes whose records are as they were: of the others it is not known what the refused request did. */
const unchanged = async (
  gateway: Pick<RmsGateway, 'getInventory'>,
  writes: readonly StockWrite[],
): Promise<StockWrite[]> => {
  if (writes.length === 0) return [];
  const records = await gateway.getInventory(writes.map(({ entry }) => entry));
  return writes.filter(({ entry, from }) => {
    const now = records.get(inventoryKey(entry));
    return now?.quantity === from.quantity && now.updated.getTime() === from.updated.getTime();
  });
};
