import type { OrderRef } from '../../src/domain/order';
import { currentFulfilment } from '../../src/store/shipments';
import { listMovements } from '../../src/store/stock';
import { orderWorkflowId } from '../../src/temporal/ids';
import { retryOrder } from '../../src/workflows/messages';
import { apiOver } from '../api/support';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/histories';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

const WRONG = '400000000011';
const RIGHT = '400000000012';
const OTHER = '400000000013';

/** A destination with what changes a row of it takes. */
interface Destination {
  readonly basketId: number;
  readonly ShippingModelList: readonly {
    readonly shippingDetailId: number;
    readonly shippingNumber: string;
  }[];
  readonly ItemModelList: readonly { readonly itemDetailId: number }[];
}

describe('a tracking number that is corrected in RMS after it was reported', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;
  let api: ReturnType<typeof apiOver>;

  beforeAll(async () => {
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      stockSync: 'shipment',
    });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    api = apiOver({ db: house.database.db, vault: house.vault, temporal: workshop.client });
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
    await desk.sell('tea', 100);
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const pathOf = ({ shopId, orderNumber }: OrderRef) => `/v1/orders/${shopId}/${orderNumber}`;
  const handleOf = (ref: OrderRef) => workshop.client.workflow.getHandle(orderWorkflowId(ref));
  const destinationOf = async ({ orderNumber }: OrderRef): Promise<Destination> => {
    const shown = await house.control<{ order: { PackageModelList: Destination[] } }>(
      'GET',
      `/control/orders/${orderNumber}`,
    );
    const [destination] = shown.order.PackageModelList;
    if (destination === undefined) throw new Error(`Order ${orderNumber} has no destination`);
    return destination;
  };
  const numbersAtRakuten = async (ref: OrderRef) =>
    (await destinationOf(ref)).ShippingModelList.map((row) => row.shippingNumber);
  const instructed = async (): Promise<OrderRef> => {
    const ref = await desk.buy('tea', 2);
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    return ref;
  };
  /** A parcel leaves; `units` of the order's only line are in it, or all of them. */
  const ship = async (ref: OrderRef, trackingNumber: string, units?: number): Promise<void> => {
    const [line] = (await destinationOf(ref)).ItemModelList;
    const lines = units === undefined ? {} : { lines: [{ itemDetailId: String(line?.itemDetailId), units }] };
    const packages = [{ carrier: '1001', trackingNumber, shippedOn: '2026-11-20', ...lines }];
    await api
      .as('post', `${pathOf(ref)}/shipments`)
      .send({ packages })
      .expect(200);
  };
  /** The shop's people put the number right in RMS, and ask for another look here. */
  const correct = async (ref: OrderRef): Promise<void> => {
    const { basketId, ShippingModelList } = await destinationOf(ref);
    const rows = ShippingModelList.filter((row) => row.shippingNumber === WRONG).map(
      ({ shippingDetailId }) => ({ shippingDetailId, shippingNumber: RIGHT }),
    );
    const baskets = [{ basketId, rows }];
    await house.context.gateway(SHOP.shopId).changeShippingRows({ orderNumber: ref.orderNumber, baskets });
    expect(await numbersAtRakuten(ref)).toEqual([RIGHT]);
    await handleOf(ref).executeUpdate(retryOrder);
  };
  const movements = async ({ orderNumber }: OrderRef) =>
    (await listMovements(house.database.db, { orderNumber }, 0, 100)).map(
      ({ kind, quantity }) => `${kind} ${quantity}`,
    );
  const closed = async (ref: OrderRef): Promise<void> => {
    await house.control('POST', '/control/night', {});
    await desk.sync();
    await desk.reaches(ref, 'completed');
  };

  it('stays as it was corrected, in its one row, and nothing is reported or consumed again', async () => {
    const ref = await instructed();
    await ship(ref, WRONG);
    await desk.reaches(ref, 'shipping_reported');
    expect(await numbersAtRakuten(ref)).toEqual([WRONG]);
    await correct(ref);
    const shown = await api.as('get', pathOf(ref)).expect(200);
    expect(shown.body).toMatchObject({
      stage: 'shipping_reported',
      shipments: [
        { trackingNumber: WRONG, lines: null, source: 'api' },
        { trackingNumber: RIGHT, lines: [], source: 'rakuten' },
      ],
    });
    expect(shown.body.timeline.at(-1)).toMatchObject({
      code: 'shipment.corrected',
      params: { before: WRONG, trackingNumber: RIGHT },
    });
    // The warehouse tells of its parcel again, under the number that it knows.
    await ship(ref, WRONG);
    await closed(ref);
    expect(await numbersAtRakuten(ref)).toEqual([RIGHT]);
    expect(await movements(ref)).toEqual(['reserve 2', 'consume 2']);
    await recordHistory('order-0.1.0-corrected-tracking', handleOf(ref));
  });

  it('is still that of one parcel of several: what has not left yet stays open, and is reported when it leaves', async () => {
    const ref = await instructed();
    await ship(ref, WRONG, 1);
    await eventually(
      () => desk.codes(ref),
      (codes) => codes.includes('shipment.reported'),
    );
    await correct(ref);
    const shown = await api.as('get', pathOf(ref)).expect(200);
    expect(shown.body).toMatchObject({ stage: 'instructed' });
    expect((await currentFulfilment(house.database.db, ref))?.state).toBe('open');
    expect(await movements(ref)).toEqual(['reserve 2', 'consume 1']);
    await ship(ref, OTHER, 1);
    await desk.reaches(ref, 'shipping_reported');
    expect(await numbersAtRakuten(ref)).toEqual([RIGHT, OTHER]);
    await closed(ref);
    expect(await movements(ref)).toEqual(['reserve 2', 'consume 1', 'consume 1']);
  });
});
