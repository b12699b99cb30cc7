import type { ParkCause } from '../../src/activities/failures';
import { HOLD_KINDS } from '../../src/domain/holds';
import { STAGES } from '../../src/domain/order';
import { allTexts, isTextCode, LANGUAGES, say } from '../../src/domain/texts';

const PARK_CAUSES: Record<ParkCause, true> = {
  key_refused: true,
  function_not_ticked: true,
  rakuten_unavailable: true,
  rakuten_refused: true,
  warehouse_unavailable: true,
  internal: true,
  stopped: true,
};

test.each([
  ...STAGES.map((stage) => `stage.${stage}`),
  ...Object.keys(HOLD_KINDS).map((hold) => `hold.${hold}`),
  ...Object.keys(PARK_CAUSES).map((cause) => `park.${cause}`),
])('%s has a wording', (code) => {
  expect(isTextCode(code)).toBe(true);
});

test('every wording exists in every language and names the same parameters', () => {
  const parameters = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const [code, wording] of allTexts()) {
    for (const language of LANGUAGES) expect([code, wording[language]]).not.toEqual([code, '']);
    expect([code, parameters(wording.en)]).toEqual([code, parameters(wording.ja)]);
  }
});

test('parameters are filled in, as they are', () => {
  expect(say('en', 'order.status_changed', { from: 100, to: '$&' })).toBe(
    'Rakuten status changed from 100 to $&',
  );
});

test('a missing parameter stays visible', () => {
  expect(say('en', 'order.status_changed', { from: 100 })).toBe('Rakuten status changed from 100 to {to}');
});

test('the name of a hold is said in the language of its line', () => {
  expect(say('ja', 'hold.released', { hold: 'sku_unlinked' })).toContain('SKUが紐付いていません');
});

test.each(['call_buyer', 'opened', 'released'])(
  'a person’s own hold %s is called what it is called',
  (hold) => {
    expect(say('en', 'hold.released', { hold })).toBe(`Hold released: ${hold}`);
  },
);

test('a code from outside is no wording because JavaScript knows the word', () => {
  expect(isTextCode('toString')).toBe(false);
});
