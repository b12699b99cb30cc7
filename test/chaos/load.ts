import { LINKED, LINKED_LATER, type OrderKind, type PlannedOrder } from './plan';
import { patiently, Refused, SHOP, type World } from './world';

/** Units of each SKU that the shop has when it opens, at Rakuten and with us. */
export const OPENING_STOCK = 20_000;
const DEFAULT_REMARK = 'ご要望がございましたら、こちらにご記入ください。';

/** The SKU that stands for what Rakuten lists under a name. */
export const skuOf = (name: string): string => `CHAOS-${name.toUpperCase()}`;

/** What people have done in a run, and how often they had to ask again. */
export interface Deeds {
  /** Order numbers by the id of the planned order. */
  readonly numbers: Map<string, string>;
  /** Acts that were done, as `<order id>/<act>`. */
  readonly acted: Set<string>;
  /** Movements that people entered, by their key. */
  readonly movements: Map<string, { readonly sku: string; readonly units: number }>;
  /** Calls that were sent once more with the same key, because their answer was lost. */
  repeated: number;
}

/** More than Rakuten grants, so that what waits for its turn does not make runs long. */
export const REQUESTS_PER_SECOND = 5;

/** Makes Rakuten's own delays short; what it limits stays limited. */
const SETTINGS = {
  generator: { enabled: false },
  fixDelaySeconds: 1,
  autoPayAfterSeconds: null,
  asyncShippingDelaySeconds: 1,
  warehouseShipAfterSeconds: 3,
  splitShare: 0.15,
  nightEverySeconds: 4,
  orderRequestsPerSecond: REQUESTS_PER_SECOND,
};

/** Opens the shop at both ends: registered at the sandbox and through the API, with SKUs and their opening stock. */
export const openShop = async ({ control, api, env }: World): Promise<void> => {
  const names = [...LINKED, ...LINKED_LATER];
  const { shopId, ...keys } = SHOP;
  await control('PUT', '/settings', SETTINGS);
  await control('POST', '/shops', { shopCode: shopId, ...keys });
  await control('PUT', `/shops/${shopId}/inventory`, {
    inventories: names.map((name) => ({
      manageNumber: name,
      variantId: name,
      quantity: OPENING_STOCK,
      name,
    })),
  });
  await api('PUT', '/v1/skus', { skus: names.map((name) => ({ skuCode: skuOf(name), name })) });
  for (const name of names)
    await api('POST', '/v1/stock/movements', {
      ...{ skuCode: skuOf(name), kind: 'receive', quantity: OPENING_STOCK, reason: 'opening stock' },
    });
  await api('POST', '/v1/shops', {
    ...{ name: '検証店', shopUrl: `https://www.rakuten.ne.jp/${shopId}`, rmsBaseUrl: await env.sandboxUrl() },
    ...{ serviceSecret: keys.serviceSecret, licenseKey: keys.licenseKey },
    settings: {
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      fulfilmentProvider: 'sandbox',
      requestsPerSecond: { order: REQUESTS_PER_SECOND },
      stockSync: 'shipment',
      stockCoalesceSeconds: 5,
      syncIntervalSeconds: 5,
      shippingReadBackSeconds: [5, 15, 30],
      defaultRemarks: [DEFAULT_REMARK],
    },
  });
  await link(api, LINKED);
  // The demo's orders are not counted, and take nothing of what Rakuten grants. Where no supervisor is there is none.
  await done(api('PATCH', '/v1/shops/okuri-demo', { settings: { automaticOrderIntegration: false } }));
};

const link = (api: World['api'], names: readonly string[]): Promise<unknown> =>
  api('PUT', '/v1/sku-links', {
    shopId: SHOP.shopId,
    links: names.map((name) => ({ manageNumber: name, variantId: name, skuCode: skuOf(name) })),
  });

/** Somebody links what was new. Doing it again changes nothing. */
export const linkTheRest = (world: World): Promise<unknown> =>
  patiently('linking SKUs', () => link(world.api, LINKED_LATER));

