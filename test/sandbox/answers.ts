/**
 * What tests look into in the sandbox's answers. Every answer has only some of these; one that lacks what a test
 * expects of it fails that test.
 */
export interface AnswerBody {
  readonly version?: number;
  readonly MessageModelList: readonly MessageView[];
  readonly OrderModelList: readonly OrderView[];
  readonly ResultShippingModelList: readonly {
    readonly orderNumber?: string;
    readonly MessageModelList: readonly MessageView[];
  }[];
  readonly orderNumberList: readonly string[] | null;
  readonly PaginationResponseModel: object | null;
  readonly errors: readonly {
    readonly code: string;
    readonly message: string;
    readonly metadata?: { readonly propertyPath: string };
  }[];
  readonly inventories: readonly StockView[];
  readonly variantList: readonly string[];
  readonly StatusModelList: readonly object[] | null;
  readonly numFound: number;
  readonly offset: number;
  readonly nextCursorMark?: string;
  readonly results: readonly { readonly item: ItemView; readonly inventory?: object }[];
  readonly variants: ItemView['variants'];
  readonly keys: readonly { readonly endsWith: string; readonly state: string }[];
  readonly expiryDate: string;
  readonly orderNumbers: readonly string[];
  readonly shopCode: string;
  readonly order: OrderView;
  readonly books: Readonly<Record<string, unknown>>;
  readonly calls: readonly {
    readonly operation: string;
    readonly httpStatus: number;
    readonly orderNumbers: readonly string[];
    readonly changes: readonly object[];
  }[];
  readonly closed: readonly string[];
  readonly state: unknown;
  readonly autoTick: boolean;
  readonly faults: readonly object[];
  readonly undelivered: readonly object[];
  readonly routes: object;
  readonly error: string;
  readonly issues: readonly object[];
}

/** An item of the item API. */
interface ItemView {
  readonly manageNumber: string;
  readonly title: string;
  readonly variants?: Readonly<Record<string, { readonly standardPrice: unknown }>>;
}

/** A message of the order API. */
interface MessageView {
  readonly messageType: string;
  readonly messageCode: string;
  readonly message: string;
  readonly orderNumber?: string;
  readonly dataNumber?: number;
  readonly shippingDetailId?: number;
  readonly requestId?: string;
}

/** A stock record, as Rakuten and as the control page show it. */
interface StockView {
  readonly manageNumber: string;
  readonly variantId: string;
  readonly quantity: number;
  readonly updated: string;
}

/** A destination of an order. */
export interface ParcelView {
  readonly basketId: number;
  readonly postagePrice: number;
  readonly SenderModel: Readonly<Record<string, string>>;
  readonly ItemModelList: readonly {
    readonly itemDetailId: number;
    readonly price: number;
    readonly priceTaxIncl: number;
    readonly taxRate: number;
    readonly units: number;
    readonly SkuModelList: readonly { readonly variantId: string; readonly skuInfo: string | null }[];
  }[];
  readonly ShippingModelList: readonly {
    readonly shippingDetailId: number;
    readonly shippingNumber: string | null;
  }[];
}

/** An order as getOrder shows it. */
export interface OrderView {
  readonly orderNumber: string;
  readonly orderProgress: number;
  readonly orderDatetime: string;
  readonly shopOrderCfmDatetime: string | null;
  readonly orderFixDatetime: string | null;
  readonly shippingInstDatetime: string | null;
  readonly shippingCmplRptDatetime: string | null;
  readonly cancelDueDate: string;
  readonly remarks: string;
  readonly memo: string | null;
  readonly deliveryDate: string | null;
  readonly giftCheckFlag: number;
  readonly subStatusId: number | null;
  readonly subStatusName: string | null;
  readonly goodsPrice: number;
  readonly CouponModelList: readonly { readonly couponCode: string; readonly couponUnit: number }[] | null;
  readonly modifyFlag: number;
  readonly postagePrice: number;
  readonly deliveryPrice: number;
  readonly totalPrice: number;
  readonly requestPrice: number;
  readonly couponAllTotalPrice: number;
  readonly OrdererModel: Readonly<Record<string, string>>;
  readonly SettlementModel: { readonly settlementMethodCode: number };
  readonly PointModel: { readonly usedPoint: number };
  readonly WrappingModel1: { readonly price: number; readonly title: number } | null;
  readonly PackageModelList: readonly ParcelView[];
  readonly ChangeReasonModelList: readonly object[];
  readonly DueDateModelList: readonly { readonly dueDateType: number }[];
  readonly TaxSummaryModelList: readonly {
    readonly taxRate: number;
    readonly reqPrice: number;
    readonly reqPriceTax: number;
    readonly couponPrice: number;
  }[];
}

/** The only, or first, destination of an order. */
export const firstParcel = (order: OrderView): ParcelView => first(order.PackageModelList);

/** The first of a list that must not be empty. */
export const first = <T>(list: readonly T[]): T => {
  const [head] = list;
  if (head === undefined) throw new Error('The list is empty.');
  return head;
};
