/** Who receives a parcel. Personal data: it goes to the warehouse and nowhere else. */
export interface ShipTo {
  readonly name: string;
  readonly zipCode: string;
  readonly prefecture: string;
  readonly city: string;
  readonly subAddress: string;
  readonly phone: string;
}

/** One line to ship: `units` counts what the buyer ordered; a set product also says what it is made of. */
export interface FulfilmentLine {
  readonly itemDetailId: string;
  readonly skuCode: string;
  readonly units: number;
  readonly components?: readonly { readonly skuCode: string; readonly units: number }[];
}

/** What the buyer wants of the whole order beside its goods; what nobody asked for is absent. */
export interface Wishes {
  /** A gift (ギフト). */
  readonly gift?: true;
  /** Wrapping paper and ribbon by name (ラッピング). */
  readonly wrapping?: readonly string[];
  /** `YYYY-MM-DD` (お届け日指定). */
  readonly deliveryDate?: string;
  /** Rakuten's shippingTerm: 1 in the morning, 2 in the afternoon, or from and to as in `1416` (order reference §4.2). */
  readonly deliveryTerm?: number;
  /** 顧客・配送対応注意表示: Rakuten's cautionDisplayType and its detail (order reference §4.2). */
  readonly caution?: { readonly type: number; readonly detail?: number };
}

/** One destination to ship to, with own SKUs beside Rakuten's line ids. */
interface FulfilmentBasket {
  readonly basketId: string;
  /** Rakuten's code of the carrier that the shop set for this destination. */
  readonly carrier?: string;
  readonly shipTo?: ShipTo;
  /** Paper with the occasion and the giver's name (のし). */
  readonly noshi?: string;
  /** Where it may be left (置き配). */
  readonly dropOff?: string;
  readonly lines: readonly {
    readonly itemDetailId: string;
    readonly skuCode: string;
    readonly units: number;
  }[];
}

/** Where the parcels are sent from, for their labels (発送元). */
export interface ShipFrom {
  readonly shipFromId: string;
  readonly name: string;
  readonly zipCode: string;
  readonly prefecture: string;
  readonly city: string;
  readonly subAddress: string;
  readonly phone: string;
}

/** Whose order it is: the shop's default customer with its code, else the buyer. Who receives it stands in `shipTo`. */
export interface Customer {
  readonly code?: string;
  readonly name: string;
}

/** A shipping instruction (出荷指示). The id is the same however often it is sent. */
export interface FulfilmentRequest {
  readonly fulfilmentOrderId: string;
  readonly shopId: string;
  readonly orderNumber: string;
  /** Absent where neither the order nor its shop says it. */
  readonly shipFrom?: ShipFrom;
  /** Absent where the buyer has no name. */
  readonly customer?: Customer;
  readonly wishes: Wishes;
  readonly baskets: readonly FulfilmentBasket[];
}

/** Whoever ships. Both calls may be repeated with the same id and have one effect. */
export interface FulfilmentProvider {
  /** Hands over an instruction. @throws FulfilmentError */
  send(request: FulfilmentRequest): Promise<void>;
  /** Takes an instruction back, or says that the parcel has left. @throws FulfilmentError */
  recall(fulfilmentOrderId: string): Promise<'recalled' | 'too_late'>;
}

/** The warehouse did not take the instruction, or cannot be reached. `retry` tells whether a repeat can help. */
export class FulfilmentError extends Error {
  override readonly name = 'FulfilmentError';
  constructor(
    message: string,
    readonly retry: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
