import { isPersonal, withoutPeople } from '../../src/domain/kept-fields';
import { orderModel } from '../../src/rms/schemas/order';
import { ACCOUNTS, PLANTED, plantedOrder } from '../support/people';

test('an order without its people has its accounting, names nobody, and is still an order', () => {
  const stripped = withoutPeople(plantedOrder('1-20261101-1'));
  expect(stripped).toMatchObject({ ...ACCOUNTS, orderNumber: '1-20261101-1', orderProgress: 300 });
  expect(PLANTED.filter((planted) => JSON.stringify(stripped).includes(planted))).toEqual([]);
  expect(orderModel.parse(stripped).PackageModelList).toHaveLength(1);
});

test('doing it again changes nothing', () => {
  const stripped = withoutPeople(plantedOrder('1-20261101-1'));
  expect(withoutPeople(stripped)).toEqual(stripped);
});

test('a field that nobody knows goes, wherever it stands and whatever is in it', () => {
  const raw = {
    orderNumber: '1',
    NewModel: { name: '山田', price: 1 },
    nickname: '山田',
    name: '山田',
    PackageModelList: [{ basketId: 1, name: '山田', ItemModelList: [{ units: 1, engraving: ['山田'] }] }],
  };
  expect(withoutPeople(raw)).toEqual({
    orderNumber: '1',
    PackageModelList: [{ basketId: 1, ItemModelList: [{ units: 1 }] }],
  });
});

test('an object where a value was expected does not bring its fields along', () => {
  expect(
    withoutPeople({ orderNumber: { name: '山田' }, DeliveryModel: { deliveryName: { name: '山田' } } }),
  ).toEqual({
    orderNumber: {},
    DeliveryModel: { deliveryName: {} },
  });
});

test.each([
  ['remarks', true],
  ['PackageModelList[10].SenderModel.city', true],
  ['PackageModelList[10].SenderModel.prefecture', true],
  ['PackageModelList[10].DeliveryCvsModel.storeName', true],
  ['PackageModelList[10].noshi', true],
  ['PackageModelList[10].ItemModelList[101].selectedChoice', true],
  ['PackageModelList[10].ItemModelList[101].units', false],
  ['PackageModelList[10].ItemModelList[101].SkuModelList[G100].variantId', false],
  ['WrappingModel1.name', false],
  ['deliveryDate', false],
])('%s is personal: %s', (path, personal) => {
  expect(isPersonal(path)).toBe(personal);
});
