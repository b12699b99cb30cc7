import type { Request } from 'express';
import type { z } from 'zod';
import type { Background } from './background';
import type { Books, Db } from './books';
import type { Clock } from './clock';
import type { SettingsBook } from './settings';
import { findShop, type Shop } from './shops';

/** What the control page steers. */
export interface ControlParts {
  readonly books: Books;
  readonly clock: Clock;
  readonly settings: SettingsBook;
  readonly background: Background;
}

/** A request to the control page that cannot be done; its message goes to the caller. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  constructor(
    readonly status: number,
    message: string,
    readonly issues: unknown = undefined,
  ) {
    super(message);
  }
}

/** The JSON body of a request; undefined when there is none. @throws ControlError (400) when it is not JSON. */
export const readJson = (req: Request): unknown => {
  const text = Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '';
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ControlError(
      400,
      `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

/** The body, checked. @throws ControlError (400) that says what is wrong with it. */
export const readBody = <Schema extends z.ZodType>(req: Request, schema: Schema): z.output<Schema> => {
  const parsed = schema.safeParse(readJson(req));
  if (parsed.success) return parsed.data;
  throw new ControlError(400, 'The body does not have the expected form.', parsed.error.issues);
};

/** The shop with this code. @throws ControlError (404) when there is none. */
export const shopOf = async (db: Db, shopCode: string): Promise<Shop> => {
  const shop = await findShop(db, shopCode);
  if (shop === undefined) throw new ControlError(404, `The sandbox has no shop ${shopCode}.`);
  return shop;
};
