import { CARRIERS } from '../../src/domain/carriers';
import { trackingFormProblem } from '../../src/domain/tracking-forms';

test.each([
  ['1001', '400000000001'],
  ['1001', '4000-0000-0001'],
  ['1002', '1234567890'],
  ['1002', '3600 0000 0001'],
  ['1003', '12345678901'],
  ['1003', 'RR123456785JP'],
  ['1017', 'EA123456789JP'],
  ['1030', '300000000001'],
  ['1000', 'anything'],
  ['1020', '1Z999AA10123456784'],
])('carrier %s takes %s', (carrier, number) => {
  expect(Object.keys(CARRIERS)).toContain(carrier);
  expect(trackingFormProblem(carrier, number)).toBeUndefined();
});

test.each([
  ['1001', '40'],
  ['1001', 'EA123456789JP'],
  ['1002', '1234567890123'],
  ['1003', '1234567890'],
  ['1017', '123456789012'],
])('carrier %s does not take %s, and says what it takes', (carrier, number) => {
  expect(trackingFormProblem(carrier, number)).toMatch(/^must /);
});
