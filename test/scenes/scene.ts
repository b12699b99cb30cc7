import { startHere } from '../cluster/here';
import { eventually } from '../support/eventually';
import { buildOnce, makeDataDir, type RunningOkuri, removeDataDir } from '../support/instance';
import { type Call, callersOf } from '../support/real-shop';
import { recordStage } from './record';

/** An order as the API shows it, as far as scenes look at it. */
interface OrderSeen {
  readonly orderNumber: string;
  readonly stage: string;
  readonly parked: string | null;
  readonly rakutenStatus: number;
  readonly holds: readonly { id: string; code: string; text: string; blocks: string; releasableBy: string }[];
  readonly deadlines: readonly { code: string; at: string }[];
  readonly lines: readonly { basketId: string; itemDetailId: string }[];
  readonly shipments: readonly { trackingNumber: string; reportedAt: string | null }[];
  readonly cancellation: { state: string; refusedCode: string | null } | null;
  readonly reserveNumber: string | null;
  readonly timeline: readonly {
    code: string;
    text: string;
    actor: string;
    params: Record<string, string | number>;
    workflow: { workflowId: string; activity: string; url: string } | null;
  }[];
  readonly workflow: { workflowId: string; url: string };
}

/** An order as the sandbox's books have it. */
interface Booked {
  readonly order: {
    readonly orderProgress: number;
    readonly PackageModelList: readonly {
      readonly basketId: number;
      readonly ShippingModelList: readonly { shippingNumber: string | null; shippingDate: string | null }[];
    }[];
  };
  readonly books: { readonly confirmed: number; readonly shippingRowsInserted: number };
}

/** A shop of its own at the one instance, with its buyers, its desk, its warehouse and Rakuten. */
export interface Scene {
  readonly shopId: string;
  readonly api: Call;
  readonly control: Call;
  /** Puts a SKU on sale with ten units, at Rakuten and with us, linked or not. */
  sell(name: string, link?: boolean): Promise<void>;
  /** A buyer orders one unit. @returns the order number */
  buy(name: string, overrides?: object): Promise<string>;
  sync(): Promise<void>;
  order(orderNumber: string): Promise<OrderSeen>;
  /** Waits until the order looks so, and gives it. */
  until(orderNumber: string, looks: (order: OrderSeen) => boolean): Promise<OrderSeen>;
  reaches(orderNumber: string, stage: string): Promise<OrderSeen>;
  /** A call on one order: `post(number, 'retry')`. */
  post(orderNumber: string, what: string, body?: object): Promise<OrderSeen>;
  release(orderNumber: string, code: string): Promise<OrderSeen>;
  atRakuten(orderNumber: string): Promise<Booked>;
  /** Fulfilment orders of an order at the warehouse, oldest first, by state. */
  atWarehouse(orderNumber: string): Promise<string[]>;
  /** On hand and reserved of a SKU, as we have it. */
  stock(name: string): Promise<{ onHand: number; reserved: number }>;
  /** What Rakuten offers of a SKU. */
  offered(name: string): Promise<number | undefined>;
  codes(orderNumber: string): Promise<string[]>;
  /** Sends a CSV file in, and gives the import that it became. */
  upload(path: string, csv: string): Promise<{ importId: string }>;
}

/** The real processes: a supervisor with its children, on free ports and a data directory of its own. */
export interface Stage {
  readonly instance: () => RunningOkuri;
  /** A new shop. */
  open(settings?: object): Promise<Scene>;
}

let shops = 0;

/** Starts the real processes for the tests of a file. Rakuten's own delays are short, its rate is not what is tested. */
export const useStage = (): Stage => {
  let instance: RunningOkuri;
  let dataDir: string;
  beforeAll(async () => {
    await buildOnce();
    dataDir = await makeDataDir();
    instance = await startHere(dataDir);
    const { control } = await callersOf(instance);
    await control('PUT', '/control/settings', {
      generator: { enabled: false },
      fixDelaySeconds: 1,
      warehouseShipAfterSeconds: 86_400,
      orderRequestsPerSecond: 1000,
      inventoryReadsPerSecond: 1000,
      inventoryWritesPerSecond: 1000,
      nightEverySeconds: 86_400,
    });
  }, 120_000);
  const stage: Stage = {
    instance: () => instance,
    open: (settings = {}) => openScene(instance, settings),
  };
  afterAll(async () => {
    await recordStage(stage);
    await instance?.stop();
    if (dataDir !== undefined) await removeDataDir(dataDir);
  }, 120_000);
  return stage;
};

