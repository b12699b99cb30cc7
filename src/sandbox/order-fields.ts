import { isDate } from './japan-time';
import { type Fields, isObject } from './json';
import type { Answer } from './rms-call';

/** A message of the order API (order reference §10). */
export interface Message {
  readonly messageType: 'INFO' | 'WARNING' | 'ERROR';
  readonly messageCode: string;
  readonly message: string;
  readonly orderNumber?: string;
  readonly dataNumber?: number | null;
  readonly shippingDetailId?: number | null;
  readonly requestId?: string;
}

const isBlank = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Reads a number that may come as a string: the official samples send both (§1). Undefined when it is neither. */
const toNumber = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
};

/** Collects the field errors of one request, so that all of them are answered at once with HTTP 400 (§13.1). */
export class FieldCheck {
  readonly messages: Message[] = [];

  /** @param operation the token of the message codes, such as `SEARCH_ORDER`. */
  constructor(private readonly operation: string) {}

  get failed(): boolean {
    return this.messages.length > 0;
  }

  /** 009: the key is missing. */
  missing(field: string, detail: Partial<Message> = {}): void {
    this.add('009', `${field}の項目を指定して下さい。`, detail);
  }

  /** 010: the key is there, its value is blank. */
  blank(field: string, detail: Partial<Message> = {}): void {
    this.add('010', `${field}の値を指定して下さい。`, detail);
  }

  /** 011: the value has a wrong form. Also stands for limits (lists, windows) whose own codes are not public (§14). */
  malformed(field: string, detail: Partial<Message> = {}): void {
    this.add('011', `${field}の書式が不正です。`, detail);
  }

  /**
   * Reads one field by a function that gives undefined for a wrong form, and files 009, 010 or 011.
   * Optional fields may be absent or blank.
   */
  read<T>(
    from: Fields,
    field: string,
    need: 'required' | 'optional',
    parse: (value: unknown) => T | undefined,
    detail: Partial<Message> = {},
  ): T | undefined {
    const value = from[field];
    if (value === undefined || isBlank(value)) {
      if (need === 'optional') return undefined;
      if (value === undefined) this.missing(field, detail);
      else this.blank(field, detail);
      return undefined;
    }
    const parsed = parse(value);
    if (parsed === undefined) this.malformed(field, detail);
    return parsed;
  }

  private add(code: string, message: string, detail: Partial<Message>): void {
    this.messages.push({
      messageType: 'ERROR',
      messageCode: `ORDER_EXT_API_${this.operation}_ERROR_${code}`,
      message,
      ...detail,
    });
  }
}

/** Parsers for {@link FieldCheck.read}: the value, or undefined when its form is wrong. */
export const parse = {
  text: (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined),
  textUpTo:
    (characters: number) =>
    (value: unknown): string | undefined =>
      typeof value === 'string' && value.length <= characters ? value : undefined,
  date: (value: unknown): string | undefined =>
    typeof value === 'string' && isDate(value) ? value : undefined,
  object: (value: unknown): Fields | undefined => (isObject(value) ? value : undefined),
  objects: (value: unknown): Fields[] | undefined =>
    Array.isArray(value) && value.every(isObject) ? value : undefined,
  number: toNumber,
  oneOf:
    <N extends number>(...allowed: readonly N[]) =>
    (value: unknown): N | undefined => {
      const number = toNumber(value);
      return allowed.find((one) => one === number);
    },
  numbers:
    (allowed: (value: number) => boolean) =>
    (value: unknown): number[] | undefined => {
      if (!Array.isArray(value)) return undefined;
      const numbers = value.map(toNumber);
      return numbers.every((n) => n !== undefined && allowed(n)) ? numbers.map(Number) : undefined;
    },
  orderNumbers: (value: unknown): string[] | undefined =>
    Array.isArray(value) &&
    value.length <= MAX_ORDER_NUMBERS &&
    value.every((n) => typeof n === 'string' && n !== '')
      ? value.map(String)
      : undefined,
};

/** How many order numbers a list call takes (§2). */
const MAX_ORDER_NUMBERS = 100;

/** An INFO message of an operation. */
export const info = (
  operation: string,
  code: string,
  message: string,
  detail: Partial<Message> = {},
): Message => ({
  messageType: 'INFO',
  messageCode: `ORDER_EXT_API_${operation}_INFO_${code}`,
  message,
  ...detail,
});

/** An ERROR message of an operation, for business refusals. */
export const refusal = (
  operation: string,
  code: string,
  message: string,
  detail: Partial<Message> = {},
): Message => ({
  messageType: 'ERROR',
  messageCode: `ORDER_EXT_API_${operation}_ERROR_${code}`,
  message,
  ...detail,
});

/** An answer that holds messages only. */
export const messageAnswer = (status: number, messages: readonly Message[]): Answer => ({
  status,
  body: { MessageModelList: messages },
});
