/** A field of Rakuten's order that differs between two readings; values are JSON text. */
export interface ChangedField {
  readonly fieldGroup: string;
  /** Such as `PackageModelList[10012].SenderModel.city`. */
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Lists of Rakuten's whose entries have an id; the others are told apart by their place. */
const ID_OF: Readonly<Record<string, string>> = {
  PackageModelList: 'basketId',
  ItemModelList: 'itemDetailId',
  SkuModelList: 'variantId',
};

/** Which fields matter to whoever packs and ships, by the group in which the ship gate compares them. */
const GROUP_OF: readonly (readonly [RegExp, string])[] = [
  [/^PackageModelList\[[^\]]*\]\.(SenderModel|DeliveryCvsModel)(\.|$)/, 'address'],
  [
    /^PackageModelList\[[^\]]*\]\.ItemModelList\[[^\]]*\]\.(itemName|manageNumber|units|selectedChoice|deleteItemFlag|SkuModelList)/,
    'lines',
  ],
  [/^PackageModelList\[[^\]]*\]\.packageDeleteFlag$/, 'lines'],
  [/^(DeliveryModel|deliveryDate$|shippingTerm$)/, 'delivery'],
  [/^PackageModelList\[[^\]]*\]\.(dropOffFlag|dropOffLocation)$/, 'delivery'],
  [/^(giftCheckFlag$|WrappingModel[12])/, 'wrapping'],
  [/^PackageModelList\[[^\]]*\]\.noshi$/, 'wrapping'],
  [/^remarks$/, 'remarks'],
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nameOf = (list: string, entry: unknown, index: number): string => {
  const id = isObject(entry) ? entry[ID_OF[list] ?? ''] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : String(index);
};

/** Every value below a path, by its path. `null` and absent are the same. */
const flatten = (value: unknown, path: string, key: string, into: Map<string, string>): void => {
  if (value === null || value === undefined) return;
  if (Array.isArray(value))
    for (const [index, entry] of value.entries())
      flatten(entry, `${path}[${nameOf(key, entry, index)}]`, key, into);
  else if (isObject(value))
    for (const [name, inner] of Object.entries(value))
      flatten(inner, path === '' ? name : `${path}.${name}`, name, into);
  else into.set(path, JSON.stringify(value));
};

const valuesOf = (order: unknown): Map<string, string> => {
  const values = new Map<string, string>();
  flatten(order, '', '', values);
  return values;
};

/**
 * What differs between two readings of an order in the fields that matter to whoever packs and ships, by path. Entries
 * of lists are told apart by Rakuten's ids, so that a removed line does not show as a change of all lines after it.
 */
export const changedFields = (before: unknown, after: unknown): ChangedField[] => {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((field) => {
    const group = GROUP_OF.find(([path]) => path.test(field))?.[1];
    return group === undefined || old.get(field) === now.get(field)
      ? []
      : [{ fieldGroup: group, field, before: old.get(field), after: now.get(field) }];
  });
};

/** Fields by group as a person reads them, without any value: `address (SenderModel.city)`. */
export const namesOf = (changes: readonly ChangedField[]): string =>
  [...new Set(changes.map(({ fieldGroup }) => fieldGroup))]
    .map((group) => {
      const fields = changes
        .filter(({ fieldGroup }) => fieldGroup === group)
        .map(({ field }) => field.replace(/^PackageModelList\[[^\]]*\]\./, ''));
      return `${group} (${[...new Set(fields)].join(', ')})`;
    })
    .join('; ');
