/** Whether a scalar under an allowed key may be shown as it is. */
type Allowed = (value: string | number) => boolean;

/** Text is shown only in exactly the form that the field has: whatever else was put there stays hidden. */
const like =
  (pattern: RegExp): Allowed =>
  (value) =>
    typeof value === 'string' && pattern.test(value);

/** Numbers, also as short strings, as Rakuten takes them. */
const figure: Allowed = (value) => typeof value === 'number' || /^-?\d{1,6}$/.test(value);

const orderNumber = like(/^\d{1,8}-\d{8}-\d{1,12}$/);
const date = like(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:?\d{2})?)?$/);
/** `ORDER_EXT_API_GET_ORDER_ERROR_009`, `GE0014`, `ES04-01`; a key begins like one and is none. */
const code = like(/^(?!S[PL]\d)[A-Z][A-Z0-9_]{0,80}-?\d{2,4}$/);
/** Item and SKU numbers are free text of a shop: not what looks like a phone number, a postal code or a key. */
const skuNumber = like(/^(?!S[PL]\d|\+?81|0\d{8,10}$|(\d{2,5}-){1,2}\d{3,4}$)[A-Za-z0-9_-]{1,40}$/);

const each = (names: string, allowed: Allowed): Record<string, Allowed> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, allowed]),
  );

/** The scalars that are shown, by Rakuten's names (reference, order API §3–§6, item and inventory §3.1 and §4). */
const ALLOWED: ReadonlyMap<string, Allowed> = new Map(
  Object.entries({
    ...each('orderNumber orderNumberList', orderNumber),
    ...each('messageCode code errorCode', code),
    messageType: like(/^(INFO|WARNING|ERROR)$/),
    mode: like(/^(ABSOLUTE|RELATIVE)$/),
    requestId: like(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}_\d{14}$/),
    propertyPath: like(/^[a-z][A-Za-z]{0,30}(\[\d{1,4}\])?(\.[a-z][A-Za-z]{0,30}(\[\d{1,4}\])?){0,4}$/),
    ...each('manageNumber variantId', skuNumber),
    ...each(
      `startDatetime endDatetime orderDatetime shopOrderCfmDatetime orderFixDatetime shippingInstDatetime
       shippingCmplRptDatetime cancelDueDate deliveryDate shippingDate dueDate inputDueDate changeApplyDatetime
       changeFixDatetime changeCmplDatetime created updated expiryDate`,
      date,
    ),
    ...each(
      `version dateType orderProgress orderProgressList subStatusId subStatusIdList orderType orderTypeList
       settlementMethodCode requestRecordsAmount requestPage sortColumn sortDirection totalRecordsAmount totalPages
       basketId itemDetailId shippingDetailId dataNumber units inventoryType deliveryCompany
       defaultDeliveryCompanyCode shippingTerm dueDateType changeId changeType changeTypeDetail changeReason
       changeReasonDetail changeReasonDetailApply inventoryRestoreType quantity minQuantity maxQuantity
       normalDeliveryTimeId backOrderDeliveryTimeId shipFromIds offset hits limit numFound`,
      figure,
    ),
  }),
);

const allowedOf = (key: string): Allowed | undefined =>
  ALLOWED.get(key) ?? (key.endsWith('Flag') ? isFlag : undefined);

const isFlag: Allowed = (value) => typeof value === 'number' && Math.abs(value) < 10;

/** How much of a body is kept. */
interface Detail {
  readonly entries: number;
  /** Whether hidden scalars leave a mark of their type and length. */
  readonly marks: boolean;
}

/** Tried in turn until the result is small enough. */
const DETAILS: readonly Detail[] = [
  { entries: 5, marks: true },
  { entries: 5, marks: false },
  { entries: 1, marks: false },
];
const MAX_BYTES = 4096;
const MAX_DEPTH = 12;

/** Names of fields are words; in a map the keys are data. */
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9]{0,39}$/;

/** Type and length of a value, and nothing else of it. */
const markOf = (value: unknown): string => {
  if (typeof value === 'string') return `string(${value.length})`;
  if (typeof value === 'number') return `number(${String(value).length})`;
  if (Array.isArray(value)) return `list(${value.length})`;
  return value === null ? 'null' : typeof value;
};

const isShown = (value: unknown, allowed: Allowed | undefined): boolean =>
  allowed !== undefined &&
  (value === null || ((typeof value === 'string' || typeof value === 'number') && allowed(value)));

const listOf = (list: readonly unknown[], key: string, detail: Detail, depth: number): unknown[] => {
  const kept = list.slice(0, detail.entries).map((entry) => shown(entry, key, detail, depth));
  const rest = list.length - kept.length;
  const entries = kept.filter((entry) => entry !== undefined);
  return rest > 0 ? [...entries, `${rest} more`] : entries;
};

const objectOf = (object: object, detail: Detail, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(object).map(([key, value], index) => [
      FIELD_NAME.test(key) ? key : `(key ${index + 1})`,
      shown(value, key, detail, depth),
    ]),
  );

const shown = (value: unknown, key: string, detail: Detail, depth: number): unknown => {
  if (typeof value === 'object' && value !== null && depth < MAX_DEPTH)
    return Array.isArray(value) ? listOf(value, key, detail, depth + 1) : objectOf(value, detail, depth + 1);
  if (isShown(value, allowedOf(key))) return value;
  return detail.marks ? markOf(value) : undefined;
};

/**
 * A body of a request or an answer as it may be written down: order numbers, statuses, codes, ids, dates, quantities,
 * flags and paging stay as they are, everything else is a mark of its type and length (`string(12)`). Message texts
 * are hidden too, since Rakuten's quote what was sent. Lists are cut to five entries with a count of the rest, and
 * what would still exceed 4 KB as JSON is told in less detail. `null` for no body.
 */
export const redact = (body: unknown): unknown => {
  if (body === undefined || body === null) return null;
  for (const detail of DETAILS) {
    const result = shown(body, '', detail, 0) ?? markOf(body);
    if (Buffer.byteLength(JSON.stringify(result)) < MAX_BYTES) return result;
  }
  return markOf(body);
};
