import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RmsError } from '../../src/rms/errors';
import { confirmOrder, getOrder, searchOrder } from '../../src/rms/orders';
import { type FakeRms, json, startFakeRms } from './support/fake-rms';
import { no } from './support/numbers';
import { bareOrder, info, refusal } from './support/payloads';

const FIXTURES = join(__dirname, '../../../shared/fixtures/rms/order');
const present = existsSync(FIXTURES);
if (!present) process.stderr.write('Rakuten’s own order samples are not here: their tests are skipped.\n');
const fixture = (name: string): unknown => JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));

let rms: FakeRms;
beforeEach(async () => {
  rms = await startFakeRms();
});
afterEach(() => rms.close());

const window = {
  dateType: 'ordered',
  start: new Date('2026-11-03T15:00:00Z'),
  end: new Date('2026-11-06T14:59:59Z'),
  page: 2,
  pageSize: 1000,
  sort: 'asc',
} as const;

describe('searchOrder', () => {
  it('asks in the words of the reference', async () => {
    rms.script = json(200, { orderNumberList: ['a'], MessageModelList: [], PaginationResponseModel: null });
    await searchOrder(rms.connection, { ...window, orderProgressList: [300], shippingDateBlank: true });
    expect(rms.requests).toHaveLength(1);
    expect(rms.requests[0]).toMatchObject({
      method: 'POST',
      path: '/es/2.0/order/searchOrder/',
      headers: {
        authorization: `ESA ${Buffer.from('SP000000_secret:SL000000_key').toString('base64')}`,
        'content-type': 'application/json; charset=utf-8',
      },
      body: {
        orderProgressList: [300],
        dateType: 1,
        startDatetime: '2026-11-04T00:00:00+0900',
        endDatetime: '2026-11-06T23:59:59+0900',
        shippingDateBlankFlag: 1,
        PaginationRequestModel: {
          requestRecordsAmount: 1000,
          requestPage: 2,
          SortModelList: [{ sortColumn: 1, sortDirection: 1 }],
        },
      },
    });
  });

  it('reads zero hits, whose counts are null, as an empty page', async () => {
    rms.script = json(200, {
      orderNumberList: [],
      MessageModelList: [info('SEARCH_ORDER_INFO_102')],
      PaginationResponseModel: { totalRecordsAmount: null, totalPages: null, requestPage: null },
    });
    await expect(searchOrder(rms.connection, window)).resolves.toEqual({
      orderNumbers: [],
      totalRecords: 0,
      totalPages: 0,
      page: 2,
    });
  });

  it('tells every refused field', async () => {
    const MessageModelList = [refusal('SEARCH_ORDER_ERROR_009'), refusal('SEARCH_ORDER_ERROR_011')];
    rms.script = json(400, { orderNumberList: null, MessageModelList, PaginationResponseModel: null });
    const error = await searchOrder(rms.connection, window).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'refused', httpStatus: 400, operation: 'searchOrder' });
    expect(error).toHaveProperty('codes.1.code', 'ORDER_EXT_API_SEARCH_ORDER_ERROR_011');
  });
});

