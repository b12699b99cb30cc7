import { z } from 'zod';
import { LINES, line } from '../domain/lines';
import { LANGUAGES } from '../domain/texts';

export { line, lineOrNothing } from '../domain/lines';

/** Text of several lines: trimmed, not empty. */
export const prose = (max: number) => z.string().trim().min(1).max(max).regex(LINES.pattern, LINES.error);

/** A date and time as it goes over the wire: ISO 8601 in UTC. */
export const instant = z.iso.datetime();

/** A day in Japan, `YYYY-MM-DD`; days that the calendar does not have are refused. */
export const day = z.iso.date('must be a date that exists, as YYYY-MM-DD');

/** An id of Rakuten: a number there, a string here; both are taken. */
export const rakutenId = z
  .union([z.string().trim().min(1).max(20), z.int().min(0)], 'must be a string or a number')
  .transform(String);

/** Our slug of a shop. */
export const shopId = line(64).meta({ description: 'Our id of the shop, a slug', example: 'demo' });

/** The path of one order. */
export const OrderPath = z.strictObject({
  shopId,
  orderNumber: z
    .string()
    .regex(/^[0-9A-Za-z_-]{1,64}$/, 'must be an order number, such as 123456-20260701-0000000001')
    .meta({ description: 'Rakuten’s order number', example: '123456-20260701-0000000001' }),
});

/** The path of one shop. */
export const ShopPath = z.strictObject({ shopId });

/** An own SKU code. */
export const skuCode = line(96).meta({ example: 'TEA-100' });

/** Yes or no in a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** What a list of Rakuten's pairs remembers of a page's last one. */
export const PairPosition = z.strictObject({ manageNumber: z.string(), variantId: z.string() });

/** A request without a body, or with an empty object. */
export const NoBody = z.strictObject({}).default({});

/** A language that texts for people can be asked for in. */
export const LanguageHeader = z.strictObject({
  'Accept-Language': z
    .string()
    .optional()
    .meta({ description: `Language of texts for people: ${LANGUAGES.join(' or ')}`, example: LANGUAGES[0] }),
});
