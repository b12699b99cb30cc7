import fc from 'fast-check';
import {
  type Candidate,
  choose,
  type OwnSku,
  type Rival,
  suggest,
  type UnlinkedPair,
} from '../../src/domain/link-suggestions';

const pair = (change: Partial<UnlinkedPair> = {}): UnlinkedPair => {
  const named = { title: '煎茶', optionText: '', ...change };
  return {
    ...{ manageNumber: 'item', variantId: 'v1', itemNumber: null, merchantDefinedSkuId: null },
    ...{ nameKey: `${named.title}${named.optionText}`.toLowerCase(), single: true, listed: true },
    ...named,
    ...change,
  };
};
const sku = (skuCode: string, change: Partial<OwnSku> = {}): OwnSku => {
  const { name = `name of ${skuCode}` } = change;
  return { skuCode, cartCode: null, nameKey: name.replaceAll(' ', '').toLowerCase(), ...change, name };
};
const alone = (skus: readonly OwnSku[], bearers: Record<string, Rival[]> = {}) => ({
  skus,
  bearersOfCode: (code: string) => bearers[code] ?? [],
  bearersOfName: (name: string) => bearers[name] ?? [],
});
const said = (candidates: readonly Candidate[]) =>
  candidates.map(({ skuCode, confidence, why }) => [skuCode, confidence, ...why.map(({ code }) => code)]);
const other = (variantId: string, wholeItem = false): Rival => ({ manageNumber: 'x', variantId, wholeItem });

const [A, B] = [sku('A'), sku('B')];
test.each<[string, UnlinkedPair, boolean, readonly OwnSku[], Record<string, Rival[]>, unknown[]]>([
  [
    'a system code',
    pair({ merchantDefinedSkuId: 'A', single: false }),
    true,
    [A],
    {},
    [['A', 'certain', 'system_code']],
  ],
  [
    'a system code that is a cart code',
    pair({ merchantDefinedSkuId: 'c' }),
    true,
    [sku('A', { cartCode: 'c' })],
    {},
    [['A', 'certain', 'system_code']],
  ],
  ['a system code in another case', pair({ merchantDefinedSkuId: 'a' }), true, [A], {}, []],
  ['a system code in another width', pair({ merchantDefinedSkuId: 'Ａ' }), true, [A], {}, []],
  [
    'the 商品番号 of a single item',
    pair({ itemNumber: 'A' }),
    true,
    [A],
    {},
    [['A', 'certain', 'item_number']],
  ],
  ['the 商品番号 of an item with variants', pair({ itemNumber: 'A', single: false }), true, [A], {}, []],
  [
    'the 商品管理番号 of a single item',
    pair({ manageNumber: 'a' }),
    true,
    [sku('a')],
    {},
    [['a', 'likely', 'manage_number']],
  ],
  [
    'a 商品管理番号 that is a cart code',
    pair({ manageNumber: 'c' }),
    true,
    [sku('A', { cartCode: 'c' })],
    {},
    [],
  ],
  [
    'a code that three listings bear',
    pair({ merchantDefinedSkuId: 'A' }),
    true,
    [A],
    { A: [other('1'), other('2')] },
    [['A', 'possible', 'system_code', 'several_listings']],
  ],
  [
    'a system code that is elsewhere an item with variants',
    pair({ merchantDefinedSkuId: 'A' }),
    true,
    [A],
    { A: [other('1', true)] },
    [['A', 'certain', 'system_code']],
  ],
  [
    'a 商品番号 that is elsewhere an item with variants',
    pair({ itemNumber: 'A' }),
    true,
    [A],
    { A: [other('1', true)] },
    [['A', 'possible', 'item_number', 'several_listings']],
  ],
  [
    'a code that names two SKUs',
    pair({ merchantDefinedSkuId: 'A' }),
    true,
    [A, sku('B', { cartCode: 'A' })],
    {},
    [
      ['A', 'possible', 'system_code', 'several_skus'],
      ['B', 'possible', 'system_code', 'several_skus'],
    ],
  ],
  [
    'two codes that agree',
    pair({ merchantDefinedSkuId: 'A', itemNumber: 'A' }),
    true,
    [A],
    {},
    [['A', 'certain', 'system_code', 'item_number']],
  ],
  [
    'two codes that disagree',
    pair({ merchantDefinedSkuId: 'A', itemNumber: 'B' }),
    true,
    [A, B],
    {},
    [
      ['A', 'possible', 'system_code', 'bases_disagree'],
      ['B', 'possible', 'item_number', 'bases_disagree'],
    ],
  ],
  [
    'a code and a name that disagree',
    pair({ merchantDefinedSkuId: 'A' }),
    true,
    [A, sku('B', { name: '煎茶' })],
    {},
    [
      ['A', 'possible', 'system_code', 'bases_disagree'],
      ['B', 'possible', 'name_exact', 'bases_disagree'],
    ],
  ],
  [
    'a code that tells which of two namesakes',
    pair({ merchantDefinedSkuId: 'A' }),
    true,
    [sku('A', { name: '煎茶' }), sku('B', { name: '煎茶' })],
    {},
    [['A', 'certain', 'system_code', 'name_exact']],
  ],
  [
    'an exact name with its option',
    pair({ optionText: '100g 缶' }),
    true,
    [sku('A', { name: '煎茶 100g 缶' })],
    {},
    [['A', 'likely', 'name_exact']],
  ],
  [
    'a name of two SKUs',
    pair(),
    true,
    [sku('A', { name: '煎茶' }), sku('B', { name: '煎茶' })],
    {},
    [
      ['A', 'possible', 'name_exact', 'several_skus'],
      ['B', 'possible', 'name_exact', 'several_skus'],
    ],
  ],
  [
    'a name of two listings',
    pair(),
    true,
    [sku('A', { name: '煎茶' })],
    { 煎茶: [other('1')] },
    [['A', 'possible', 'name_exact', 'several_listings']],
  ],
  [
    'a name that differs by case',
    pair({ title: 'Tea' }),
    true,
    [sku('A', { name: 'TEA' })],
    {},
    [['A', 'possible', 'name_normalised']],
  ],
  [
    'a normalised name beside a code',
    pair({ title: 'Tea', itemNumber: 'A' }),
    true,
    [A, sku('B', { name: 'TEA' })],
    {},
    [['A', 'certain', 'item_number']],
  ],
  [
    'an option code before the SKU project',
    pair({ variantId: 'No1-s-red', single: false }),
    false,
    [sku('A', { cartCode: 'No1-s-red' })],
    {},
    [['A', 'certain', 'cart_code']],
  ],
  [
    'a plain item before the SKU project',
    pair({ variantId: '', itemNumber: 'A' }),
    false,
    [A],
    { A: [{ manageNumber: 'item', variantId: 'normal-inventory' }] },
    [['A', 'certain', 'cart_code']],
  ],
  [
    'a system code before the SKU project',
    pair({ variantId: 'x', merchantDefinedSkuId: 'A', single: false }),
    false,
    [A],
    {},
    [],
  ],
])('%s', (_case, it, migrated, skus, bearers, expected) => {
  expect(said(suggest(it, migrated, alone(skus, bearers)))).toEqual(expected);
});

