import { changedFields, namesOf } from '../../src/domain/field-changes';

const order = (
  change: object = {},
  sender: object = {},
  items: object[] = [{ itemDetailId: 1, units: 1 }],
) => ({
  orderProgress: 300,
  remarks: 'hello',
  deliveryDate: null,
  PackageModelList: [
    {
      basketId: 10,
      SenderModel: { city: '千代田区', subAddress: '丸の内1-1', ...sender },
      ItemModelList: items,
      ShippingModelList: [],
    },
  ],
  ...change,
});

test('an order that was not changed has no changed field, wherever null and absent differ', () => {
  expect(changedFields(order(), order({ deliveryDate: undefined }))).toEqual([]);
});

test('a changed address is named field by field with both values', () => {
  expect(changedFields(order(), order({}, { subAddress: '大手町2-2' }))).toEqual([
    {
      fieldGroup: 'address',
      field: 'PackageModelList[10].SenderModel.subAddress',
      before: '"丸の内1-1"',
      after: '"大手町2-2"',
    },
  ]);
});

test('a removed line shows as that line alone, and one that came as new', () => {
  const two = [
    { itemDetailId: 1, units: 1 },
    { itemDetailId: 2, units: 5 },
  ];
  const changes = changedFields(order({}, {}, two), order({}, {}, [{ itemDetailId: 2, units: 5 }]));
  expect(changes).toEqual([
    {
      fieldGroup: 'lines',
      field: 'PackageModelList[10].ItemModelList[1].units',
      before: '1',
      after: undefined,
    },
  ]);
});

test('what does not concern the parcel is no change: status, shipping rows, memo', () => {
  const shipped = { ShippingModelList: [{ shippingDetailId: 5 }], basketId: 10 };
  const before = order({ PackageModelList: [{ basketId: 10 }] });
  expect(
    changedFields(before, order({ orderProgress: 500, memo: 'x', PackageModelList: [shipped] })),
  ).toEqual([]);
});

test('names are told by group and never carry a value', () => {
  const names = namesOf(changedFields(order(), order({ remarks: '急いで' }, { city: '港区' })));
  expect(names).toBe('remarks (remarks); address (SenderModel.city)');
});
