import { z } from 'zod';
import { CARRIERS, isCarrier } from '../domain/carriers';
import { trackingFormProblem } from '../domain/tracking-forms';
import { refusal } from './check';
import { day, line, rakutenId } from './fields';

/**
 * Characters that not every system shows alike (機種依存文字), which Rakuten refuses in a tracking number: circled and
 * Roman numerals, squared and enclosed signs, half-width katakana, compatibility ideographs, private use, emoji.
 */
const MACHINE_DEPENDENT =
  /[\p{Cf}\p{Co}\p{Cs}\u2116\u2121\u2160-\u217f\u2460-\u24ff\u3200-\u33ff\uf900-\ufaff\uff61-\uff9f\u{10000}-\u{10ffff}]/u;

const ParcelBody = z
  .strictObject({
    basketId: rakutenId.optional().meta({ description: 'Needed when the order has several baskets' }),
    carrier: z
      .union([z.string().trim(), z.int()], 'must be a carrier code')
      .transform(String)
      .refine(isCarrier, refusal('unknown_carrier', 'is not one of Rakuten’s deliveryCompany codes'))
      .meta({
        description: `Rakuten’s deliveryCompany code: ${Object.entries(CARRIERS)
          .map(([code, name]) => `${code} ${name}`)
          .join(', ')}`,
        example: '1001',
      }),
    trackingNumber: line(120).refine(
      (text) => !MACHINE_DEPENDENT.test(text),
      refusal('refused', 'contains characters that Rakuten refuses (機種依存文字)'),
    ),
    shippedOn: day.meta({ description: 'The day it left, in Japan', example: '2026-07-01' }),
    lines: z
      .array(z.strictObject({ itemDetailId: rakutenId, units: z.int().min(1).max(1_000_000) }))
      .min(1)
      .max(500)
      .optional()
      .meta({ description: 'Without lines the parcel carries what is left of its basket' }),
  })
  .superRefine(({ carrier, trackingNumber }, context) => {
    const problem = trackingFormProblem(carrier, trackingNumber);
    if (problem === undefined) return;
    const { error: message, params } = refusal('tracking_number_form', `${problem} (${CARRIERS[carrier]})`);
    context.addIssue({ code: 'custom', path: ['trackingNumber'], message, params });
  })
  .meta({ id: 'Parcel' });

/** Parcels that left. */
export const Packages = z.array(ParcelBody).min(1).max(100);

/** One parcel as a caller reports it. */
export type ReportedParcel = z.output<typeof ParcelBody>;
