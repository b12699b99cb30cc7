/** All tables, by their names here: what this version reads and writes. */
import * as accessSchema from './access-schema';
import * as schema from './schema';
import * as shopSchema from './shop-schema';
import * as stockSchema from './stock-schema';

export const TABLES = { ...shopSchema, ...schema, ...stockSchema, ...accessSchema };
