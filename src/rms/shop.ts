import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';
import { RmsError, type RmsIssue } from './errors';
import { asOutcome } from './expected-code';
import { issuesOf, parseAnswer } from './parse';
import { requestDate, requireValid } from './request';
import {
  type DeliverySet,
  type Delvdate,
  deliverySets,
  delvdates,
  type OperationLeadTime,
  operationLeadTimes,
  type ShipFrom,
  type ShopCalendar,
  type ShopMaster,
  type ShopStatus,
  shipFroms,
  shopCalendar,
  shopMaster,
  shopStatus,
} from './schemas/shop';
import { type RmsConnection, type RmsRequest, send } from './transport';

/** The shop has nothing registered of what was asked for (reference §6); with HTTP 404. */
const NO_DATA = 'C008';

const PARSER = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  removeNSPrefix: true,
  parseTagValue: false,
  // Characters by their number are XML's own, but the library counts them among HTML's.
  htmlEntities: true,
});

const envelope = z.looseObject({ shopBizApiResponse: z.looseObject({ result: z.unknown() }) });

/** The `result` of an answer. @throws RmsError `malformed` */
function resultOf(operation: string, xml: unknown): unknown {
  const text = parseAnswer(z.string(), xml, { operation, effect: 'read' });
  const sound = XMLValidator.validate(text);
  if (sound !== true) {
    const issues = [{ path: `line ${sound.err.line}`, message: `is not XML (${sound.err.code})` }];
    throw new RmsError({ kind: 'malformed', operation, issues });
  }
  const parsed: unknown = PARSER.parse(text);
  return parseAnswer(envelope, parsed, { operation, effect: 'read' }).shopBizApiResponse.result;
}

/** Reads one resource of the shop, or gives `none` when the shop has no such data. @throws RmsError */
function read<Schema extends z.ZodType, None>(
  connection: RmsConnection,
  resource: string,
  schema: Schema,
  none: None,
  rest: Pick<RmsRequest, 'query'> & { readonly under?: string } = {},
): Promise<z.output<Schema> | None> {
  const operation = `shop.${resource}.get`;
  const path = `/es/1.0/shop/${[resource, rest.under].filter(Boolean).join('/')}`;
  const { query } = rest;
  return send(connection, { operation, effect: 'read', method: 'GET', path, query, accept: 'xml' })
    .then((xml) => parseAnswer(schema, resultOf(operation, xml), { operation, effect: 'read' }))
    .catch(asOutcome(NO_DATA, none));
}

/**
 * shop.shopMaster.get (reference, item/inventory §6); `undefined` when there is no data.
 * @throws RmsError
 */
export const getShopMaster = (connection: RmsConnection): Promise<ShopMaster | undefined> =>
  read(connection, 'shopMaster', shopMaster, undefined);

/** The days of a calendar that are asked for. */
export interface CalendarPeriod {
  /** `YYYY-MM-DD` in JST; today when absent. */
  readonly fromDate?: string;
  /** Days from there, 1–180; 90 when absent. */
  readonly period?: number;
}

const calendarPeriod = z.strictObject({
  fromDate: requestDate.optional(),
  period: z.number().int().min(1).max(180).optional(),
});

/** What of a period Rakuten would refuse; empty when it may be sent (reference §6). */
export const checkCalendarPeriod = (period: CalendarPeriod): readonly RmsIssue[] =>
  issuesOf(calendarPeriod, period);

/**
 * shop.shopCalendar.get (reference §6): the days on which the shop does not work or ship; `undefined` when there is no
 * data.
 * @throws RmsError
 */
export async function getShopCalendar(
  connection: RmsConnection,
  period: CalendarPeriod,
): Promise<ShopCalendar | undefined> {
  requireValid('shop.shopCalendar.get', checkCalendarPeriod(period));
  const query = {
    ...(period.fromDate === undefined ? {} : { fromDate: period.fromDate }),
    ...(period.period === undefined ? {} : { period: String(period.period) }),
  };
  return read(connection, 'shopCalendar', shopCalendar, undefined, { query });
}

/** shop.operationLeadTime.get (reference §6): every one that is set up, the ids of inventory 2.1. @throws RmsError */
export const getOperationLeadTimes = (connection: RmsConnection): Promise<readonly OperationLeadTime[]> =>
  read(connection, 'operationLeadTime', operationLeadTimes, []);

/** shop.shipFrom.get (reference §6): every one that is set up, the shipFromIds of inventory 2.1. @throws RmsError */
export const getShipFroms = (connection: RmsConnection): Promise<readonly ShipFrom[]> =>
  read(connection, 'shipFrom', shipFroms, []);

/** shop.delvdateMaster.get (reference §6): every 納期 text that is set up. @throws RmsError */
export const getDelvdates = (connection: RmsConnection): Promise<readonly Delvdate[]> =>
  read(connection, 'delvdateMaster', delvdates, []);

/** shop.deliverySetInfo.get (reference §6): every 配送方法セット that is set up. @throws RmsError */
export const getDeliverySets = (connection: RmsConnection): Promise<readonly DeliverySet[]> =>
  read(connection, 'deliverySetInfo', deliverySets, []);

/** What can be asked of a shop's status; Rakuten has others that are over. */
const STATUS_KEYS = ['socialGiftParticipation'] as const;
type StatusKey = (typeof STATUS_KEYS)[number];

/** Whether a status can be asked for; empty when it can (reference §6). */
export const checkStatusKey = (statusKey: StatusKey): readonly RmsIssue[] =>
  issuesOf(z.enum(STATUS_KEYS), statusKey);

/**
 * shop.shopStatus.get (reference §6): how far the shop has a function; up to ten minutes old. `undefined` when there is
 * no data.
 * @throws RmsError
 */
export async function getShopStatus(
  connection: RmsConnection,
  statusKey: StatusKey,
): Promise<ShopStatus | undefined> {
  requireValid('shop.shopStatus.get', checkStatusKey(statusKey));
  return read(connection, 'shopStatus', shopStatus, undefined, { under: statusKey });
}
