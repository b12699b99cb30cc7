import { z } from 'zod';
import { lookupText } from '../domain/lookup';
import type { OrderRef } from '../domain/order';
import { audit } from '../store/audit';
import type { Erased, FoundOrder } from '../store/personal-data';
import { askToErase, eraseOrder, ordersOfBuyer } from '../store/personal-data';
import { exportBuyer } from './buyer-export';
import type { Caller } from './caller';
import { refusal } from './check';
import type { Deps } from './deps';
import { line, shopId } from './fields';
import type { Route } from './route';
import { FileAnswer, route } from './route';

const criteria = {
  shopId: shopId.optional(),
  mail: line(254)
    .optional()
    .meta({ description: 'As Rakuten gave it, exactly', example: 'taro@example.com' }),
  phone: line(30).optional(),
  name: line(100)
    .optional()
    .meta({ description: 'Family and first name. Others may have the same: look with dryRun first' }),
};
type Criteria = z.output<z.ZodObject<typeof criteria>>;

const ONE = refusal('one_criterion', 'name the buyer by exactly one of mail, phone and name');
const isOne = ({ mail, phone, name }: Partial<Criteria>): boolean =>
  [mail, phone, name].filter((text) => text !== undefined).length === 1;

const ExportBody = z.strictObject(criteria).refine(isOne, ONE);
const EraseBody = z
  .strictObject({
    ...criteria,
    dryRun: z.boolean().default(false).meta({ description: 'Tells which orders, and erases nothing' }),
  })
  .refine(isOne, ONE);

const Ref = z.strictObject({ shopId, orderNumber: z.string() });
const ErasureView = z.strictObject({
  dryRun: z.boolean(),
  erased: z.array(Ref).meta({ description: 'Finished orders, whose people are gone' }),
  waiting: z
    .array(Ref)
    .meta({ description: 'Open orders, which have to be shipped first: erased within an hour of their end' }),
});

/** What the buyer is found by, as it is asked for and by which field. */
const askedBy = ({ mail, phone, name }: Criteria): { readonly by: string; readonly text: string } => {
  if (mail !== undefined) return { by: 'mail', text: mail };
  return phone === undefined ? { by: 'name', text: name ?? '' } : { by: 'phone', text: phone };
};

const find = (deps: Deps, caller: Caller, body: Criteria): Promise<FoundOrder[]> => {
  const shops = body.shopId === undefined ? caller.shops : [body.shopId];
  return ordersOfBuyer(deps.db, deps.vault.fingerprint(lookupText(askedBy(body).text)), shops);
};

/** So many orders are erased in one transaction. */
const BATCH = 50;

interface Erasure {
  readonly erased: OrderRef[];
  readonly waiting: OrderRef[];
}

/** Erases finished orders and marks the others, batch by batch with their line in the audit log. */
const eraseAll = async (
  deps: Deps,
  found: readonly FoundOrder[],
  by: string,
  actor: string,
): Promise<Erasure> => {
  const outcome: Erasure = { erased: [], waiting: [] };
  for (let from = 0; from < found.length; from += BATCH) {
    const { erased, waiting } = await eraseSome(deps, found.slice(from, from + BATCH), by, actor);
    outcome.erased.push(...erased);
    outcome.waiting.push(...waiting);
  }
  return outcome;
};

const eraseSome = (
  { db, vault }: Deps,
  found: readonly FoundOrder[],
  by: string,
  actor: string,
): Promise<Erasure> =>
  db.transaction(async (tx) => {
    const erased: (OrderRef & Erased)[] = [];
    const waiting: OrderRef[] = [];
    for (const { shopId, orderNumber } of found) {
      const ref = { shopId, orderNumber };
      const gone = await eraseOrder(tx, vault, ref, { at: new Date(), actor });
      if (gone !== undefined) erased.push({ ...ref, ...gone });
      else {
        // Open, or in somebody's hands just now: the hourly erasure takes it as soon as it can.
        await askToErase(tx, ref, actor);
        waiting.push(ref);
      }
    }
    for (const shopId of new Set(found.map((order) => order.shopId)))
      await audit(tx, {
        actor,
        action: 'personal_data.erasure_asked',
        shopId,
        target: {
          erased: erased.filter((order) => order.shopId === shopId).map(({ orderNumber }) => orderNumber),
          waiting: waiting.filter((order) => order.shopId === shopId).map(({ orderNumber }) => orderNumber),
        },
        request: { by },
      });
    return { erased: erased.map(({ shopId, orderNumber }) => ({ shopId, orderNumber })), waiting };
  });

/** What is kept of one buyer, and its erasure: what a person may ask a shop for. */
export const buyerRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/buyers/export',
    tag: 'Personal data',
    summary: 'Everything kept of one buyer’s orders, as a file',
    access: 'administrator',
    reach: 'filtered',
    hides: ['mail', 'phone', 'name'],
    body: ExportBody,
    answer: {
      status: 200,
      says: 'The orders with their personal data; of orders that name the person as a recipient only their own part',
      schema: z.strictObject({ orders: z.array(z.unknown()) }),
    },
    problems: ['one_criterion'],
    handle: async ({ body, caller, actor }) => {
      const found = await find(deps, caller, body);
      const { by, text } = askedBy(body);
      for (const shop of new Set(found.map((order) => order.shopId))) {
        const own = found.filter((order) => order.shopId === shop).map(({ orderNumber }) => orderNumber);
        await audit(deps.db, {
          ...{ actor, action: 'personal_data.exported', shopId: shop },
          ...{ target: { orders: own }, request: { by } },
        });
      }
      return new FileAnswer('buyer.json', 'application/json', exportBuyer(deps, found, text));
    },
  }),
  route({
    method: 'post',
    path: '/v1/buyers/erase',
    tag: 'Personal data',
    summary: 'Erase one buyer from finished orders at once, and from open ones when they are finished',
    access: 'administrator',
    reach: 'filtered',
    hides: ['mail', 'phone', 'name'],
    body: EraseBody,
    answer: { status: 200, says: 'The orders', schema: ErasureView },
    problems: ['one_criterion'],
    handle: async ({ body: { dryRun, ...body }, caller, actor }) => {
      const found = await find(deps, caller, body);
      if (!dryRun) return { dryRun, ...(await eraseAll(deps, found, askedBy(body).by, actor)) };
      const refs = (finished: boolean) =>
        found
          .filter((order) => order.finished === finished)
          .map(({ shopId, orderNumber }) => ({ shopId, orderNumber }));
      return { dryRun, erased: refs(true), waiting: refs(false) };
    },
  }),
];
