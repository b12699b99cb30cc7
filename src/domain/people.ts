import { z } from 'zod';
import { lookupText } from './lookup';
import { maskFamilyName, maskFirstName, maskMail, maskPhone, maskPrefecture, maskText } from './masking';

const text = z.string().nullish();

/** Names of fields are Rakuten's (order reference §4.2, OrdererModel and SenderModel). */
const personModel = z.looseObject({
  familyName: text,
  firstName: text,
  familyNameKana: text,
  firstNameKana: text,
  zipCode1: text,
  zipCode2: text,
  prefecture: text,
  city: text,
  subAddress: text,
  phoneNumber1: text,
  phoneNumber2: text,
  phoneNumber3: text,
  emailAddress: text,
});

/** What of an order as it was stored names people; what is not there is as good as null. */
const peopleModel = z.looseObject({
  remarks: text,
  OrdererModel: personModel.nullish(),
  PackageModelList: z
    .array(
      z.looseObject({
        basketId: z.union([z.number(), z.string()]),
        noshi: text,
        SenderModel: personModel.nullish(),
        SocialGiftModel: z.looseObject({ receiverEmailAddress: text }).nullish(),
      }),
    )
    .nullish(),
});

/** A buyer or a recipient. Every field may be unknown. */
export interface Person {
  readonly familyName: string | null;
  readonly firstName: string | null;
  readonly familyNameKana: string | null;
  readonly firstNameKana: string | null;
  readonly zipCode: string | null;
  readonly prefecture: string | null;
  readonly city: string | null;
  readonly subAddress: string | null;
  /** With hyphens. */
  readonly phoneNumber: string | null;
  readonly mail: string | null;
}

/** Who receives one destination's parcels, and what its gift paper says (のし). */
interface Recipient extends Person {
  readonly basketId: string;
  readonly noshi: string | null;
}

/** The people of an order, with what they wrote. */
export interface OrderPeople {
  readonly buyer: Person | null;
  readonly recipients: readonly Recipient[];
  readonly remarks: string | null;
}

const joined = (parts: readonly (string | null | undefined)[], by: string): string | null =>
  parts.filter(Boolean).join(by) || null;

const personOf = (person: z.infer<typeof personModel>, mail = person.emailAddress): Person => ({
  familyName: person.familyName ?? null,
  firstName: person.firstName ?? null,
  familyNameKana: person.familyNameKana ?? null,
  firstNameKana: person.firstNameKana ?? null,
  zipCode: joined([person.zipCode1, person.zipCode2], '-'),
  prefecture: person.prefecture ?? null,
  city: person.city ?? null,
  subAddress: person.subAddress ?? null,
  phoneNumber: joined([person.phoneNumber1, person.phoneNumber2, person.phoneNumber3], '-'),
  mail: mail ?? null,
});

/** The people of an order as it was stored; of one whose personal data was erased nobody. @throws ZodError */
export const peopleOf = (snapshot: string): OrderPeople => {
  const order = peopleModel.parse(JSON.parse(snapshot));
  return {
    buyer: order.OrdererModel ? personOf(order.OrdererModel) : null,
    recipients: (order.PackageModelList ?? []).flatMap((destination) =>
      destination.SenderModel
        ? [
            {
              ...personOf(destination.SenderModel, destination.SocialGiftModel?.receiverEmailAddress),
              basketId: String(destination.basketId),
              noshi: destination.noshi ?? null,
            },
          ]
        : [],
    ),
    remarks: order.remarks ?? null,
  };
};

const maskPerson = (person: Person): Person => ({
  familyName: maskFamilyName(person.familyName),
  firstName: maskFirstName(person.firstName),
  familyNameKana: maskFamilyName(person.familyNameKana),
  firstNameKana: maskFirstName(person.firstNameKana),
  zipCode: maskText(person.zipCode),
  prefecture: maskPrefecture(person.prefecture),
  city: maskText(person.city),
  subAddress: maskText(person.subAddress),
  phoneNumber: maskPhone(person.phoneNumber),
  mail: maskMail(person.mail),
});

/** The same people for somebody who need not know them. */
export const maskPeople = ({ buyer, recipients, remarks }: OrderPeople): OrderPeople => ({
  buyer: buyer === null ? null : maskPerson(buyer),
  recipients: recipients.map((recipient) => ({
    ...maskPerson(recipient),
    basketId: recipient.basketId,
    noshi: maskText(recipient.noshi),
  })),
  remarks: maskText(remarks),
});

/** Whether a name, phone number or mail address is this person's, in the form in which they are looked up. */
export const isNamed = ({ familyName, firstName, phoneNumber, mail }: Person, asked: string): boolean =>
  [`${familyName ?? ''}${firstName ?? ''}`, phoneNumber ?? '', mail ?? ''].some(
    (own) => own !== '' && lookupText(own) === lookupText(asked),
  );

/** A person's name as it is written on paper; empty where it is not known. */
export const fullName = ({ familyName, firstName }: Person): string =>
  `${familyName ?? ''} ${firstName ?? ''}`.trim();
