import fc from 'fast-check';
import { isWireDate, isWireDatetime, parseWireDatetime, toWireDatetime } from '../../src/rms/wire-time';

describe('dates on the wire are JST whatever the machine thinks', () => {
  it('writes the one form that searchOrder accepts', () => {
    expect(toWireDatetime(new Date('2026-11-21T15:00:00.999Z'))).toBe('2026-11-22T00:00:00+0900');
  });

  it.each([
    ['order', '2024-06-24T13:40:33+0900'],
    ['inventory', '2024-06-24T13:40:33+09:00'],
    ['licence, without a zone', '2024-06-24T13:40:33'],
  ])('reads the datetime of %s', (_name, text) => {
    expect(parseWireDatetime(text).toISOString()).toBe('2024-06-24T04:40:33.000Z');
  });

  it('gives back every second it wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
        const instant = new Date(seconds * 1000);
        expect(parseWireDatetime(toWireDatetime(instant))).toEqual(instant);
      }),
    );
  });

  it.each([
    '2024-06-24T13:40:33Z',
    '2024-06-24 13:40:33',
    '2024-06-24',
    '2024-13-24T13:40:33+0900',
    '2024-06-24T13:40:33+0000',
    '',
  ])('refuses %j', (text) => {
    expect(isWireDatetime(text)).toBe(false);
    expect(() => parseWireDatetime(text)).toThrow(RangeError);
  });

  it.each([
    ['2024-02-29', true],
    ['2023-02-29', false],
    ['2024/02/29', false],
    ['20240229', false],
  ])('knows whether %j is a day', (text, known) => {
    expect(isWireDate(text)).toBe(known);
  });
});
