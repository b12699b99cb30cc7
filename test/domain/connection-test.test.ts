import { type FunctionAnswer, judgeConnection, summariseConnection } from '../../src/domain/connection-test';
import { RMS_FUNCTIONS } from '../../src/domain/rms-functions';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { isTextCode, say } from '../../src/domain/texts';

const NOW = new Date('2026-07-01T00:00:00Z');
const OLD_KEY = { addedAt: new Date('2026-06-01T00:00:00Z') };

type Outcome = FunctionAnswer['outcome'];

/** Every function answers alike but those that are named. */
const judged = (usual: Outcome, named: Readonly<Record<string, Outcome>> = {}, code: string | null = null) =>
  judgeConnection(
    new Map(
      RMS_FUNCTIONS.map(({ box, operation }) => {
        const outcome = named[operation] ?? usual;
        return [box, { operation, outcome, httpStatus: null, code }];
      }),
    ),
    OLD_KEY,
    NOW,
  );
const summary = (...of: Parameters<typeof judged>) => {
  const { code, params } = summariseConnection(judged(...of), DEFAULT_SETTINGS);
  return [code.replace('connection.summary.', ''), say('en', code, params)];
};

test.each<[string, Parameters<typeof judged>, string, RegExp]>([
  ['all work', ['works'], 'works', /all 4 functions/],
  [
    'one that is needed is refused',
    ['works', { getOrder: 'refused' }],
    'functions_missing',
    /: rpay\.order\.getOrder\./,
  ],
  ['one that is not needed is refused', ['works', { cancelOrder: 'refused' }], 'works', /all 4/],
  [
    'one alone works',
    ['refused', { cancelOrder: 'works' }],
    'functions_missing',
    /searchOrder, rpay\.order\.getOrder/,
  ],
  ['all are refused', ['refused'], 'key_refused', /Most likely: the licenseKey is wrong/],
  [
    'all but one that is away are refused',
    ['refused', { getOrder: 'rakuten_down' }],
    'key_refused',
    /Most likely/,
  ],
  ['one is away', ['works', { getOrder: 'throttled' }], 'partly_unknown', /getOrder \(Rakuten had too many/],
  ['nothing answers', ['unreachable'], 'no_answer', /cannot be reached/],
])('when %s', (_, answers, code, text) => {
  expect(summary(...answers)).toEqual([code, expect.stringMatching(text)]);
});

test('misshapen credentials come before every other cause', () => {
  expect(judged('refused', {}, 'GK0001')[0]?.causes[0]).toBe('key_misshapen');
});

test('the paid option is a cause where manuals ask for it, and the last', () => {
  const [row] = judged('works', { 'items.search': 'refused' }).filter(({ works }) => works === false);
  expect(row?.causes).toEqual(['function_not_ticked', 'not_registered', 'paid_option']);
});

test('every function says what it is for and when it is needed', () => {
  for (const { operation, need, evidence } of RMS_FUNCTIONS)
    for (const code of [`rms_function.${operation}`, `rms_need.${need}`, `rms_evidence.${evidence}`])
      expect([code, isTextCode(code)]).toEqual([code, true]);
});
