import { z } from 'zod';
import type { RmsIssue } from './errors';
import { issuesOf } from './parse';
import { bytesUpTo, textUpTo } from './request';
import { toWireDatetime } from './wire-time';

/** Most rows of one page of searchOrder (reference, order API §3.1). */
export const MAX_PAGE_SIZE = 1000;
/** Longest window of one search. */
export const MAX_WINDOW_MS = 63 * 86_400_000;
/** How far back a search reaches. */
export const MAX_REACH_MS = 730 * 86_400_000;

/** What searchOrder compares the window with (reference §3.1, dateType). */
const DATE_TYPE = {
  ordered: 1,
  confirmed: 2,
  fixed: 3,
  shipped: 4,
  shippingReported: 5,
  paymentFixed: 6,
} as const;

/** 通常購入, 定期購入, 頒布会, 予約商品. */
const ORDER_TYPE = { normal: 1, subscription: 4, buyingClub: 5, preOrder: 6 } as const;

/** What a keyword is looked for in, and how many characters it may have there. */
const KEYWORD = {
  itemName: { type: 1, characters: 1024 },
  itemNumber: { type: 2, characters: 127 },
  memo: { type: 3, characters: 1000 },
  ordererName: { type: 4, characters: 254 },
  ordererNameKana: { type: 5, characters: 254 },
  senderName: { type: 6, characters: 254 },
  variantId: { type: 7, characters: 40 },
  merchantDefinedSkuId: { type: 8, characters: 96 },
  skuInfo: { type: 9, characters: 400 },
} as const;

const MAIL_SEND_TYPE = { pc: 1, mobile: 2 } as const;
const PHONE_NUMBER_TYPE = { orderer: 1, sender: 2 } as const;
const PURCHASE_SITE = { pc: 1, mobile: 2, smartphone: 3, tablet: 4 } as const;

/** A search for order numbers: every filter that searchOrder still honours, under Rakuten's names. */
export interface OrderSearch {
  /** Statuses 100…900; all when absent. */
  readonly orderProgressList?: readonly number[];
  /** Sub-statuses of the shop; `none`: orders without one, which needs `orderProgressList`. */
  readonly subStatusIdList?: readonly number[] | 'none';
  readonly dateType: keyof typeof DATE_TYPE;
  /** Window of at most 63 days, within the past 730 days; cut to whole seconds. */
  readonly start: Date;
  readonly end: Date;
  readonly orderTypeList?: readonly (keyof typeof ORDER_TYPE)[];
  /** One code of the reference's §8. */
  readonly settlementMethod?: number;
  /** Name of a delivery method, 宅配便. */
  readonly deliveryName?: string;
  /** Only orders without a shipping date. */
  readonly shippingDateBlank?: boolean;
  /** Only orders without a tracking number. */
  readonly shippingNumberBlank?: boolean;
  readonly searchKeyword?: { readonly in: keyof typeof KEYWORD; readonly text: string };
  /** Where the buyer's mail is sent to. */
  readonly mailSendType?: keyof typeof MAIL_SEND_TYPE;
  /** Matched exactly. */
  readonly ordererMailAddress?: string;
  /** Digits, matched exactly. */
  readonly phoneNumber?: { readonly of: keyof typeof PHONE_NUMBER_TYPE; readonly digits: string };
  /** Number of a reservation, which ends in `-r`; matched exactly. */
  readonly reserveNumber?: string;
  readonly purchaseSiteType?: keyof typeof PURCHASE_SITE;
  /** あす楽 only. */
  readonly asuraku?: boolean;
  /** Only orders in which a coupon was used. */
  readonly couponUse?: boolean;
  /** Only orders with medicine. */
  readonly drug?: boolean;
  /** 注文当日出荷 only. */
  readonly oneDayOperation?: boolean;
  /** From 1. Rows after the 15,000th cannot be reached: take a smaller window. */
  readonly page: number;
  /** 1–1000. */
  readonly pageSize: number;
  /** By order datetime. */
  readonly sort: 'asc' | 'desc';
}

/** Payment methods that can be searched for (reference §8); points (8) are in getOrder only. */
const SETTLEMENT_METHODS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14, 16, 17, 21, 27];
const STATUSES: readonly number[] = [100, 200, 300, 400, 500, 600, 700, 800, 900];
/** Bytes that a list of sub-statuses may take. */
const SUB_STATUS_BYTES = 512;

const flag = z.boolean().optional();
const keysOf = (table: Readonly<Record<string, unknown>>) => z.enum(Object.keys(table));
const codeOf = (codes: readonly number[]) =>
  z.number().refine((code) => codes.includes(code), `expected one of ${codes.join(', ')}`);

const keyword = z
  .object({ in: keysOf(KEYWORD), text: bytesUpTo(4000) })
  .superRefine(({ in: place, text }, context) => {
    const row = Object.entries(KEYWORD).find(([name]) => name === place)?.[1];
    if (row && !textUpTo(row.characters).safeParse(text).success)
      context.addIssue({
        code: 'custom',
        path: ['text'],
        message: `expected at most ${row.characters} characters`,
      });
  });

const subStatuses = z
  .array(z.number().int().positive())
  .min(1)
  .refine((ids) => ids.join().length <= SUB_STATUS_BYTES, `expected at most ${SUB_STATUS_BYTES} bytes`);

