import { Readable } from 'node:stream';
import type { OrderRef } from '../domain/order';
import type { OrderPeople } from '../domain/people';
import { isNamed, peopleOf } from '../domain/people';
import { changesOf } from '../store/order-changes';
import { findOrder } from '../store/orders';
import { readSnapshot } from '../store/readings';
import { listShipments } from '../store/shipments';
import { parsedChange } from './changes';
import type { Deps } from './deps';
import { timelineOf } from './order-timeline';

/** As what the person stands in an order: its buyer, who receives it, or neither in what Rakuten says of it by now. */
type FoundAs = 'buyer' | 'recipient' | 'formerly';

const foundAs = ({ buyer, recipients }: OrderPeople, asked: string): FoundAs => {
  if (buyer !== null && isNamed(buyer, asked)) return 'buyer';
  return recipients.some((recipient) => isNamed(recipient, asked)) ? 'recipient' : 'formerly';
};

const dataOf = async ({ db, vault }: Deps, ref: OrderRef, asked: string) => {
  const row = await findOrder(db, ref);
  const snapshot = (await readSnapshot(db, vault, ref)) ?? '{}';
  const people = peopleOf(snapshot);
  const as = foundAs(people, asked);
  const head = {
    ...ref,
    foundAs: as,
    stage: row?.stage ?? null,
    orderedAt: row?.orderedAt ?? null,
    importedAt: row?.createdAt ?? null,
    finishedAt: row?.finishedAt ?? null,
  };
  // What else the order says is about its buyer, who is somebody else.
  if (as !== 'buyer') return { ...head, recipients: people.recipients.filter((one) => isNamed(one, asked)) };
  const [changes, shipments, timeline] = await Promise.all([
    changesOf(db, vault, ref),
    listShipments(db, ref),
    timelineOf(db, ref, 'en', () => ''),
  ]);
  return {
    ...head,
    ...people,
    rakuten: JSON.parse(snapshot) as unknown,
    changes: changes.map(parsedChange),
    shipments: shipments.map(({ basketId, carrier, trackingNumber, shippedOn }) => ({
      ...{ basketId, carrier, trackingNumber, shippedOn },
    })),
    timeline: timeline.map(({ at, code, text }) => ({ at, code, text })),
  };
};

/** Everything that is kept of a person's orders, as JSON that is made order by order. */
export const exportBuyer = (deps: Deps, refs: readonly OrderRef[], asked: string): Readable => {
  const pieces = async function* () {
    yield '{"orders":[';
    for (const [index, { shopId, orderNumber }] of refs.entries())
      yield `${index === 0 ? '' : ','}${JSON.stringify(await dataOf(deps, { shopId, orderNumber }, asked))}`;
    yield ']}';
  };
  return Readable.from(pieces());
};
