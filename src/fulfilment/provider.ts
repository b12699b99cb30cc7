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

/** One destination to ship to, with own SKUs beside Rakuten's line ids. */
export interface FulfilmentBasket {
  readonly basketId: string;
  /** Rakuten's code of the carrier that the shop set for this destination. */
  readonly carrier?: string;
  readonly shipTo?: ShipTo;
  readonly lines: readonly {
    readonly itemDetailId: string;
    readonly skuCode: string;
    readonly units: number;
  }[];
}

/** A shipping instruction (出荷指示). The id is the same however often it is sent. */
interface FulfilmentRequest {
  readonly fulfilmentOrderId: string;
  readonly shopId: string;
  readonly orderNumber: string;
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
