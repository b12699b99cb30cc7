import { z } from 'zod';
import { ROLES } from '../domain/roles';
import { line, shopId } from './fields';

/** What somebody may do: nothing but look; carry orders and stock; keys, settings and access too. */
export const role = z.enum(ROLES).meta({
  description:
    '`viewer` looks, with personal data masked; `operator` carries orders and stock; `administrator` has keys, settings and access',
});

/** The shops that somebody has access to. */
export const shopIds = z
  .array(shopId)
  .min(1)
  .max(200)
  .nullable()
  .meta({ description: 'The shops it is limited to; `null`: all, and what is about all of them' });

/** The name of a user or a token, as timelines and the audit log show it. */
export const loginName = line(64)
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@-]*$/, 'must be letters, digits and . _ @ -')
  .meta({ example: 'tanaka' });

const WEAK = new Set(['passwordpassword', '123456789012', 'qwertyuiop123', 'okuriokuriokuri']);

/** A password: long rather than intricate. */
export const password = z
  .string()
  .min(12, 'must be at least 12 characters')
  .max(200)
  .refine((text) => !WEAK.has(text.toLowerCase()) && new Set(text).size >= 5, 'is too easy to guess');
