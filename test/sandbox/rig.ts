import { type RunningSandbox, type SandboxOptions, startSandbox } from '../../src/sandbox';
import { createTestDatabase } from '../support/postgres';
import { type AnswerBody, first } from './answers';

/** An answer of the sandbox: status, headers, and the body as text and as JSON (an empty object when it is none). */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: AnswerBody;
}

const KEY = { serviceSecret: 'SP400100_testSecret', licenseKey: 'SL400100_testKey' };

/** The ESA header of a pair of credentials. */
export const esa = (serviceSecret: string, licenseKey: string): string =>
  `ESA ${Buffer.from(`${serviceSecret}:${licenseKey}`).toString('base64')}`;

/** The ESA header of the rig's own shop. */
export const AUTHORIZATION = esa(KEY.serviceSecret, KEY.licenseKey);

/** A quiet sandbox with one shop, two SKUs, its loop standing still and limits that do not disturb. */
export interface Rig {
  readonly sandbox: RunningSandbox;
  readonly databaseUrl: string;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  rms(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  order(operation: string, body: unknown): Promise<Reply>;
  /** One made-up order; gives its number. */
  newOrder(overrides?: Record<string, unknown>): Promise<string>;
  tick(): Promise<void>;
  /** The order as the control page shows it. */
  look(orderNumber: string): Promise<AnswerBody>;
  stock(variantId?: string): Promise<number>;
  restart(options?: Partial<SandboxOptions>): Promise<void>;
  stop(): Promise<void>;
}

export const SKU = { manageNumber: 'mng1234', variantId: 'Sku-A' };

const PLAIN = { settlementMethod: 1, destinations: 1, lines: [{ ...SKU, units: 2 }], wishedDate: false };

const request = async (
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Reply> => {
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: isJson ? JSON.parse(text) : {},
  };
};

/** Starts the rig on a database of its own. */
export const startRig = async (options: Partial<SandboxOptions> = {}): Promise<Rig> => {
  const database = await createTestDatabase();
  const log: string[] = [];
  const start = (more: Partial<SandboxOptions> = {}) =>
    startSandbox({
      databaseUrl: database.url,
      host: '127.0.0.1',
      port: 0,
      log: (line) => log.push(line),
      ...options,
      ...more,
    });
  let sandbox = await start();
  const control = (method: string, path: string, body?: unknown) =>
    request(`${sandbox.url}/control${path}`, method, body, { 'Content-Type': 'application/json' });
  const rms: Rig['rms'] = (method, path, body, headers = {}) =>
    request(`${sandbox.url}${path}`, method, body, {
      Authorization: AUTHORIZATION,
      'Content-Type': 'application/json; charset=utf-8',
      ...headers,
    });
  const look = async (orderNumber: string) => (await control('GET', `/orders/${orderNumber}`)).json;
  const rig: Rig = {
    get sandbox() {
      return sandbox;
    },
    databaseUrl: database.url,
    control,
    rms,
    order: (operation, body) => rms('POST', `/es/2.0/order/${operation}/`, body),
    newOrder: async (overrides = {}) => {
      const made = await control('POST', '/shops/test-shop/orders', {
        overrides: { ...PLAIN, ...overrides },
      });
      return first(made.json.orderNumbers);
    },
    tick: async () => {
      const ticked = await control('POST', '/tick');
      if (ticked.status !== 200) throw new Error(`The tick failed: ${ticked.text} ${log.join('\n')}`);
    },
    look,
    stock: async (variantId = SKU.variantId) => {
      const { json } = await control('GET', '/shops/test-shop/inventory');
      return first(json.inventories.filter((record) => record.variantId === variantId)).quantity;
    },
    restart: async (more) => {
      await sandbox.close();
      sandbox = await start(more);
    },
    stop: async () => {
      await sandbox.close();
      await database.drop();
    },
  };
  await control('PUT', '/settings', {
    autoTick: false,
    orderRequestsPerSecond: 10_000,
    inventoryReadsPerSecond: 10_000,
    inventoryWritesPerSecond: 10_000,
    itemReadsPerSecond: 10_000,
    itemBulkReadsPerSecond: 10_000,
    shopRequestsPerSecond: 10_000,
    rateBurst: 1000,
  });
  await control('POST', '/shops', { shopCode: 'test-shop', rakutenShopId: '400100', ...KEY });
  await control('PUT', '/shops/test-shop/inventory', {
    inventories: [
      { ...SKU, quantity: 100, name: '試験の品' },
      {
        manageNumber: 'mng5678',
        variantId: 'only',
        quantity: 50,
        price: 999,
        taxPercent: 8,
        taxIncluded: false,
      },
    ],
  });
  return rig;
};

/** Now, shifted by days, in the order API's only form. */
export const jst = (days = 0): string =>
  `${new Date(Date.now() + 9 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 19)}+0900`;

/** The codes of an answer's messages. */
export const codes = ({ json }: Reply): string[] =>
  json.MessageModelList.map((message) => message.messageCode.replace('ORDER_EXT_API_', ''));
