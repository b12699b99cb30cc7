import { Pool } from 'pg';
import type { RunningOkuri } from './instance';

/** The shop that tests register at an instance, with the key by which its sandbox knows it. */
export const REAL_SHOP = {
  shopId: 'e2e-shop',
  rakutenShopId: '777777',
  serviceSecret: 'SP777777_abcdefghijklmnop',
  licenseKey: 'SL777777_abcdefghijklmnop',
};

/** What Rakuten calls a SKU: manageNumber and variantId. */
export type Pair = readonly [manageNumber: string, variantId: string];
const skuOf = (pair: Pair): string => `E2E-${pair.join('.')}`;

/** Units of each SKU that the shop has when it opens, at Rakuten and with us. */
export const OPENING_STOCK = 50;

/** Calls one side of an instance with JSON. */
export type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

interface SandboxOrder {
  readonly order: {
    readonly orderProgress: number;
    readonly PackageModelList: readonly {
      readonly ItemModelList: readonly {
        readonly manageNumber: string;
        readonly units: number;
        readonly SkuModelList: readonly { readonly variantId: string }[];
      }[];
      readonly ShippingModelList: readonly { readonly shippingNumber: string }[];
    }[];
  };
  readonly books: { readonly confirmed: number };
}

/** An order as the API lists it. */
export interface ListedOrder {
  readonly orderNumber: string;
  readonly stage: string;
  readonly holds: readonly { readonly code: string }[];
}

/** Calls JSON over HTTP; an answer that is no success is an error with its text. */
const callerOf =
  (url: string, headers: Record<string, string>): Call =>
  async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  };

/** The API and the sandbox of an instance that runs now; the sandbox's own port where it runs apart. */
export const callersOf = async (
  instance: RunningOkuri,
  sandboxPort?: number,
): Promise<{ api: Call; control: Call; sandboxUrl: string }> => {
  const sandboxUrl = `http://127.0.0.1:${sandboxPort ?? (await instance.state()).ports.sandbox}`;
  return {
    api: callerOf(instance.url, { authorization: `Bearer ${await instance.token()}` }),
    control: callerOf(sandboxUrl, {}),
    sandboxUrl,
  };
};

/** Makes Rakuten's own delays short; requests stay limited to one a second, as at Rakuten. */
export const hurryRakuten = (control: Call): Promise<unknown> =>
  control('PUT', '/control/settings', {
    generator: { enabled: false },
    fixDelaySeconds: 1,
    autoPayAfterSeconds: 1,
    warehouseShipAfterSeconds: 1,
    nightEverySeconds: 3,
    orderRequestsPerSecond: 1,
  });

/** Opens the shop at both ends: registered at the sandbox and through the API, with SKUs and their opening stock. */
export const openRealShop = async (
  instance: RunningOkuri,
  pairs: readonly Pair[],
  sandboxPort?: number,
): Promise<void> => {
  const { api, control, sandboxUrl } = await callersOf(instance, sandboxPort);
  const { shopId, rakutenShopId, serviceSecret, licenseKey } = REAL_SHOP;
  await control('POST', '/control/shops', { shopCode: shopId, rakutenShopId, serviceSecret, licenseKey });
  await control('PUT', `/control/shops/${shopId}/inventory`, {
    inventories: pairs.map(([manageNumber, variantId]) => ({
      manageNumber,
      variantId,
      quantity: OPENING_STOCK,
      name: manageNumber,
    })),
  });
  await api('PUT', '/v1/skus', { skus: pairs.map((pair) => ({ skuCode: skuOf(pair), name: skuOf(pair) })) });
  for (const pair of pairs)
    await api('POST', '/v1/stock/movements', {
      skuCode: skuOf(pair),
      kind: 'receive',
      quantity: OPENING_STOCK,
      reason: 'opening stock',
    });
  await api('POST', '/v1/shops', {
    name: '検証店',
    shopUrl: `https://www.rakuten.ne.jp/${shopId}`,
    serviceSecret,
    licenseKey,
    rmsBaseUrl: sandboxUrl,
    settings: {
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      stockSync: 'shipment',
      syncIntervalSeconds: 5,
      fulfilmentProvider: 'sandbox',
    },
  });
};

/** Links pairs of the shop to the SKUs of the same name. */
export const linkPairs = (api: Call, pairs: readonly Pair[]): Promise<unknown> =>
  api('PUT', '/v1/sku-links', {
    shopId: REAL_SHOP.shopId,
    links: pairs.map((pair) => ({ manageNumber: pair[0], variantId: pair[1], skuCode: skuOf(pair) })),
  });

/** Buyers order. @returns the order numbers */
export const buy = async (control: Call, count: number, overrides: object): Promise<string[]> => {
  const { orderNumbers } = await control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${REAL_SHOP.shopId}/orders`,
    { count, overrides },
  );
  return orderNumbers;
};

/** The shop's orders as the API lists them. */
export const listed = async (api: Call): Promise<readonly ListedOrder[]> =>
  (await api<{ items: ListedOrder[] }>('GET', `/v1/orders?shopId=${REAL_SHOP.shopId}&limit=200`)).items;

/** Whether all of these stand in a stage. */
export const allIn = (orders: readonly ListedOrder[], numbers: readonly string[], stage: string): boolean =>
  numbers.every((number) => orders.some((order) => order.orderNumber === number && order.stage === stage));

/** What the sandbox's books say of an order: its status, how often it was confirmed, and the parcels of both sides. */
export const bookedAtRakuten = async (control: Call, orderNumber: string) => {
  const { order, books } = await control<SandboxOrder>('GET', `/control/orders/${orderNumber}`);
  const { fulfilmentOrders } = await control<{
    fulfilmentOrders: { orderNumber: string; packages: { trackingNumber: string }[] | null }[];
  }>('GET', '/control/warehouse');
  const sent = fulfilmentOrders.filter((one) => one.orderNumber === orderNumber);
  return {
    progress: order.orderProgress,
    confirmed: books.confirmed,
    rows: order.PackageModelList.flatMap((to) =>
      to.ShippingModelList.map((row) => row.shippingNumber),
    ).sort(),
    parcels: sent.flatMap((one) => (one.packages ?? []).map((parcel) => parcel.trackingNumber)).sort(),
    fulfilmentOrders: sent.length,
    sold: order.PackageModelList.flatMap((to) =>
      to.ItemModelList.map((item) => ({
        pair: `${item.manageNumber}/${item.SkuModelList[0]?.variantId}`,
        units: item.units,
      })),
    ),
  };
};

/** Rakuten's stock of the shop's SKUs by pair. */
export const stockAtRakuten = async (control: Call): Promise<Map<string, number>> => {
  const { inventories } = await control<{
    inventories: { manageNumber: string; variantId: string; quantity: number }[];
  }>('GET', `/control/shops/${REAL_SHOP.shopId}/inventory`);
  return new Map(inventories.map((row) => [`${row.manageNumber}/${row.variantId}`, row.quantity]));
};

/** Asks the instance's own database. */
export const askDatabase = async <Row extends object>(
  instance: RunningOkuri,
  query: string,
): Promise<Row[]> => {
  const pool = new Pool({ connectionString: await instance.databaseUrl() });
  try {
    return (await pool.query<Row>(query, [REAL_SHOP.shopId])).rows;
  } finally {
    await pool.end();
  }
};
