import { z } from 'zod';
import { skusAsTheyAre } from '../store/before';
import { deleteSku, findSku, listSkus, putSkus, type Sku, SkuReferenceError } from '../store/skus';
import type { Deps } from './deps';
import { line, skuCode } from './fields';
import { withoutRepeats } from './list-checks';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { fieldProblem, Problem } from './problems';
import type { Route } from './route';
import { route } from './route';

const Component = z.strictObject({ skuCode, quantity: z.int().min(1).max(10_000) });
const components = z
  .array(Component)
  .max(100)
  .superRefine(withoutRepeats((part) => part.skuCode, 'skuCode'));

const SkuView = z
  .strictObject({
    skuCode: z.string(),
    name: z.string(),
    cartCode: z.string().nullable(),
    components: z.array(Component),
  })
  .meta({ id: 'Sku', description: 'An own SKU; with components it is a set product (セット商品)' });

const PutSkus = z.strictObject({
  skus: z
    .array(
      z.strictObject({
        skuCode,
        name: line(255),
        cartCode: line(96).nullable().optional().meta({
          description:
            'The code by which a cart names this option: 商品番号 with 横軸 and 縦軸. No two SKUs share one. Absent: unchanged; null: none',
        }),
        components: components
          .optional()
          .meta({ description: 'Absent: unchanged. An empty list makes it a plain SKU again' }),
      }),
    )
    .min(1)
    .max(500)
    .superRefine(withoutRepeats((sku) => sku.skuCode, 'skuCode')),
});
const SkuPath = z.strictObject({ skuCode });

/** What a list of keyed things answers when it was written. */
export const Saved = z.strictObject({
  saved: z.int().meta({ description: 'How many were created or changed' }),
});

/** Runs a write that may name a SKU that does not exist or a cart code that is taken: a 422 with the field's path. */
export const namingSkus = async (write: () => Promise<void>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    if (error instanceof SkuReferenceError) throw fieldProblem(error.code, error.path, error.message);
    throw error;
  }
};

const viewOf = (sku: Sku): z.input<typeof SkuView> => ({ ...sku, components: [...sku.components] });

const remove = async ({ db }: Deps, code: string): Promise<void> => {
  if ((await findSku(db, code)) === undefined) throw new Problem('sku_not_found');
  if (!(await deleteSku(db, code)))
    throw new Problem('sku_in_use', `Links, sets or stock still name ${code}: remove those first.`);
};

/** Own SKUs and set products. */
export const skuRoutes = (deps: Deps): Route[] => [
  route({
    method: 'put',
    path: '/v1/skus',
    tag: 'SKUs',
    summary: 'Create or change SKUs, all or none; others stay as they are',
    access: 'operator',
    body: PutSkus,
    answer: { status: 200, says: 'Saved', schema: Saved },
    problems: ['sku_unknown', 'set_cycle', 'sku_has_stock', 'cart_code_taken', 'duplicate', 'refused'],
    handle: async ({ body: { skus }, note }) => {
      const codes = skus.map(({ skuCode: code }) => code);
      note({ before: await skusAsTheyAre(deps.db, codes) });
      await namingSkus(() => putSkus(deps.db, skus));
      note({ after: await skusAsTheyAre(deps.db, codes) });
      return { saved: skus.length };
    },
  }),
  route({
    method: 'get',
    path: '/v1/skus',
    tag: 'SKUs',
    summary: 'SKUs by code',
    access: 'viewer',
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of SKUs', schema: pageOf(SkuView) },
    handle: async ({ query: { cursor, limit } }) => {
      const rows = await listSkus(deps.db, positionOf(SkuPath, cursor)?.skuCode ?? '', limit + 1);
      return toPage(rows, limit, (sku) => ({ skuCode: sku.skuCode }), viewOf);
    },
  }),
  route({
    method: 'get',
    path: '/v1/skus/{skuCode}',
    tag: 'SKUs',
    summary: 'One SKU',
    access: 'viewer',
    params: SkuPath,
    answer: { status: 200, says: 'The SKU', schema: SkuView },
    problems: ['sku_not_found'],
    handle: async ({ params }) => {
      const sku = await findSku(deps.db, params.skuCode);
      if (sku === undefined) throw new Problem('sku_not_found');
      return viewOf(sku);
    },
  }),
  route({
    method: 'delete',
    path: '/v1/skus/{skuCode}',
    tag: 'SKUs',
    summary: 'Remove a SKU that nothing names',
    access: 'operator',
    params: SkuPath,
    answer: { status: 204, says: 'Removed', schema: z.void() },
    problems: ['sku_not_found', 'sku_in_use'],
    handle: async ({ params, note }) => {
      note({ before: await skusAsTheyAre(deps.db, [params.skuCode]) });
      await remove(deps, params.skuCode);
    },
  }),
];
