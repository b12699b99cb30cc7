import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Beside `src` in a checkout and beside `dist` in a built tree. */
const MANIFEST = join(__dirname, '..', 'package.json');

/** The version of the product, as `0.1.0`. */
export const VERSION: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(MANIFEST, 'utf8'))).version;
