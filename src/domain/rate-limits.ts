/**
 * Calls that share one limit: all functions of the order API together, since no figure per function is documented
 * (order reference §11), and the others by function (inventory reference §3.4 and §4).
 */
export const API_FAMILIES = [
  'order',
  'inventories.bulk.get',
  'inventories.bulk.get.range',
  'inventories.bulk.upsert',
  'inventories.variants.get',
  'inventories.variants.upsert',
  'inventories.variants.delete',
  'inventories.variant-lists.get',
  'items.search',
  'items.get',
  'items.bulk.get',
  'shop',
  'licence',
] as const;
export type ApiFamily = (typeof API_FAMILIES)[number];

/** Requests per second by family, where a shop differs from the usual. */
export type RequestsPerSecond = Partial<Readonly<Record<ApiFamily, number>>>;

/** Families that are documented to take more than one request a second and do so in practice. */
const FASTER: RequestsPerSecond = { 'inventories.bulk.get': 5, 'inventories.bulk.get.range': 5 };

/** Rakuten judges by arrival: two hundredths more keep clear of the edge. */
const MARGIN = 1.02;

/** Milliseconds between two requests of a family, by the shop's setting or the usual. */
export const intervalMsOf = (family: ApiFamily, own: RequestsPerSecond = {}): number =>
  (1000 * MARGIN) / (own[family] ?? FASTER[family] ?? 1);
