import { z } from 'zod';
import { CONFIDENCES, type Confidence, type Reason } from '../domain/link-suggestions';
import { type Language, say } from '../domain/texts';
import { applySuggestions } from '../store/apply-suggestions';
import {
  FIRST_PAIR,
  type PairPosition as Position,
  type Suggestion,
  suggestLinks,
} from '../store/link-suggestions';
import type { Shop } from '../store/shops';
import type { Deps } from './deps';
import { PairPosition, shopId } from './fields';
import { cursorOf, PAGE, pageOf, positionOf, toPage } from './paging';
import type { Route } from './route';
import { route } from './route';
import { activeShop, existingShop } from './shops';

/** Pairs that are looked at together when only some of them are wanted, and how often for one page. */
const LOOK = 1_000;
const LOOKS = 10;

const ReasonView = z.strictObject({ code: z.string(), text: z.string() });
const SuggestionView = z
  .strictObject({
    manageNumber: z.string(),
    variantId: z.string(),
    itemNumber: z.string().nullable(),
    merchantDefinedSkuId: z.string().nullable(),
    title: z.string(),
    optionText: z.string(),
    listed: z.boolean().meta({ description: '`false`: only an open order names the pair' }),
    candidates: z.array(
      z.strictObject({
        skuCode: z.string(),
        name: z.string(),
        basis: z.array(z.string()).meta({ description: 'By what it was found' }),
        confidence: z.enum(CONFIDENCES),
        why: z.array(ReasonView).meta({ description: 'What speaks for it, then what speaks against it' }),
      }),
    ),
  })
  .meta({ id: 'LinkSuggestion' });

const wordingOf = ({ code, params }: Reason, language: Language): z.input<typeof ReasonView> => ({
  code,
  text: say(language, `link.${code}`, params),
});

const viewOf = (
  { pair: { single: _single, nameKey: _key, ...pair }, candidates }: Suggestion,
  language: Language,
): z.input<typeof SuggestionView> => ({
  ...pair,
  candidates: candidates.map(({ bases, why, ...candidate }) => ({
    ...candidate,
    basis: [...bases],
    why: why.map((reason) => wordingOf(reason, language)),
  })),
});

const positionOfRow = ({ pair: { manageNumber, variantId } }: Suggestion): Position => ({
  manageNumber,
  variantId,
});

/** A page of all pairs; or of those whose best candidate is so sure, which may then be short and still not the last. */
const page = async (
  { db }: Deps,
  shop: Shop,
  { confidence, after, limit }: { confidence: Confidence | undefined; after: Position; limit: number },
  language: Language,
) => {
  const show = (row: Suggestion) => viewOf(row, language);
  if (confidence === undefined)
    return toPage(await suggestLinks(db, shop, after, limit + 1), limit, positionOfRow, show);
  const found: Suggestion[] = [];
  let last: Suggestion | undefined;
  for (let look = 0; look < LOOKS && found.length <= limit; look += 1) {
    const rows = await suggestLinks(db, shop, last?.pair ?? after, LOOK);
    found.push(...rows.filter(({ candidates }) => candidates[0]?.confidence === confidence));
    if (rows.length < LOOK) return toPage(found, limit, positionOfRow, show);
    last = rows.at(-1);
  }
  // Enough were found, or so many pairs were looked at that the page ends where the look ended.
  const end = last;
  if (found.length > limit || end === undefined) return toPage(found, limit, positionOfRow, show);
  return { items: found.map(show), nextCursor: cursorOf(positionOfRow(end)) };
};

const Apply = z.strictObject({
  shopId,
  confidence: z.enum(['certain', 'likely']).meta({ description: 'The least; `likely` takes in `certain`' }),
  dryRun: z.boolean().default(false).meta({ description: 'Tells what would be linked, and links nothing' }),
});

/** Suggestions for links, and applying them. */
export const linkSuggestionRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/sku-links/suggestions',
    tag: 'SKUs',
    summary:
      'Listings and pairs of open orders that are not linked, with the SKUs they may stand for, and why',
    access: 'viewer',
    reach: 'named',
    spoken: true,
    query: z.strictObject({
      ...PAGE,
      shopId,
      confidence: z.enum(CONFIDENCES).optional().meta({
        description:
          'Only pairs whose best candidate is just so sure; a page may then be short although others follow',
      }),
    }),
    answer: { status: 200, says: 'A page of suggestions', schema: pageOf(SuggestionView) },
    problems: ['shop_not_found'],
    handle: async ({ query: { shopId: id, cursor, limit, confidence }, language }) => {
      const shop = await existingShop(deps, id);
      const after = positionOf(PairPosition, cursor) ?? FIRST_PAIR;
      return page(deps, shop, { confidence, after, limit }, language);
    },
  }),
  route({
    method: 'post',
    path: '/v1/sku-links/suggestions/apply',
    tag: 'SKUs',
    summary: 'Make the links that are sure enough; none that is only possible, and none in place of another',
    access: 'operator',
    reach: 'named',
    body: Apply,
    answer: {
      status: 200,
      says: 'What was linked, or would be',
      schema: z.strictObject({
        dryRun: z.boolean(),
        count: z.int(),
        links: z
          .array(z.strictObject({ manageNumber: z.string(), variantId: z.string(), skuCode: z.string() }))
          .meta({ description: 'The first 200 of them' }),
      }),
    },
    problems: ['shop_not_found', 'shop_retired'],
    handle: async ({ body: { shopId: id, confidence, dryRun }, actor }) => {
      const shop = await activeShop(deps, id);
      const { count, links } = await applySuggestions(deps.db, shop, {
        atLeast: confidence,
        linkedBy: actor,
        dryRun,
      });
      return { dryRun, count, links: [...links] };
    },
  }),
];
