import { z } from 'zod';
import { maskPeople, type OrderPeople, peopleOf } from '../domain/people';
import { includes } from '../domain/roles';
import { findOrder } from '../store/orders';
import { readSnapshot } from '../store/readings';
import type { Caller } from './caller';
import type { Deps } from './deps';
import { instant, OrderPath } from './fields';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';

const text = z.string().nullable();

const person = {
  familyName: text,
  firstName: text,
  familyNameKana: text,
  firstNameKana: text,
  zipCode: text,
  prefecture: text,
  city: text,
  subAddress: text,
  phoneNumber: text,
  mail: text,
};

const PeopleView = z
  .strictObject({
    masked: z.boolean().meta({ description: 'For viewers all but a little is hidden: `山＊＊ ＊＊`' }),
    erasedAt: instant.nullable().meta({ description: 'Since when there is nothing to show any more' }),
    buyer: z.strictObject(person).nullable(),
    recipients: z.array(
      z.strictObject({
        basketId: z.string(),
        ...person,
        noshi: text.meta({ description: 'What the gift paper says (のし)' }),
      }),
    ),
    remarks: text.meta({ description: 'What the buyer wrote (備考)' }),
  })
  .meta({ id: 'PersonalData' });

/** Whether personal data is hidden from a caller: from everybody who only looks. */
export const seesMasked = ({ role }: Caller): boolean => role === null || !includes(role, 'operator');

const NOBODY: OrderPeople = { buyer: null, recipients: [], remarks: null };

/** Who ordered and who receives: the one place where an order's people are shown. */
export const personalDataRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/orders/{shopId}/{orderNumber}/personal-data',
    tag: 'Personal data',
    summary: 'Buyer, recipients and remarks of an order; masked for viewers',
    access: 'viewer',
    audited: true,
    params: OrderPath,
    answer: { status: 200, says: 'The people of the order', schema: PeopleView },
    problems: ['order_not_found'],
    handle: async ({ params, caller }) => {
      const row = await findOrder(deps.db, params);
      if (row === undefined) throw new Problem('order_not_found');
      const snapshot = await readSnapshot(deps.db, deps.vault, params);
      const people = snapshot === undefined ? NOBODY : peopleOf(snapshot);
      const masked = seesMasked(caller);
      const { buyer, recipients, remarks } = masked ? maskPeople(people) : people;
      return {
        masked,
        erasedAt: row.erasedAt?.toISOString() ?? null,
        buyer,
        recipients: [...recipients],
        remarks,
      };
    },
  }),
];
