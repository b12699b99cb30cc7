import { z } from 'zod';
import { isWireDate, isWireDatetime } from '../wire-time';

/** A datetime as Rakuten writes it, kept as text: see `parseWireDatetime`. */
export const wireDatetime = z.string().refine(isWireDatetime, 'expected YYYY-MM-DDThh:mm:ss+0900');

/** A day as Rakuten writes it, `YYYY-MM-DD` in JST, kept as text. */
export const wireDate = z.string().refine(isWireDate, 'expected YYYY-MM-DD');

/** A number that official samples also write as a string, `"150"` (reference, order API §1). Read as a number. */
export const lenientNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number),
]);

/** A code that is a string by its table (deliveryCompany) and would lose nothing if it came as a number. */
export const lenientCode = z.union([z.string(), z.number().int().transform(String)]);
