import { chosenShipFrom } from '../../src/domain/ship-from';

test.each([
  [
    { rule: 'a', order: 'b', shop: 'c' },
    { shipFromId: 'a', source: 'rule' },
  ],
  [
    { rule: null, order: 'b', shop: 'c' },
    { shipFromId: 'b', source: 'order' },
  ],
  [
    { rule: null, order: null, shop: 'c' },
    { shipFromId: 'c', source: 'shop' },
  ],
  [
    { rule: 'a', order: null, shop: null },
    { shipFromId: 'a', source: 'rule' },
  ],
  [
    { rule: null, order: null, shop: null },
    { shipFromId: null, source: null },
  ],
])('a rule comes before the order before its shop: %j', (candidates, chosen) => {
  expect(chosenShipFrom(candidates)).toEqual(chosen);
});
