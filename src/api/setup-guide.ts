import { z } from 'zod';
import { DEFAULT_SETTINGS, ShopSettings } from '../domain/settings';
import { type SetupWishes, setupFunctions, setupSteps } from '../domain/setup-guide';
import { type Language, say } from '../domain/texts';
import type { Deps } from './deps';
import { flag, shopId } from './fields';
import { aboutFunction, FUNCTION_FIELDS } from './rms-function-view';
import type { Route } from './route';
import { route } from './route';
import { existingShop } from './shops';

const GuideQuery = z.strictObject({
  shopId: shopId.optional().meta({ description: 'Goes by the settings of this shop' }),
  automaticOrderIntegration: flag.optional(),
  automaticOrderConfirmation: flag.optional(),
  stockSync: ShopSettings.shape.stockSync.optional(),
  skuProjectMigrated: flag.optional(),
  cancelHere: flag.optional().meta({ description: 'Whether people cancel orders in Okuri; default false' }),
});

const GuideView = z
  .strictObject({
    shopId: shopId.nullable(),
    steps: z.array(z.strictObject({ step: z.int(), code: z.string(), text: z.string() })),
    functions: z
      .array(z.strictObject({ ...FUNCTION_FIELDS, evidenceText: z.string() }))
      .meta({ description: 'All that Okuri can call; tick those with `needed`, and no others' }),
  })
  .meta({ id: 'SetupGuide' });

/** What is asked for in the query goes before the shop's settings, and those before the usual. */
const wishesOf = async (
  deps: Deps,
  { shopId: id, cancelHere = false, ...asked }: z.output<typeof GuideQuery>,
): Promise<SetupWishes> => {
  const settings = id === undefined ? DEFAULT_SETTINGS : (await existingShop(deps, id)).settings;
  const named = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  return { ...settings, ...named, cancelHere };
};

const guideOf = (id: string | undefined, wishes: SetupWishes, language: Language) => ({
  shopId: id ?? null,
  steps: setupSteps(wishes).map((code, index) => ({ step: index + 1, code, text: say(language, code) })),
  functions: setupFunctions(wishes).map(({ about, needed }) => ({
    ...aboutFunction(about, needed, language),
    evidenceText: say(language, `rms_evidence.${about.evidence}`),
  })),
});

/** How a shop is set up in RMS. */
export const setupGuideRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/setup-guide',
    tag: 'Shops',
    summary: 'What to click and tick in RMS, step by step, for a shop or for the settings that are named',
    access: 'viewer',
    // What it says is the same for everybody; a shop that is named has to be the caller's.
    reach: 'filtered',
    spoken: true,
    query: GuideQuery,
    answer: { status: 200, says: 'The steps, and the least list of functions', schema: GuideView },
    problems: ['shop_not_found'],
    handle: async ({ query, language }) => guideOf(query.shopId, await wishesOf(deps, query), language),
  }),
];