/** Kinds of order whose present has no address yet: nothing ships by itself. */
const GIFTS: readonly OrderKind[] = ['shipped_by_hand', 'shipped_by_api'];

/** A buyer orders, once: what was bought without an answer is found by the name that its lines carry. */
export const buy = (world: World, planned: PlannedOrder): Promise<string> =>
  patiently(`order ${planned.id}`, async () => {
    const known = await world.query<{ order_number: string }>(
      `select order_number from sandbox.orders where shop_code = $1
         and body -> 'PackageModelList' -> 0 -> 'ItemModelList' -> 0 ->> 'itemName' = $2`,
      [SHOP.shopId, planned.id],
    );
    if (known[0] !== undefined) return known[0].order_number;
    const { orderNumbers } = await world.control<{ orderNumbers: string[] }>(
      'POST',
      `/shops/${SHOP.shopId}/orders`,
      { seed: Number(planned.id.slice(1)), overrides: overridesOf(planned) },
    );
    return orderNumbers[0] ?? '';
  });

const overridesOf = ({ id, kind, settlementMethod, destinations, lines }: PlannedOrder) => ({
  ...{ settlementMethod, destinations, wishedDate: false, gift: false },
  socialGiftPending: GIFTS.includes(kind),
  remarks: `[備考:]\n${DEFAULT_REMARK}${kind === 'remark' ? '\n玄関前に置いてください' : ''}`,
  lines: lines.map(({ sku, units }) => ({ manageNumber: sku, variantId: sku, units, name: id })),
});

/** People receive goods, with a key: sent again until there is an answer, and booked once. */
export const receiveGoods = async (world: World, deeds: Deeds, key: string, sku: string, units: number) => {
  deeds.movements.set(key, { sku: skuOf(sku), units });
  const movement = { skuCode: skuOf(sku), kind: 'receive', quantity: units, reason: `goods ${key}` };
  await patiently(
    `movement ${key}`,
    () => world.api('POST', '/v1/stock/movements', movement, key),
    () => {
      deeds.repeated += 1;
    },
  );
};

/** An open order as it stands on both sides. */
interface Seen {
  readonly orderNumber: string;
  readonly progress: number;
  readonly atWarehouse: readonly string[] | null;
  readonly stage: string | null;
  readonly parked: string | null;
  readonly rakutenStatus: number | null;
  /** Rows of its first destination at Rakuten. */
  readonly rows: number;
  readonly holds: readonly { readonly id: string; readonly code: string }[] | null;
}

/** Something that a person does to an order once it stands so. */
interface Act {
  readonly name: string;
  readonly when: (seen: Seen) => boolean;
  readonly act: (world: World, seen: Seen, key: string, again: () => void) => Promise<unknown>;
}

const atRakuten =
  (what: string, body: (seen: Seen) => object = () => ({})): Act['act'] =>
  ({ control }, seen) =>
    control('POST', `/orders/${seen.orderNumber}/${what}`, body(seen));
const path = ({ orderNumber }: Seen, what: string): string =>
  `/v1/orders/${SHOP.shopId}/${orderNumber}/${what}`;
const digits = (orderNumber: string): string => orderNumber.slice(-9).padStart(9, '0');

const pay: Act = { name: 'pay', when: ({ progress }) => progress === 200, act: atRakuten('pay') };
const cancelWhen = (when: Act['when']): Act => ({ name: 'cancel', when, act: atRakuten('cancel') });

