/** The form of a tracking number (お荷物伝票番号) by Rakuten's code of the carrier; hyphens and blanks do not count. */
interface Form {
  readonly shape: RegExp;
  readonly says: string;
}

const DIGITS_12: Form = { shape: /^\d{11,12}$/, says: 'must have 12 digits' };
const POST: Form = {
  shape: /^(\d{11,13}|[A-Z]{2}\d{9}[A-Z]{2})$/i,
  says: 'must have 11 to 13 digits, or look like EA123456789JP',
};

/** The carriers that nearly all parcels go by; of the others no form is certain enough to refuse a number for it. */
const FORMS: ReadonlyMap<string, Form> = new Map(
  Object.entries({
    '1001': DIGITS_12,
    '1002': { shape: /^\d{10,12}$/, says: 'must have 10 to 12 digits' },
    '1003': POST,
    '1017': { shape: /^[A-Z]{2}\d{9}[A-Z]{2}$/i, says: 'must look like EA123456789JP' },
    '1029': POST,
    '1030': DIGITS_12,
  }),
);

/** What is wrong with the form of a tracking number for its carrier; undefined when nothing is. */
export const trackingFormProblem = (carrier: string, trackingNumber: string): string | undefined => {
  const form = FORMS.get(carrier);
  return form === undefined || form.shape.test(trackingNumber.replace(/[\s-]/g, '')) ? undefined : form.says;
};
