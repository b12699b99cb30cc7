import { getInventory, getVariantInventory, inventoryKey, upsertInventory } from '../../src/rms/inventory';
import { getLicenseExpiry } from '../../src/rms/licence';
import { updateOrderShipping } from '../../src/rms/shipping';
import { type FakeRms, json, startFakeRms } from './support/fake-rms';
import { no } from './support/numbers';
import { refusal } from './support/payloads';

let rms: FakeRms;
beforeEach(async () => {
  rms = await startFakeRms();
});
afterEach(() => rms.close());

const row = (
  dataNumber: number,
  shippingDetailId: number | null,
  code = 'INFO_101',
  messageType = 'INFO',
) => ({
  messageType,
  messageCode: `ORDER_EXT_API_UPDATE_ORDERSHIPPING_${code}`,
  message: 'x',
  dataNumber,
  shippingDetailId,
});

describe('updateOrderShipping', () => {
  const update = {
    orderNumber: no('a'),
    baskets: [
      { basketId: 1, rows: [{ deliveryCompany: '1001', shippingNumber: '12', shippingDate: '2026-11-22' }] },
      { basketId: 2, rows: [{ shippingDetailId: 9, delete: true }] },
    ],
  };

  it('sends rows in the words of the reference and gives their ids back', async () => {
    rms.script = json(200, { MessageModelList: [row(1, 77), row(2, 9, 'INFO_103')] });
    const answer = await updateOrderShipping(rms.connection, update);
    expect(answer.kind).toBe('reported');
    expect(answer.rows.map(({ shippingDetailId }) => shippingDetailId)).toEqual([77, 9]);
    expect(rms.requests[0]?.body).toEqual({
      orderNumber: no('a'),
      BasketidModelList: [
        {
          basketId: 1,
          ShippingModelList: [{ deliveryCompany: '1001', shippingNumber: '12', shippingDate: '2026-11-22' }],
        },
        { basketId: 2, ShippingModelList: [{ shippingDetailId: 9, shippingDeleteFlag: 1 }] },
      ],
    });
  });

  it.each([
    ['a cancelled order', 200, [row(1, null, 'ERROR_102', 'ERROR')], 'cancelled'],
    ['a field of a wrong form', 400, [refusal('UPDATE_ORDERSHIPPING_ERROR_011')], 'refused'],
    ['one of two rows', 200, [row(1, 77), row(2, null, 'ERROR_011', 'ERROR')], 'refused'],
  ])('takes the refusal of %s as an outcome', async (_name, status, MessageModelList, kind) => {
    rms.script = json(status, { MessageModelList });
    await expect(updateOrderShipping(rms.connection, update)).resolves.toMatchObject({ kind });
  });

  it('does not believe a success that answers fewer rows than were sent', async () => {
    rms.script = json(200, { MessageModelList: [row(1, 77)] });
    await expect(updateOrderShipping(rms.connection, update)).rejects.toMatchObject({
      kind: 'unknown_outcome',
      orderNumber: no('a'),
    });
  });

  it('does not take the gateway’s refusal for an outcome of the order', async () => {
    rms.script = json(415, { Results: { errorCode: 'ES04-03', message: 'Unsupported Media Type' } });
    await expect(updateOrderShipping(rms.connection, update)).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe('inventory', () => {
  const record = {
    manageNumber: 'mng1',
    variantId: 'Red',
    quantity: 3,
    updated: '2026-11-01T10:00:00+09:00',
  };

  it('finds a pair whatever the case of its manageNumber, and leaves out what Rakuten does not hold', async () => {
    rms.script = json(200, { inventories: [record] });
    const pairs = [
      { manageNumber: 'MNG1', variantId: 'Red' },
      { manageNumber: 'mng1', variantId: 'Red' },
      { manageNumber: 'mng1', variantId: 'red' },
    ];
    const records = await getInventory(rms.connection, pairs);
    expect(pairs.map((pair) => records.get(inventoryKey(pair))?.quantity)).toEqual([3, 3, undefined]);
    expect(rms.requests[0]).toMatchObject({ path: '/es/2.1/inventories/bulk-get', method: 'POST' });
    expect(rms.requests[0]?.body.inventories).toHaveLength(2);
  });

  it('sends lead times back as they were read, since a write without them deletes them', async () => {
    const settings = { operationLeadTime: { normalDeliveryTimeId: 5 }, shipFromIds: [2] };
    rms.script = json(200, { inventories: [{ ...record, ...settings }] });
    const pair = { manageNumber: 'mng1', variantId: 'Red' };
    const read = (await getInventory(rms.connection, [pair])).get(inventoryKey(pair));
    expect(read).toEqual({ quantity: 3, updated: new Date('2026-11-01T01:00:00Z'), ...settings });
    rms.script = json(204, undefined);
    await upsertInventory(rms.connection, [{ ...read, ...pair, mode: 'RELATIVE', quantity: -1 }]);
    expect(rms.requests[1]?.body).toEqual({
      inventories: [{ ...pair, ...settings, mode: 'RELATIVE', quantity: -1 }],
    });
  });

  it('reads one pair, and its absence', async () => {
    const pair = { manageNumber: 'mng1', variantId: 'a-b_C' };
    rms.script = json(200, { ...record, ...pair });
    await expect(getVariantInventory(rms.connection, pair)).resolves.toMatchObject({ quantity: 3 });
    expect(rms.requests[0]?.path).toBe('/es/2.1/inventories/manage-numbers/mng1/variants/a-b_C');
    rms.script = json(404, { errors: [{ code: 'GE0014', message: 'Not found for inputs' }] });
    await expect(getVariantInventory(rms.connection, pair)).resolves.toBeUndefined();
    rms.script = json(400, { errors: [{ code: 'GE0007', message: 'path' }] });
    await expect(getVariantInventory(rms.connection, pair)).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe('licence', () => {
  it('reads the last second of the last day in Japan', async () => {
    rms.script = json(200, { expiryDate: '2026-11-28T23:59:59' });
    await expect(getLicenseExpiry(rms.connection)).resolves.toEqual(new Date('2026-11-28T14:59:59Z'));
    expect(rms.requests[0]?.query.get('licenseKey')).toBe('SL000000_key');
  });

  it('does not guess at a date it cannot read', async () => {
    rms.script = json(200, { expiryDate: 'next year' });
    await expect(getLicenseExpiry(rms.connection)).rejects.toMatchObject({
      kind: 'malformed',
      issues: [{ path: 'expiryDate' }],
    });
  });
});
