import { MockActivityEnvironment } from '@temporalio/testing';
import type { Assessment } from '../../src/activities/assess';
import type { ActivityContext } from '../../src/activities/context';
import { reportShipping } from '../../src/activities/report-shipping';
import { manualProvider } from '../../src/fulfilment/manual';
import { createGateway } from '../../src/rms/gateway';
import { orderModel } from '../../src/rms/schemas/order';
import type { ShippingUpdate } from '../../src/rms/shipping';
import { addShipments, listShipments, settleShipment } from '../../src/store/shipments';
import { acceptSubmission, beginSubmission } from '../../src/store/submissions';
import { linesOfOrder } from '../../src/store/timeline';
import { basket } from '../domain/facts';
import { freeLimiter } from '../rms/support/limiters';
import { bareOrder } from '../rms/support/payloads';
import type { TestStore } from '../store/store';
import { startStore } from '../store/store';
import '../support/quiet-runtime';

/** Nothing but what a test plays is called. */
const unused = createGateway({
  shopId: 'tea',
  connection: () => Promise.reject(new Error('nobody is called')),
  limiter: freeLimiter,
});

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

const row = (shippingDetailId: number) => ({
  shippingDetailId,
  deliveryCompany: '1001',
  shippingNumber: '4000',
  shippingDate: '2026-11-20',
});

test.each([
  ['gone', 'is told once', ['shipment.duplicate_removed']],
  ['kept', 'is not said to be removed, and the step is tried again later and not at once', []],
])('a double row that Rakuten lets be %s %s', async (fate, _, told) => {
  const ref = await store.order(`1-20261101-${fate === 'gone' ? '1' : '2'}0000000`, {
    rakutenStatus: 300,
    baskets: [basket('1')],
  });
  const parcel = { basketId: '1', carrier: '1001', trackingNumber: '4000', shippedOn: '2026-11-20' };
  await addShipments(store.db, ref, [{ ...parcel, source: 'api' }]);
  for (const { shipmentId } of await listShipments(store.db, ref))
    await settleShipment(store.db, shipmentId, null);

  const sent: ShippingUpdate[] = [];
  const rows = [row(7), row(8)];
  const gateway = {
    getOrder: async () => {
      const raw = bareOrder(ref.orderNumber, {
        orderProgress: 300,
        PackageModelList: [{ basketId: 1, ItemModelList: [], ShippingModelList: rows }],
      });
      return { kind: 'found', order: orderModel.parse(raw), raw } as const;
    },
    reportShipping: async (update: ShippingUpdate) => {
      sent.push(update);
      if (fate === 'gone') rows.pop();
      return { kind: fate === 'gone' ? 'reported' : 'refused', rows: [] } as const;
    },
  };
  const context: ActivityContext = {
    ...store,
    now: () => new Date(),
    gateway: () => ({ ...unused, ...gateway }),
    provider: () => manualProvider,
  };
  const run = new MockActivityEnvironment().run(() => reportShipping(context, ref));
  if (fate === 'gone') await run;
  else await expect(run).rejects.toMatchObject({ name: 'NotVisibleYet' });
  expect(sent).toEqual([
    {
      orderNumber: ref.orderNumber,
      baskets: [{ basketId: 1, rows: [{ shippingDetailId: 8, delete: true }] }],
    },
  ]);
  const codes = (await linesOfOrder(store.db, ref)).map(({ code }) => code);
  expect(codes.filter((code) => code === 'shipment.duplicate_removed')).toEqual(told);
});

test.each([
  ['at once', '3'],
  ['in the result of an asynchronous one', '4'],
])(
  'a parcel whose report is refused %s because the buyer cancelled has left, and people are told',
  async (how, digit) => {
    const ref = await store.order(`1-20261101-${digit}0000000`, {
      rakutenStatus: 300,
      baskets: [basket('1')],
    });
    const parcel = { basketId: '1', carrier: '1001', trackingNumber: '4000', shippedOn: '2026-11-20' };
    await addShipments(store.db, ref, [{ ...parcel, source: 'warehouse' }]);
    let orderProgress = 300;
    const error = {
      type: 'ERROR',
      code: '102',
      message: 'cancelled',
      shippingDetailId: null,
      dataNumber: null,
    };
    const refuse = async () => {
      orderProgress = 900;
      return { kind: 'cancelled', rows: [error] } as const;
    };
    const gateway = {
      getOrder: async () => {
        const raw = bareOrder(ref.orderNumber, {
          orderProgress,
          PackageModelList: [{ basketId: 1, ItemModelList: [], ShippingModelList: [] }],
        });
        return { kind: 'found', order: orderModel.parse(raw), raw } as const;
      },
      reportShipping: refuse,
      getShippingResult: async () =>
        ({ kind: 'done', answers: new Map([[ref.orderNumber, await refuse()]]) }) as const,
    };
    const context: ActivityContext = {
      ...store,
      now: () => new Date(Date.now() + 86_400_000),
      gateway: () => ({ ...unused, ...gateway }),
      provider: () => manualProvider,
    };
    if (how !== 'at once') {
      const submissionId = await beginSubmission(store.db, ref.shopId, [ref.orderNumber]);
      await acceptSubmission(store.db, submissionId, 'asked', [ref.orderNumber]);
    }
    const run = (): Promise<Assessment> =>
      new MockActivityEnvironment().run(() => reportShipping(context, ref));
    const first = await run();
    const { holds } = first.step === 'report' ? await run() : first;
    expect(holds).toEqual(['parcel_left']);
    expect(await listShipments(store.db, ref)).toMatchObject([{ trackingNumber: '4000', refusedCode: null }]);
  },
);
