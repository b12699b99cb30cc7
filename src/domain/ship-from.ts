/** Where a parcel may be told to be sent from (発送元), the strongest first. */
const SOURCES = ['rule', 'order', 'shop'] as const;
export type ShipFromSource = (typeof SOURCES)[number];

/** The ship-from record that each of them names; null: it names none. */
export type ShipFromCandidates = Readonly<Record<ShipFromSource, string | null>>;

/** The ship-from that counts, and who named it: a rule before the order before its shop. Both null where nobody did. */
export const chosenShipFrom = (
  candidates: ShipFromCandidates,
): { readonly shipFromId: string | null; readonly source: ShipFromSource | null } => {
  const source = SOURCES.find((candidate) => candidates[candidate] !== null) ?? null;
  return { shipFromId: source === null ? null : candidates[source], source };
};
