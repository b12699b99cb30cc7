/**
 * Which own SKU a pair of Rakuten's may stand for, and how sure that is. Codes count with case and width; every basis
 * may repeat or be missing (inventory reference §5), so nothing is certain that names more than one thing.
 */

/** How sure a suggestion is, the surest first. */
export const CONFIDENCES = ['certain', 'likely', 'possible'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** By what a pair and a SKU were found to belong together. */
type Basis = 'system_code' | 'item_number' | 'manage_number' | 'cart_code' | 'name_exact' | 'name_normalised';

/** A pair without a link: of a listing, or of an open order whose listing was not read. */
export interface UnlinkedPair {
  readonly manageNumber: string;
  readonly variantId: string;
  /** 商品番号 */
  readonly itemNumber: string | null;
  /** システム連携用SKU番号 */
  readonly merchantDefinedSkuId: string | null;
  readonly title: string;
  readonly optionText: string;
  /** Title and option folded: without width, case and blanks. */
  readonly nameKey: string;
  readonly single: boolean;
  readonly listed: boolean;
}

/** An own SKU that may fit. */
export interface OwnSku {
  readonly skuCode: string;
  readonly name: string;
  readonly cartCode: string | null;
  readonly nameKey: string;
}

/** Another pair that bears the same code or name. */
export interface Rival {
  readonly manageNumber: string;
  readonly variantId: string;
  /** The code is only the 商品番号 of an item that has several SKUs: it names none of them, but no other item either. */
  readonly wholeItem?: boolean;
}

/** What is known around a pair: the SKUs that may fit, and who else bears a code or a full name. */
export interface Surroundings {
  readonly skus: readonly OwnSku[];
  readonly bearersOfCode: (code: string) => readonly Rival[];
  readonly bearersOfName: (name: string) => readonly Rival[];
}

/** Why a candidate is offered or doubted; a code with its parameters, worded in the catalogue as `link.<code>`. */
export interface Reason {
  readonly code: Basis | 'several_listings' | 'several_skus' | 'bases_disagree';
  readonly params: Readonly<Record<string, string | number>>;
}

/** A SKU that a pair may stand for. */
export interface Candidate {
  readonly skuCode: string;
  readonly name: string;
  readonly bases: readonly Basis[];
  readonly confidence: Confidence;
  readonly why: readonly Reason[];
}

interface CodeRule {
  readonly basis: Basis;
  /** Whether it is about shops that take part in the SKU project. */
  readonly migrated: boolean;
  readonly codeOf: (pair: UnlinkedPair) => string | null;
  /** Whether the code may also be a SKU's cart code. */
  readonly cart: boolean;
  readonly confidence: Confidence;
  /** Who else must not bear the code. */
  readonly bearers: 'all' | 'skus' | 'none';
}

/** 商品番号 with what the option adds: the variantId of orders from before the SKU project; of plain items 商品番号 alone. */
const cartCodeOf = ({ variantId, single, itemNumber }: UnlinkedPair): string | null =>
  single || variantId === '' ? itemNumber : variantId;
const ofSingle = (pair: UnlinkedPair, code: string | null): string | null => (pair.single ? code : null);

/** Codes of a pair that can name a SKU. */
const CODE_RULES: readonly CodeRule[] = [
  {
    basis: 'system_code',
    migrated: true,
    codeOf: (pair) => pair.merchantDefinedSkuId,
    cart: true,
    confidence: 'certain',
    bearers: 'skus',
  },
  {
    basis: 'item_number',
    migrated: true,
    codeOf: (pair) => ofSingle(pair, pair.itemNumber),
    cart: true,
    confidence: 'certain',
    bearers: 'all',
  },
  {
    basis: 'manage_number',
    migrated: true,
    codeOf: (pair) => ofSingle(pair, pair.manageNumber),
    cart: false,
    confidence: 'likely',
    bearers: 'none',
  },
  {
    basis: 'cart_code',
    migrated: false,
    codeOf: cartCodeOf,
    cart: true,
    confidence: 'certain',
    bearers: 'all',
  },
];

/** The codes by which SKUs are to be looked up for a pair. */
export const codesOf = (pair: UnlinkedPair, migrated: boolean): string[] =>
  CODE_RULES.filter((rule) => rule.migrated === migrated).flatMap((rule) => rule.codeOf(pair) ?? []);

/** What a pair is called as a whole: its title and, after a blank, its option. */
export const fullName = ({ title, optionText }: Pick<UnlinkedPair, 'title' | 'optionText'>): string =>
  optionText === '' ? title : `${title} ${optionText}`;

/** SKUs that one basis names, and what makes it doubtful. */
interface Finding {
  readonly basis: Basis;
  readonly skus: readonly OwnSku[];
  readonly confidence: Confidence;
  readonly reason: Reason;
  readonly doubts: readonly Reason[];
}

/** Rivals and SKUs are named in a reason up to so many. */
const NAMED = 10;
const listOf = (names: readonly string[]): string =>
  [...names.slice(0, NAMED), ...(names.length > NAMED ? ['…'] : [])].join(', ');

/** Before the SKU project a plain item is `normal-inventory` where it is listed and has no variantId in orders. */
const isSame = (a: Rival, b: Rival): boolean =>
  a.manageNumber === b.manageNumber && plain(a.variantId) === plain(b.variantId);
const plain = (variantId: string): string => (variantId === 'normal-inventory' ? '' : variantId);

const doubtsOf = (
  pair: UnlinkedPair,
  what: string,
  skus: readonly OwnSku[],
  bearers: readonly Rival[],
): Reason[] => {
  const rivals = bearers.filter((bearer) => !isSame(bearer, pair));
  return [
    ...(rivals.length === 0
      ? []
      : [
          {
            code: 'several_listings' as const,
            params: {
              what,
              pairs: listOf([
                ...new Set(rivals.map(({ manageNumber, variantId }) => `${manageNumber}/${variantId}`)),
              ]),
            },
          },
        ]),
    ...(skus.length < 2
      ? []
      : [{ code: 'several_skus' as const, params: { what, skuCodes: listOf(skus.map((s) => s.skuCode)) } }]),
  ];
};

const byCode = (pair: UnlinkedPair, around: Surroundings, rule: CodeRule): Finding[] => {
  const code = rule.codeOf(pair);
  if (code === null) return [];
  const skus = around.skus.filter((sku) => sku.skuCode === code || (rule.cart && sku.cartCode === code));
  if (skus.length === 0) return [];
  const bearers = around
    .bearersOfCode(code)
    .filter(({ wholeItem = false }) => rule.bearers === 'all' || (rule.bearers === 'skus' && !wholeItem));
  const doubts = doubtsOf(pair, code, skus, bearers);
  return [
    {
      basis: rule.basis,
      skus,
      doubts,
      confidence: doubts.length > 0 ? 'possible' : rule.confidence,
      reason: { code: rule.basis, params: { code } },
    },
  ];
};

const byName = (pair: UnlinkedPair, around: Surroundings): Finding[] => {
  const name = fullName(pair);
  const skus = around.skus.filter((sku) => sku.name === name);
  if (name === '' || skus.length === 0) return [];
  const doubts = doubtsOf(pair, name, skus, around.bearersOfName(name));
  const confidence = doubts.length > 0 ? 'possible' : 'likely';
  return [
    { basis: 'name_exact', skus, doubts, confidence, reason: { code: 'name_exact', params: { name } } },
  ];
};

const byFoldedName = (pair: UnlinkedPair, around: Surroundings): Finding[] =>
  around.skus
    .filter((sku) => pair.nameKey !== '' && sku.nameKey === pair.nameKey)
    .map((sku) => ({
      basis: 'name_normalised' as const,
      skus: [sku],
      doubts: [],
      confidence: 'possible' as const,
      reason: { code: 'name_normalised' as const, params: { theirs: fullName(pair), ours: sku.name } },
    }));

const saysOf = ({ basis, skus }: Finding): string =>
  `${basis}: ${listOf(skus.map(({ skuCode }) => skuCode))}`;

/** Findings that have no SKU in common, each with what it says. */
const disagreement = (findings: readonly Finding[]): Reason[] => {
  const common = findings[0]?.skus.filter((sku) =>
    findings.every(({ skus }) => skus.some(({ skuCode }) => skuCode === sku.skuCode)),
  );
  if (common === undefined || common.length > 0) return [];
  return [{ code: 'bases_disagree', params: { says: findings.map(saysOf).join('; ') } }];
};

/**
 * The SKUs that a pair may stand for, the surest first. Codes speak before names: a name adds to what a code says, or
 * disagrees with it, and speaks alone where no code names a SKU; a folded name is looked at only when nothing else
 * names one. Whatever is doubtful in one of its bases makes a candidate `possible`.
 */
export const suggest = (pair: UnlinkedPair, migrated: boolean, around: Surroundings): Candidate[] => {
  const codes = CODE_RULES.filter((rule) => rule.migrated === migrated).flatMap((rule) =>
    byCode(pair, around, rule),
  );
  const named = byName(pair, around);
  const exact = [...codes, ...named];
  if (exact.length === 0) return candidatesOf(byFoldedName(pair, around), []);
  const disagrees = disagreement(exact);
  // Of several SKUs of one name a code says which is meant.
  const offered =
    codes.length > 0 && disagrees.length === 0 ? named.map((finding) => within(finding, codes)) : named;
  return candidatesOf([...codes, ...offered], disagrees);
};

const within = (finding: Finding, codes: readonly Finding[]): Finding => ({
  ...finding,
  skus: finding.skus.filter((sku) =>
    codes.some(({ skus }) => skus.some(({ skuCode }) => skuCode === sku.skuCode)),
  ),
  doubts: [],
  confidence: 'likely',
});

const candidatesOf = (findings: readonly Finding[], against: readonly Reason[]): Candidate[] => {
  const skus = new Map(findings.flatMap((finding) => finding.skus.map((sku) => [sku.skuCode, sku])));
  return [...skus.values()]
    .map(({ skuCode, name }) => {
      const own = findings.filter((finding) => finding.skus.some((sku) => sku.skuCode === skuCode));
      const doubts = [...own.flatMap((finding) => finding.doubts), ...against];
      const doubtful = doubts.length > 0 || skus.size > 1;
      return {
        skuCode,
        name,
        bases: own.map(({ basis }) => basis),
        confidence: doubtful ? ('possible' as const) : surest(own.map(({ confidence }) => confidence)),
        why: [...own.map(({ reason }) => reason), ...doubts],
      };
    })
    .sort((a, b) => rank(a.confidence) - rank(b.confidence) || (a.skuCode < b.skuCode ? -1 : 1));
};

const rank = (confidence: Confidence): number => CONFIDENCES.indexOf(confidence);

const surest = (confidences: readonly Confidence[]): Confidence =>
  CONFIDENCES.find((one) => confidences.includes(one)) ?? 'possible';

/** The SKU to link a pair to when that sure is sure enough: the only candidate, never one that is only possible. */
export const choose = (
  candidates: readonly Candidate[],
  atLeast: 'certain' | 'likely',
): Candidate | undefined => {
  const [only, ...others] = candidates;
  return only !== undefined && others.length === 0 && rank(only.confidence) <= rank(atLeast)
    ? only
    : undefined;
};
