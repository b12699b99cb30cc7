import type { HoldCode, HoldInput } from '../../src/domain/holds';
import { dueHolds, HOLD_KINDS } from '../../src/domain/holds';
import { facts } from './facts';

const calm: HoldInput = {
  facts: facts(),
  unlinked: [],
  short: [],
  needsSku: true,
  remarkChanged: false,
  changedOutside: [],
  confirmRefused: null,
  shippingRefused: [],
  deliveryConflict: undefined,
  cancelRefused: null,
  leftThough: [],
};

/** For each hold: what opens it, with which cause, and what closes it again. */
const CASES: Record<HoldCode, { opens: Partial<HoldInput>; cause: string; closes: Partial<HoldInput> }> = {
  amounts_unfixed: {
    opens: { facts: facts({ amountsUnfixed: true }) },
    cause: '-9999',
    closes: { facts: facts() },
  },
  stock_short: { opens: { short: ['TEA-1', 'TEA-2'] }, cause: 'TEA-1, TEA-2', closes: { short: [] } },
  remark_changed: { opens: { remarkChanged: true }, cause: 'remarks', closes: { remarkChanged: false } },
  sku_unlinked: { opens: { unlinked: ['tea/G1'] }, cause: 'tea/G1', closes: { unlinked: [] } },
  awaiting_payment: {
    opens: { facts: facts({ rakutenStatus: 200, settlementMethodCode: 9 }) },
    cause: '9',
    closes: { facts: facts({ rakutenStatus: 300, settlementMethodCode: 9 }) },
  },
  gift_address_pending: {
    opens: { facts: facts({ giftAddressPending: true }) },
    cause: 'address',
    closes: { facts: facts() },
  },
  cancel_pending: {
    opens: { facts: facts({ rakutenStatus: 800 }) },
    cause: '800',
    closes: { facts: facts({ rakutenStatus: 300 }) },
  },
  outside_change: {
    opens: { changedOutside: ['address', 'lines'] },
    cause: 'address, lines',
    closes: { changedOutside: [] },
  },
  confirm_refused: {
    opens: { confirmRefused: 'ERROR_105' },
    cause: 'ERROR_105',
    closes: { confirmRefused: 'ERROR_105', facts: facts({ rakutenStatus: 200 }) },
  },
  shipping_refused: {
    opens: { shippingRefused: ['ERROR_011'] },
    cause: 'ERROR_011',
    closes: { shippingRefused: [] },
  },
  address_doubtful: {
    opens: { facts: facts({ addressDoubts: ['zip_prefecture', 'no_house_number'] }) },
    cause: 'zip_prefecture, no_house_number',
    closes: { facts: facts({ addressDoubts: [] }) },
  },
  deadline_conflict: {
    opens: { deliveryConflict: '2026-07-02' },
    cause: '2026-07-02',
    closes: { deliveryConflict: undefined },
  },
  cancel_refused: {
    opens: { cancelRefused: 'ERROR_104' },
    cause: 'ERROR_104',
    closes: { cancelRefused: null },
  },
  parcel_left: {
    opens: { leftThough: ['400000000001'] },
    cause: '400000000001',
    closes: { leftThough: [] },
  },
};

const codes = Object.keys(HOLD_KINDS) as HoldCode[];

test('nothing unusual holds nothing', () => {
  expect(dueHolds(calm)).toEqual([]);
});

test.each(codes)('%s opens with its cause, alone, and closes when the cause is gone', (code) => {
  const { opens, cause, closes } = CASES[code];
  expect(dueHolds({ ...calm, ...opens })).toEqual([{ code, cause }]);
  expect(dueHolds({ ...calm, ...opens, ...closes })).toEqual([]);
});

test('holds stand beside each other', () => {
  const due = dueHolds({ ...calm, short: ['TEA-1'], unlinked: ['tea/G1'], remarkChanged: true });
  expect(due.map(({ code }) => code).sort()).toEqual(['remark_changed', 'sku_unlinked', 'stock_short']);
});

test.each([9, 13, 14])(
  'method %d is prepaid: it waits for the money at 200, not before and not after',
  (method) => {
    const at = (rakutenStatus: number) =>
      dueHolds({ ...calm, facts: facts({ rakutenStatus, settlementMethodCode: method }) });
    expect(at(100)).toEqual([]);
    expect(at(200)).toEqual([{ code: 'awaiting_payment', cause: String(method) }]);
    expect(at(300)).toEqual([]);
  },
);

test.each([1, 2, 12, null])('method %p is not prepaid: nothing waits for money', (settlementMethodCode) => {
  expect(dueHolds({ ...calm, facts: facts({ rakutenStatus: 200, settlementMethodCode }) })).toEqual([]);
});

test('a SKU that nobody asks for need not be linked', () => {
  expect(dueHolds({ ...calm, unlinked: ['tea/G1'], needsSku: false })).toEqual([]);
});

test('an order that Rakuten closed as shipped is not short of anything', () => {
  expect(dueHolds({ ...calm, short: ['TEA-1'], facts: facts({ rakutenStatus: 500 }) })).toEqual([]);
});