/** What people do to orders of each kind, beside ordering. */
const ACTS: Partial<Record<OrderKind, readonly Act[]>> = {
  prepaid: [pay],
  address_changed: [
    {
      name: 'address',
      when: ({ progress, atWarehouse }) => progress === 300 && atWarehouse !== null,
      act: atRakuten('address', () => ({ sender: { subAddress: '大手町2-2-2' } })),
    },
  ],
  cancelled_at_once: [cancelWhen(() => true)],
  cancelled_confirmed: [cancelWhen(({ progress }) => progress >= 200)],
  cancelled_instructed: [cancelWhen(({ atWarehouse }) => atWarehouse !== null)],
  cancelled_by_shop: [
    {
      name: 'cancel',
      when: ({ rakutenStatus }) => (rakutenStatus ?? 0) > 0,
      act: (world, seen, key, again) =>
        patiently(
          `cancelling ${seen.orderNumber}`,
          () => world.api('POST', path(seen, 'cancel'), { reason: 1, restoreInventory: true }, key),
          again,
        ),
    },
  ],
  shipped_by_hand: [
    {
      name: 'ship',
      when: ({ progress, rows }) => progress === 300 && rows === 0,
      act: atRakuten('ship-by-hand', ({ orderNumber }) => ({ shippingNumber: `39${digits(orderNumber)}1` })),
    },
  ],
  shipped_by_api: [
    {
      name: 'ship',
      when: ({ progress, rakutenStatus }) => progress === 300 && rakutenStatus === 300,
      act: (world, seen, key, again) =>
        patiently(
          `shipping ${seen.orderNumber}`,
          () => world.api('POST', path(seen, 'shipments'), { packages: [parcelOf(seen)] }, key),
          again,
        ),
    },
  ],
};

const parcelOf = ({ orderNumber }: Seen) => ({
  carrier: '1001',
  trackingNumber: `40${digits(orderNumber)}1`,
  shippedOn: new Date().toISOString().slice(0, 10),
});

/** Holds that a person reads and lets go. */
const READ_AND_LET_GO = [
  'remark_changed',
  'outside_change',
  'parcel_left',
  'address_doubtful',
  'deadline_conflict',
  'confirm_refused',
  'shipping_refused',
  'cancel_refused',
];

const OPEN_ORDERS = `
  select s.order_number as "orderNumber", s.progress, w.states as "atWarehouse", o.stage, o.parked,
    o.rakuten_status as "rakutenStatus", h.holds,
    json_array_length(s.body -> 'PackageModelList' -> 0 -> 'ShippingModelList') as rows
  from sandbox.orders s
  left join orders o on (o.shop_id, o.order_number) = (s.shop_code, s.order_number)
  left join (select order_number, array_agg(state) as states from sandbox.warehouse_orders
    where shop_id = $1 group by 1) w on w.order_number = s.order_number
  left join (select order_number, json_agg(json_build_object('id', hold_id, 'code', code)) as holds from holds
    where shop_id = $1 and released_at is null group by 1) h on h.order_number = s.order_number
  where s.shop_code = $1 and o.finished_at is null`;

/**
 * What the people around the shop do now: buyers pay, change their mind or their address; the shop's people cancel,
 * ship, and go through what is held.
 * @param hurry orders that are parked are tried again at once, as a person can
 */
export const tend = async (
  world: World,
  deeds: Deeds,
  kinds: ReadonlyMap<string, readonly [id: string, kind: OrderKind]>,
  hurry: boolean,
): Promise<void> => {
  const open = await world.query<Seen>(OPEN_ORDERS, [SHOP.shopId]);
  await Promise.all(
    open.map(async (seen) => {
      const [id, kind] = kinds.get(seen.orderNumber) ?? ['', 'card'];
      for (const { name, when, act } of ACTS[kind] ?? []) {
        const deed = `${id}/${name}`;
        if (deeds.acted.has(deed) || !when(seen)) continue;
        await done(act(world, seen, `${id}-${name}`, () => (deeds.repeated += 1)));
        deeds.acted.add(deed);
      }
      for (const hold of seen.holds ?? [])
        if (READ_AND_LET_GO.includes(hold.code))
          await done(world.api('DELETE', path(seen, `holds/${hold.id}`)));
      if (hurry && seen.parked !== null) await done(world.api('POST', path(seen, 'retry')));
    }),
  );
};

/** A refusal is an answer: it was too late, or somebody was quicker. What got none is tried with the next round. */
const done = async (deed: Promise<unknown>): Promise<void> => {
  try {
    await deed;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
};