/** The filters of a search and its window, without the window's limits. */
const filters = z.object({
  orderProgressList: z.array(codeOf(STATUSES)).min(1).optional(),
  subStatusIdList: z.union([subStatuses, z.literal('none')]).optional(),
  dateType: keysOf(DATE_TYPE),
  start: z.date(),
  end: z.date(),
  orderTypeList: z.array(keysOf(ORDER_TYPE)).min(1).optional(),
  settlementMethod: codeOf(SETTLEMENT_METHODS).optional(),
  deliveryName: bytesUpTo(192).optional(),
  shippingDateBlank: flag,
  shippingNumberBlank: flag,
  searchKeyword: keyword.optional(),
  mailSendType: keysOf(MAIL_SEND_TYPE).optional(),
  ordererMailAddress: bytesUpTo(256).optional(),
  phoneNumber: z
    .object({
      of: keysOf(PHONE_NUMBER_TYPE),
      digits: z.string().regex(/^\d{1,36}$/, 'expected 1 to 36 digits'),
    })
    .optional(),
  reserveNumber: z
    .string()
    .regex(/^\d{1,12}-\d{8}-\d{6,10}-r$/, 'expected a reserve number: <shop>-<yyyymmdd>-<digits>-r')
    .optional(),
  purchaseSiteType: keysOf(PURCHASE_SITE).optional(),
  asuraku: flag,
  couponUse: flag,
  drug: flag,
  oneDayOperation: flag,
});

type Filters = z.infer<typeof filters>;

const statusesNamed = ({ subStatusIdList, orderProgressList }: Filters): boolean =>
  subStatusIdList !== 'none' || orderProgressList !== undefined;
const forwards = ({ start, end }: Filters): boolean => start <= end;
const spans = (ms: number) => (search: Filters) => search.end.getTime() - search.start.getTime() <= ms;
const NEEDS_STATUSES = {
  path: ['orderProgressList'],
  error: 'is needed to find orders without a sub-status',
};
const ENDS_FIRST = { path: ['end'], error: 'expected an end that is not before the start' };

const orderSearch = filters
  .extend({
    page: z.number().int().min(1),
    pageSize: z.number().int().min(1).max(MAX_PAGE_SIZE),
    sort: z.enum(['asc', 'desc']),
  })
  .refine(statusesNamed, NEEDS_STATUSES)
  .refine(forwards, ENDS_FIRST)
  .refine(spans(MAX_WINDOW_MS), { path: ['end'], error: 'expected a window of at most 63 days' });

const orderQuery = filters
  .refine(statusesNamed, NEEDS_STATUSES)
  .refine(forwards, ENDS_FIRST)
  .refine(spans(MAX_REACH_MS), { path: ['end'], error: 'expected a span of at most 730 days' });

/** A search over all its pages, and over any span of up to 730 days. */
export type OrderQuery = Omit<OrderSearch, 'page' | 'pageSize' | 'sort'>;

const tooOld = (start: Date, now: Date): readonly RmsIssue[] =>
  now.getTime() - start.getTime() > MAX_REACH_MS
    ? [{ path: 'start', message: 'expected a start within the past 730 days' }]
    : [];

/** What of a search Rakuten would refuse; empty when it may be sent. `now` is what 730 days are counted back from. */
export function checkOrderSearch(search: OrderSearch, now: Date = new Date()): readonly RmsIssue[] {
  const issues = issuesOf(orderSearch, search);
  return issues.length > 0 ? issues : tooOld(search.start, now);
}

/** What of a query over a long span could not be searched; empty when it can be. */
export const checkOrderQuery = (query: OrderQuery): readonly RmsIssue[] => issuesOf(orderQuery, query);

const one = (on: boolean | undefined): 1 | undefined => (on ? 1 : undefined);

/** The body of searchOrder (reference §3.1). Fields that are undefined are not sent. */
export const wireSearch = (search: OrderSearch): Readonly<Record<string, unknown>> => ({
  orderProgressList: search.orderProgressList,
  subStatusIdList: search.subStatusIdList === 'none' ? [-1] : search.subStatusIdList,
  dateType: DATE_TYPE[search.dateType],
  startDatetime: toWireDatetime(search.start),
  endDatetime: toWireDatetime(search.end),
  orderTypeList: search.orderTypeList?.map((type) => ORDER_TYPE[type]),
  settlementMethod: search.settlementMethod,
  deliveryName: search.deliveryName,
  shippingDateBlankFlag: one(search.shippingDateBlank),
  shippingNumberBlankFlag: one(search.shippingNumberBlank),
  searchKeywordType: search.searchKeyword && KEYWORD[search.searchKeyword.in].type,
  searchKeyword: search.searchKeyword?.text,
  mailSendType: search.mailSendType && MAIL_SEND_TYPE[search.mailSendType],
  ordererMailAddress: search.ordererMailAddress,
  phoneNumberType: search.phoneNumber && PHONE_NUMBER_TYPE[search.phoneNumber.of],
  phoneNumber: search.phoneNumber?.digits,
  reserveNumber: search.reserveNumber,
  purchaseSiteType: search.purchaseSiteType && PURCHASE_SITE[search.purchaseSiteType],
  asurakuFlag: one(search.asuraku),
  couponUseFlag: one(search.couponUse),
  drugFlag: one(search.drug),
  oneDayOperationFlag: one(search.oneDayOperation),
  PaginationRequestModel: {
    requestRecordsAmount: search.pageSize,
    requestPage: search.page,
    SortModelList: [{ sortColumn: 1, sortDirection: search.sort === 'asc' ? 1 : 2 }],
  },
});
