/** Kinds of stock movement. `quantity` is positive for all but `adjust`, which corrects in either direction. */
export const MOVEMENT_KINDS = ['receive', 'reserve', 'release', 'consume', 'adjust', 'return'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** What a movement does to the balance of its SKU, per unit. */
export const MOVEMENT_EFFECT: Readonly<Record<MovementKind, { onHand: number; reserved: number }>> = {
  receive: { onHand: 1, reserved: 0 },
  reserve: { onHand: 0, reserved: 1 },
  release: { onHand: 0, reserved: -1 },
  consume: { onHand: -1, reserved: -1 },
  adjust: { onHand: 1, reserved: 0 },
  return: { onHand: 1, reserved: 0 },
};

/** Kinds that a person or a warehouse may enter; the others are made by orders. They give the SKU its opening balance. */
export const MANUAL_KINDS = ['receive', 'adjust', 'return'] as const satisfies readonly MovementKind[];

/** The stock of one SKU at one location. Before it is `opened` the SKU has no say: neither published nor short. */
export interface Balance {
  readonly onHand: number;
  readonly reserved: number;
  readonly safety: number;
  readonly opened: boolean;
}

/** What can still be offered for sale: on hand less reserved less safety stock. Negative means oversold. */
export const available = ({ onHand, reserved, safety }: Balance): number => onHand - reserved - safety;

/** What can be reserved for an order that was sold: safety stock too, which is kept back from sale for just that. */
export const reservable = ({ onHand, reserved }: Balance): number => onHand - reserved;

/** The part of a line that one SKU stands for: a set product stands for several. */
export interface SkuDemand {
  readonly skuCode: string;
  readonly units: number;
}

/** A component of a set product (セット商品). */
export interface Component {
  readonly skuCode: string;
  readonly quantity: number;
}

/**
 * What a quantity of a SKU is made of: itself, or for a set its components, down to plain SKUs.
 * @throws RangeError when sets contain each other
 */
export const explode = (
  skuCode: string,
  units: number,
  componentsOf: (skuCode: string) => readonly Component[],
  path: readonly string[] = [],
): SkuDemand[] => {
  if (path.includes(skuCode)) throw new RangeError(`Set ${[...path, skuCode].join(' > ')} contains itself`);
  const components = componentsOf(skuCode);
  if (components.length === 0) return [{ skuCode, units }];
  const parts = components.flatMap((part) =>
    explode(part.skuCode, units * part.quantity, componentsOf, [...path, skuCode]),
  );
  const sums = new Map<string, number>();
  for (const part of parts) sums.set(part.skuCode, (sums.get(part.skuCode) ?? 0) + part.units);
  return [...sums].map(([code, sum]) => ({ skuCode: code, units: sum }));
};

/** What one line of an order has done to the ledger so far, per SKU. */
export interface LineLedger {
  readonly reserved: number;
  readonly released: number;
  readonly consumed: number;
}

/** A movement that brings the ledger of a line to where it should be. */
export interface DueMovement {
  readonly kind: 'reserve' | 'release' | 'consume';
  readonly quantity: number;
}

/**
 * The movements that are missing for a line: it should have `consumed` units gone and `held` more units reserved.
 * Asking again after they are booked gives none: what was done is read from the ledger, never assumed.
 * What is gone stays gone; a return is a movement of its own.
 */
export const dueMovements = (
  ledger: LineLedger,
  target: { readonly held: number; readonly consumed: number },
): DueMovement[] => {
  const consume = Math.max(0, target.consumed - ledger.consumed);
  const open = ledger.reserved - ledger.released - ledger.consumed;
  const missing = target.held + consume - open;
  const due: DueMovement[] = [
    { kind: 'reserve', quantity: Math.max(0, missing) },
    { kind: 'release', quantity: Math.max(0, -missing) },
    { kind: 'consume', quantity: consume },
  ];
  return due.filter(({ quantity }) => quantity > 0);
};

/**
 * What can be offered for sale beside what open orders need and could not reserve, which was sold already.
 * Negative means oversold.
 */
export const sellable = (balance: Balance, backordered: number): number => available(balance) - backordered;

/** Most pieces that Rakuten holds of a SKU (inventory reference §3.1). */
const MOST_PIECES = 99_999;

/** How many of a set can be sold by its components' stock, within what Rakuten holds; a plain SKU is a set of one of itself. */
export const promisable = (parts: readonly { sellable: number; quantity: number }[]): number =>
  Math.min(
    MOST_PIECES,
    Math.max(0, Math.min(...parts.map((part) => Math.floor(part.sellable / part.quantity)))),
  );