const openScene = async (instance: RunningOkuri, settings: object): Promise<Scene> => {
  const { api, control, sandboxUrl } = await callersOf(instance);
  shops += 1;
  const rakutenShopId = String(700_000 + shops);
  const shopId = `scene-${shops}`;
  const keys = {
    serviceSecret: `SP${rakutenShopId}_abcdefghijklmnop`,
    licenseKey: `SL${rakutenShopId}_abcdefghijklmnop`,
  };
  await control('POST', '/control/shops', { shopCode: shopId, rakutenShopId, ...keys });
  await api('POST', '/v1/shops', {
    ...{ name: shopId, shopUrl: `https://www.rakuten.ne.jp/${shopId}`, ...keys, rmsBaseUrl: sandboxUrl },
    settings: {
      ...{ automaticOrderIntegration: true, automaticOrderConfirmation: true },
      ...{ automaticShippingInstructions: true, fulfilmentProvider: 'sandbox', syncIntervalSeconds: 5 },
      requestsPerSecond: { order: 200 },
      ...settings,
    },
  });
  const upload = async (path: string, csv: string): Promise<{ importId: string }> => {
    const headers = { authorization: `Bearer ${await instance.token()}`, 'content-type': 'text/csv' };
    const answer = await fetch(`${instance.url}${path}`, { method: 'POST', headers, body: csv });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  };
  return { ...sceneOf(shopId, api, control), upload };
};

const sceneOf = (shopId: string, api: Call, control: Call): Omit<Scene, 'upload'> => {
  const skuOf = (name: string) => `${shopId}-${name}`.toUpperCase();
  const path = (orderNumber: string, what = '') =>
    `/v1/orders/${shopId}/${orderNumber}${what === '' ? '' : `/${what}`}`;
  const order = (orderNumber: string) => api<OrderSeen>('GET', path(orderNumber));
  const atRakuten = (orderNumber: string) => control<Booked>('GET', `/control/orders/${orderNumber}`);
  /** The order as it is shown; what the next search of Rakuten would find within a minute is looked at now. */
  const look = async (orderNumber: string): Promise<OrderSeen | string> => {
    const seen = await order(orderNumber).catch((error: unknown) => String(error));
    // Before the next synchronisation the order is not there yet.
    if (typeof seen === 'string' || seen.rakutenStatus === 0) return seen;
    const { orderProgress } = (await atRakuten(seen.orderNumber)).order;
    if (orderProgress === seen.rakutenStatus) return seen;
    return api<OrderSeen>('POST', path(seen.orderNumber, 'retry')).catch((error: unknown) => String(error));
  };
  const until = async (orderNumber: string, looks: (seen: OrderSeen) => boolean) => {
    const seen = await eventually(
      () => look(orderNumber),
      (last) => typeof last !== 'string' && looks(last),
      40,
    );
    if (typeof seen === 'string') throw new Error(seen);
    return seen;
  };
  return {
    shopId,
    api,
    control,
    order,
    until,
    sell: async (name, link = true) => {
      const inventories = [{ manageNumber: name, variantId: name, quantity: 10 }];
      await control('PUT', `/control/shops/${shopId}/inventory`, { inventories });
      const skuCode = skuOf(name);
      await api('PUT', '/v1/skus', { skus: [{ skuCode, name }] });
      await api('POST', '/v1/stock/movements', { skuCode, kind: 'receive', quantity: 10, reason: 'opening' });
      if (link)
        await api('PUT', '/v1/sku-links', {
          shopId,
          links: [{ manageNumber: name, variantId: name, skuCode }],
        });
    },
    buy: async (name, overrides = {}) => {
      const { orderNumbers } = await control<{ orderNumbers: string[] }>(
        'POST',
        `/control/shops/${shopId}/orders`,
        {
          overrides: {
            ...{ settlementMethod: 1, destinations: 1, wishedDate: false },
            lines: [{ manageNumber: name, variantId: name, units: 1 }],
            ...overrides,
          },
        },
      );
      return orderNumbers[0] ?? '';
    },
    sync: async () => {
      await api('POST', `/v1/shops/${shopId}/sync`);
    },
    reaches: (orderNumber, stage) => until(orderNumber, (seen) => seen.stage === stage),
    post: (orderNumber, what, body) => api<OrderSeen>('POST', path(orderNumber, what), body),
    release: async (orderNumber, code) => {
      const hold = (await order(orderNumber)).holds.find((open) => open.code === code);
      return api<OrderSeen>('DELETE', path(orderNumber, `holds/${hold?.id ?? code}`));
    },
    atRakuten,
    atWarehouse: async (orderNumber) => {
      const { fulfilmentOrders } = await control<{
        fulfilmentOrders: { orderNumber: string; state: string }[];
      }>('GET', '/control/warehouse');
      return fulfilmentOrders.filter((one) => one.orderNumber === orderNumber).map(({ state }) => state);
    },
    stock: async (name) => {
      const { items } = await api<{ items: { onHand: number; reserved: number }[] }>(
        'GET',
        `/v1/stock?skuCode=${skuOf(name)}`,
      );
      const { onHand = 0, reserved = 0 } = items[0] ?? {};
      return { onHand, reserved };
    },
    offered: async (name) => {
      const { inventories } = await control<{
        inventories: { manageNumber: string; quantity: number }[];
      }>('GET', `/control/shops/${shopId}/inventory`);
      return inventories.find(({ manageNumber }) => manageNumber === name)?.quantity;
    },
    codes: async (orderNumber) => (await order(orderNumber)).timeline.map(({ code }) => code),
  };
};

/** Every worker of the stage, by process id. */
export const workersOf = async (stage: Stage): Promise<number[]> => {
  const { children } = await stage.instance().state();
  return Object.entries(children).flatMap(([name, { pid }]) => (name.endsWith('worker') ? [pid] : []));
};