test('a normalised name shows both texts', () => {
  const [candidate] = suggest(pair({ title: 'Tea' }), true, alone([sku('A', { name: 'TEA' })]));
  expect(candidate?.why).toEqual([{ code: 'name_normalised', params: { theirs: 'Tea', ours: 'TEA' } }]);
});

const word = fc.constantFrom('A', 'B', 'C', 'a');
const maybe = fc.option(word, { nil: null });
const pairs = fc
  .record({
    itemNumber: maybe,
    merchantDefinedSkuId: maybe,
    title: word,
    variantId: word,
    single: fc.boolean(),
  })
  .map((change) => pair(change));
const rivals = fc.dictionary(
  word,
  fc.array(fc.record({ manageNumber: word, variantId: word }), { maxLength: 3 }),
);
const skus = fc.uniqueArray(
  fc.record({ skuCode: word, name: word, cartCode: maybe }).map(({ skuCode, ...rest }) => sku(skuCode, rest)),
  { selector: ({ skuCode }) => skuCode },
);

test('what is chosen is the only candidate, and no code that it goes by stands for anything else', () => {
  fc.assert(
    fc.property(pairs, skus, rivals, fc.boolean(), (it, own, bearers, migrated) => {
      const candidates = suggest(it, migrated, alone(own, bearers));
      const chosen = choose(candidates, 'likely');
      if (chosen === undefined) return;
      expect(candidates).toEqual([chosen]);
      expect(chosen.why.map(({ code }) => code)).toEqual(chosen.bases);
      expect(chosen.bases).not.toContain('name_normalised');
      const codes: (string | null)[] = migrated
        ? [it.merchantDefinedSkuId, ...(it.single ? [it.itemNumber] : [])]
        : [it.single ? it.itemNumber : it.variantId];
      const byCode = own.filter((one) =>
        codes.some((c) => c !== null && (one.skuCode === c || one.cartCode === c)),
      );
      expect(byCode.filter(({ skuCode }) => skuCode !== chosen.skuCode)).toEqual([]);
      if (chosen.confidence !== 'certain') return;
      const used = codes.filter(
        (c) => c !== null && byCode.some((one) => one.skuCode === c || one.cartCode === c),
      );
      expect(used).not.toEqual([]);
      for (const code of used) expect(bearers[code ?? ''] ?? []).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('a candidate that is only possible is never chosen', () => {
  fc.assert(
    fc.property(pairs, skus, rivals, (it, own, bearers) => {
      for (const least of ['certain', 'likely'] as const)
        expect(choose(suggest(it, true, alone(own, bearers)), least)?.confidence).not.toBe('possible');
      expect(['certain', undefined]).toContain(
        choose(suggest(it, true, alone(own, bearers)), 'certain')?.confidence,
      );
    }),
  );
});
