import { DrizzleQueryError } from 'drizzle-orm/errors';
import { createLogger } from '../src/log';

const logged = (fields: object): string => {
  let text = '';
  createLogger('api', {
    write: (line) => {
      text += line;
    },
  }).warn(fields, 'something');
  return text;
};

describe('a log', () => {
  test('shows no value of a query that failed, however deep it lies', () => {
    const query = new DrizzleQueryError(
      'insert into orders values ($1)',
      ['山田 花子'],
      new Error('no room'),
    );
    const text = logged({ err: new Error('saving failed', { cause: query }) });
    expect(text).not.toContain('山田');
    expect(JSON.parse(text).err.message).toBe(
      'saving failed: Failed query: insert into orders values ($1): no room',
    );
    expect(JSON.parse(text).err.stack).toMatch(/^\s+at /);
  });

  test('hides secrets by the names of their fields', () => {
    const text = logged({
      licenseKey: 'SL123',
      headers: { authorization: 'ESA abc' },
      shop: { name: 'わたしの店' },
    });
    expect(text).not.toMatch(/SL123|ESA abc/);
    expect(text).toContain('わたしの店');
  });
});
