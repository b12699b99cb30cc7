import { SEEDED } from './list-seed';

/** One way of asking for a list. */
export interface Asked {
  readonly what: string;
  readonly query: Readonly<Record<string, string>>;
  /** Behind this share of all orders, counted from the newest. */
  readonly behind?: number;
  /** How many orders the first page shows at the least and at the most; a list that finds nothing is quick for nothing. */
  readonly rows: readonly [least: number, most: number];
}

const { sku, hold, number, name, tracking, rareStage } = SEEDED;
const FULL = [50, 50] as const;
const NONE = [0, 0] as const;

/** Each filter alone from what all orders have to what none has, what hardly goes together, and pages far behind. */
export const ASKED: readonly Asked[] = [
  { what: 'all', query: {}, rows: FULL },
  { what: 'all, 200 a page', query: { limit: '200' }, rows: [200, 200] },
  { what: 'all, half way down', query: {}, behind: 0.5, rows: FULL },
  { what: 'all, the last page', query: {}, behind: 0.9999, rows: [1, 49] },
  { what: 'shop of 98,990', query: { shopId: 'big' }, rows: FULL },
  { what: 'shop of 98,990, half way down', query: { shopId: 'big' }, behind: 0.5, rows: FULL },
  { what: 'shop of 10', query: { shopId: 'tiny' }, rows: [10, 10] },
  { what: 'stage of most', query: { stage: 'completed' }, rows: FULL },
  { what: 'stage of 5', query: { stage: rareStage }, rows: [5, 5] },
  { what: 'stage of none', query: { stage: 'imported' }, rows: NONE },
  { what: 'shop of 10, stage of most', query: { shopId: 'tiny', stage: 'completed' }, rows: [1, 10] },
  {
    what: 'shop and stage of most, deep',
    query: { shopId: 'big', stage: 'completed' },
    behind: 0.9,
    rows: FULL,
  },
  { what: 'hold of half', query: { hold: hold.half }, rows: FULL },
  { what: 'hold of half, deep', query: { hold: hold.half }, behind: 0.9, rows: FULL },
  { what: 'hold of the 10,000 oldest', query: { hold: hold.old }, rows: FULL },
  { what: 'hold of 200', query: { hold: hold.few }, rows: FULL },
  { what: 'hold of none', query: { hold: hold.none }, rows: NONE },
  { what: 'hold of half, stage of 5', query: { hold: hold.half, stage: rareStage }, rows: [5, 5] },
  { what: 'hold of half, stage of others', query: { hold: hold.half, stage: 'cancelled' }, rows: NONE },
  { what: 'hold of half, shop of 10', query: { hold: hold.half, shopId: 'tiny' }, rows: [1, 10] },
  { what: 'number that all begin with', query: { q: number.all }, rows: FULL },
  { what: 'number of one old month', query: { q: number.month }, rows: FULL },
  { what: 'number of one old month, stage', query: { q: number.month, stage: 'cancelled' }, rows: FULL },
  { what: 'whole number', query: { q: number.one }, rows: [1, 1] },
  { what: 'number that none begins with', query: { q: number.none }, rows: NONE },
  { what: 'tracking number', query: { q: tracking }, rows: [1, 1] },
  { what: 'SKU of all', query: { q: sku.all }, rows: FULL },
  { what: 'SKU of all, deep', query: { q: sku.all }, behind: 0.9, rows: FULL },
  { what: 'SKU of all, shop of 10', query: { q: sku.all, shopId: 'tiny' }, rows: [10, 10] },
  { what: 'SKU of all, stage of 5', query: { q: sku.all, stage: rareStage }, rows: [5, 5] },
  { what: 'SKU of half', query: { q: sku.half }, rows: FULL },
  { what: 'SKU of the 20,000 oldest', query: { q: sku.old }, rows: FULL },
  { what: 'SKU of 3', query: { q: sku.rare }, rows: [3, 3] },
  { what: 'name of 3,000 orders', query: { q: name.heavy }, rows: FULL },
  { what: 'name of one order', query: { q: name.once }, rows: [1, 1] },
  { what: 'SKU of half, hold of the other half', query: { q: sku.half, hold: hold.half }, rows: NONE },
  { what: 'SKU of all, hold of the 10,000 oldest', query: { q: sku.all, hold: hold.old }, rows: FULL },
  {
    what: 'SKU of the oldest, their hold, stage',
    query: { q: sku.old, hold: hold.old, stage: 'held' },
    rows: NONE,
  },
  {
    what: 'number of all, hold of 200, shop',
    query: { q: number.all, hold: hold.few, shopId: 'big' },
    rows: FULL,
  },
];
