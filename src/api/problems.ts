import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

/** Every code that a problem can carry, with its HTTP status and what it means. The OpenAPI document lists them. */
export const PROBLEMS = {
  invalid_request: [400, 'The request does not have the documented shape; `errors` names the fields'],
  malformed_json: [400, 'The body is not JSON in UTF-8'],
  invalid_cursor: [400, 'The cursor was not given out by this list'],
  unauthorized: [401, 'The bearer token or the session is missing, wrong, revoked or expired'],
  sign_in_failed: [401, 'Name or password is wrong, or the user is disabled'],
  invalid_signature: [401, 'The signature is missing, wrong, or older than five minutes'],
  csrf_refused: [403, 'A browser must send the token of its session as `X-CSRF-Token`, from this site'],
  forbidden: [403, 'Your role, or the shops that you have access to, do not allow this'],
  not_found: [404, 'There is nothing at this address'],
  shop_not_found: [404, 'No shop has this id'],
  user_not_found: [404, 'No user has this id'],
  token_not_found: [404, 'No token has this id'],
  order_not_found: [404, 'The order is not known here'],
  hold_not_found: [404, 'The order has no open hold with this id'],
  sku_not_found: [404, 'No SKU has this code'],
  sku_link_not_found: [404, 'This pair is not linked'],
  fulfilment_order_not_found: [404, 'The order has no fulfilment order with this id'],
  stop_not_found: [404, 'This stop switch is not on'],
  import_not_found: [404, 'No import has this id'],
  listings_not_read: [404, 'What the shop lists was never read'],
  connection_not_tested: [404, 'The connection of this shop was never tested'],
  file_import_not_found: [404, 'No file has this id'],
  renewal_not_found: [404, 'The shop has no renewal of its key with this id'],
  reconciliation_not_found: [404, 'The shop has no stock reconciliation with this id'],
  ship_from_not_found: [404, 'No ship-from has this key'],
  method_not_allowed: [405, 'The address exists, but not for this method'],
  user_exists: [409, 'A user of this name exists already'],
  shop_exists: [409, 'This shop is registered already'],
  shop_retired: [409, 'The shop is out of service'],
  order_finished: [409, 'The order is finished, so nothing can be changed any more'],
  order_cancelled: [409, 'The order was cancelled or does not exist at Rakuten: nothing must be shipped'],
  order_not_read: [409, 'The order was not read from Rakuten yet: try again in a moment'],
  order_not_running: [409, 'No workflow carries this order'],
  retry_refused: [409, 'The order’s workflow could not try again'],
  hold_not_releasable: [409, 'This hold goes when its cause is gone'],
  parcel_has_left: [409, 'A parcel has left, so the order cannot be cancelled before it is back'],
  not_cancellable: [409, 'Rakuten takes no cancellation where the order stands'],
  cancel_refused: [409, 'Rakuten refused the cancellation'],
  no_cancellation: [409, 'There is no cancellation that could be taken back'],
  not_instructable: [409, 'No shipping instruction can be sent where the order stands'],
  already_instructed: [409, 'The shipping instruction has left, so it says what it says'],
  ship_from_in_use: [409, 'Shops or open orders still name the ship-from'],
  basket_already_shipped: [409, 'A parcel already carries the whole basket'],
  alert_webhook_missing: [409, 'The shop has no alert webhook'],
  import_running: [409, 'An import of the shop runs already; `detail` names it'],
  import_finished: [409, 'The import has ended, so it cannot be cancelled any more'],
  listings_read_running: [409, 'What the shop lists is being read already; `detail` names the reading'],
  listings_read_finished: [409, 'The reading has ended, so it cannot be cancelled any more'],
  file_import_finished: [409, 'The file has been taken in or refused, so it cannot be cancelled any more'],
  renewal_running: [409, 'A renewal of the shop’s key is under way already; `detail` names it'],
  renewal_finished: [409, 'The renewal has ended, so it cannot be cancelled any more'],
  key_in_use: [409, 'Calls of the shop go out with this key already'],
  reconciliation_running: [409, 'A stock reconciliation of the shop runs already; `detail` names it'],
  reconciliation_finished: [409, 'The reconciliation has ended, so it cannot be cancelled any more'],
  reconciliation_not_done: [409, 'Only what a finished reconciliation found can be mended'],
  sku_project_not_migrated: [
    409,
    'The shop is from before the SKU project, so its stock can be neither read nor written',
  ],
  stock_sync_off: [409, 'The shop does not publish its stock'],
  sku_in_use: [409, 'Links, sets or stock still name the SKU'],
  request_in_progress: [409, 'The first request with this Idempotency-Key is still being answered'],
  body_too_large: [413, 'The body is larger than 1 MB'],
  file_too_large: [413, 'The file is larger than 50 MB'],
  file_type_unknown: [
    415,
    'The body must be text/csv (UTF-8 or Shift_JIS) or application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ],
  unsupported_media_type: [415, 'The body must be application/json'],
  refused: [422, 'Understood but refused; `errors` says why, field by field'],
  idempotency_key_reused: [422, 'This Idempotency-Key was used with another body'],
  keys_differ: [422, 'serviceSecret and licenseKey belong to different shops'],
  rms_host_not_allowed: [422, 'rmsBaseUrl names a host that is not allowed'],
  ship_from_unknown: [422, 'A ship-from that is named does not exist'],
  one_criterion: [422, 'Name the buyer by exactly one of mail, phone and name'],
  alert_secret_required: [422, 'An alert webhook needs a secret that signs what it is told'],
  sandbox_off: [422, 'The sandbox’s warehouse needs the sandbox, which is off'],
  automatic_hold_code: [422, 'This code belongs to a hold that Okuri opens by itself'],
  basket_required: [422, 'The order has several baskets: say which one the parcel belongs to'],
  unknown_basket: [422, 'The order has no such basket'],
  unknown_line: [422, 'The basket has no such line'],
  unknown_carrier: [422, 'Rakuten does not know this carrier code'],
  tracking_number_form: [422, 'The carrier has no tracking numbers of this form'],
  units_exceeded: [422, 'More units than remain to be shipped'],
  too_many_parcels: [422, 'Rakuten takes at most 20 parcels per basket'],
  duplicate: [422, 'Named twice in one request'],
  sku_unknown: [422, 'A SKU that is referred to does not exist'],
  set_cycle: [422, 'Set products contain each other'],
  sku_has_stock: [422, 'The SKU has stock of its own, so it cannot become a set'],
  cart_code_taken: [422, 'The cart code belongs to another SKU'],
  set_has_no_stock: [422, 'A set product has no stock of its own: move its components'],
  quantity_sign: [422, 'receive and return take a positive quantity'],
  file_refused: [
    422,
    'The file was refused as a whole; `errors` names the first 100 cells by `rows.<row>.<column>`, rows as a spreadsheet counts them',
  ],
  not_in_encoding: [422, 'A text has characters that the encoding lacks'],
  rate_limited: [429, 'Too many requests; Retry-After says when there are more'],
  internal: [500, 'A fault of ours; it was logged'],
  not_ready: [503, 'Something that is needed does not answer'],
  database_unavailable: [503, 'The database does not answer'],
  uploads_busy: [503, 'Other files are coming in at the moment'],
  temporal_unavailable: [503, 'Temporal does not answer'],
  connection_test_failed: [503, 'The connection could not be tested; the worker’s log says why'],
  worker_unavailable: [503, 'The order’s workflow did not answer in time'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

const FieldError = z.strictObject({
  path: z.string().meta({ description: 'Where in the request, such as `packages.0.carrier`' }),
  code: z.string(),
  message: z.string(),
});

/** What is wrong with one field of a request. */
export type FieldError = z.infer<typeof FieldError>;

/** The body of every answer that is an error (RFC 9457, `application/problem+json`). */
export const ProblemBody = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(FieldError).optional(),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457)' });

interface ProblemOptions extends ErrorOptions {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long a caller should wait before it asks again when something of ours is away. */
const RETRY_AFTER_SECONDS = 5;

/** A request that is answered with an error. `detail` says what happened and what to do; it never carries secrets. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    detail: string = PROBLEMS[code][1],
    options: ProblemOptions = {},
  ) {
    super(detail, options);
    this.status = PROBLEMS[code][0];
    this.errors = options.errors;
    const retry: Record<string, string> =
      this.status === 503 ? { 'Retry-After': String(RETRY_AFTER_SECONDS) } : {};
    this.headers = { ...retry, ...options.headers };
  }

  /** The problem as it goes over the wire. */
  body(): z.infer<typeof ProblemBody> {
    return {
      type: `urn:okuri:problem:${this.code}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors === undefined ? {} : { errors: [...this.errors] }),
    };
  }
}

/** A problem that is about one field of the request. */
export const fieldProblem = (code: ProblemCode, path: string, message: string): Problem =>
  new Problem(code, message, { errors: [{ path, code, message }] });