describe('getOrder', () => {
  const answered = async (payload: unknown, numbers: readonly string[]) => {
    rms.script = json(200, payload);
    return getOrder(rms.connection, numbers);
  };

  it('reads an order of which only the necessary is there, and keeps what it does not know', async () => {
    const order = bareOrder(no('a'), { somethingNew: { deep: [1] } });
    const answers = await answered({ MessageModelList: [], OrderModelList: [order] }, [no('a')]);
    expect(answers.get(no('a'))).toEqual({ kind: 'found', order, raw: order });
    expect(rms.requests[0]?.body).toEqual({ orderNumberList: [no('a')], version: 9 });
  });

  it('asks for a number once, however often it is given', async () => {
    const answers = await answered({ MessageModelList: [], OrderModelList: [bareOrder(no('a'))] }, [
      no('a'),
      no('a'),
    ]);
    expect(answers.size).toBe(1);
    expect(rms.requests[0]?.body.orderNumberList).toEqual([no('a')]);
  });

  it('reads numbers that come as strings as numbers', async () => {
    const order = bareOrder(no('a'), { subStatusId: '3601', WrappingModel1: { title: 1, price: '150' } });
    const answers = await answered({ MessageModelList: [], OrderModelList: [order] }, [no('a')]);
    expect(answers.get(no('a'))).toMatchObject({
      kind: 'found',
      order: { subStatusId: 3601, WrappingModel1: { price: 150 } },
    });
  });

  it.each([
    ['a wrong type', { goodsPrice: 'many' }, 'goodsPrice'],
    ['a missing list', { PackageModelList: undefined }, 'PackageModelList'],
    [
      'a wrong place deep inside',
      { PackageModelList: [{ basketId: 1, ItemModelList: [{ itemDetailId: 1, units: null }] }] },
      'PackageModelList[0].ItemModelList[0].units',
    ],
    ['a datetime of another form', { orderDatetime: '2026/11/01' }, 'orderDatetime'],
  ])('fails one order by its path and number and spares its neighbours: %s', async (_name, changes, path) => {
    const OrderModelList = [bareOrder(no('a')), bareOrder(no('b'), changes), bareOrder(no('c'))];
    const answers = await answered({ MessageModelList: [], OrderModelList }, ['a', 'b', 'c'].map(no));
    expect([...answers.values()].map(({ kind }) => kind)).toEqual(['found', 'malformed', 'found']);
    expect(answers.get(no('b'))).toMatchObject({ error: { kind: 'malformed', orderNumber: no('b') } });
    expect(answers.get(no('b'))).toHaveProperty('error.issues.0.path', path);
  });

  it('keeps the values of a broken order out of the error', async () => {
    const OrderModelList = [
      bareOrder(no('b'), { remarks: { note: '東京都世田谷区' }, goodsPrice: '090-1234' }),
    ];
    const answers = await answered({ MessageModelList: [], OrderModelList }, [no('b')]);
    const answer = answers.get(no('b'));
    expect(answer?.kind).toBe('malformed');
    const text = answer?.kind === 'malformed' ? `${answer.error.message}${JSON.stringify(answer.error)}` : '';
    expect(text).not.toMatch(/世田谷|090-1234/);
  });

  it('tells numbers that Rakuten does not know from those it did not mention', async () => {
    const MessageModelList = [info('GET_ORDER_INFO_101'), info('GET_ORDER_INFO_102', no('gone'))];
    const answers = await answered({ MessageModelList, OrderModelList: [bareOrder(no('a'))] }, [
      no('a'),
      no('gone'),
      no('lost'),
    ]);
    expect([...answers.values()].map(({ kind }) => kind)).toEqual(['found', 'not_found', 'malformed']);
  });

  (present ? it : it.skip).each([
    'getOrder.v9.official-sample-238.json',
    'getOrder.v9.official-sample-239.json',
  ])('reads Rakuten’s own sample %s as it is', async (name) => {
    const number = no('sample');
    const sample = readFileSync(join(FIXTURES, name), 'utf8').replaceAll('###_ORDER_NUMBER_###', number);
    const answers = await answered(JSON.parse(sample), [number]);
    const answer = answers.get(number);
    expect(answer).toMatchObject({ kind: 'found', order: { orderNumber: number, orderProgress: 100 } });
    expect(answer).toHaveProperty(
      'order.PackageModelList.0.ItemModelList.0.SkuModelList.0.variantId',
      '22080313',
    );
  });

  (present ? it : it.skip).each([
    ['searchOrder.200-ok.official-sample.json', 3, 3],
    ['searchOrder.200-empty.official-sample.json', 0, 0],
    ['searchOrder.200-page1of3.official-doc.json', 30, 79],
  ])('reads Rakuten’s own sample %s as it is', async (name, rows, total) => {
    rms.script = json(200, fixture(name));
    const page = await searchOrder(rms.connection, window);
    expect([page.orderNumbers.length, page.totalRecords]).toEqual([rows, total]);
  });
});

describe('confirmOrder', () => {
  it('gives every order its own outcome', async () => {
    rms.script = json(200, {
      MessageModelList: [
        refusal('CONFIRM_ORDER_ERROR_105', no('unfixed')),
        refusal('CONFIRM_ORDER_ERROR_103', no('moved')),
        info('CONFIRM_ORDER_INFO_101', no('good')),
        refusal('CONFIRM_ORDER_ERROR_102', no('cancelled')),
        refusal('CONFIRM_ORDER_ERROR_199', no('odd')),
        info('CONFIRM_ORDER_INFO_199', no('vague')),
      ],
    });
    const numbers = ['good', 'moved', 'cancelled', 'unfixed', 'odd', 'vague', 'silent'].map(no);
    const answers = await confirmOrder(rms.connection, numbers);
    expect(numbers.map((number) => answers.get(number)?.kind)).toEqual([
      'confirmed',
      'already_moved_on',
      'cancelled',
      'postage_unfixed',
      'refused',
      'no_answer',
      'no_answer',
    ]);
    expect(answers.get(no('odd'))).toMatchObject({ code: 'ORDER_EXT_API_CONFIRM_ORDER_ERROR_199' });
  });

  it('does not call an answer it cannot read a failure', async () => {
    rms.script = json(200, { unexpected: true });
    await expect(confirmOrder(rms.connection, [no('a')])).rejects.toMatchObject({ kind: 'unknown_outcome' });
    await expect(confirmOrder(rms.connection, [no('a')])).rejects.toBeInstanceOf(RmsError);
  });
});
