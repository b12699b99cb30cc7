import type { RmsErrorKind } from '../../src/rms/errors';
import { send } from '../../src/rms/transport';
import { type FakeRms, json, raw, type Script, startFakeRms } from './support/fake-rms';

type Outcome = RmsErrorKind | 'value';

let rms: FakeRms;
beforeAll(async () => {
  rms = await startFakeRms();
});
afterAll(() => rms.close());

const call = (operation: string, effect: 'read' | 'write', accept: 'json' | 'xml' = 'json') =>
  send(rms.connection, { operation, effect, accept, method: 'POST', path: '/es/x', body: {} }).then(
    () => 'value' as const,
    (error: unknown) => error,
  );

const kindOf = async (...asked: Parameters<typeof call>): Promise<unknown> => {
  const outcome = await call(...asked);
  return outcome instanceof Error && 'kind' in outcome ? outcome.kind : outcome;
};

const errors = (...codes: string[]) => ({ errors: codes.map((code) => ({ code, message: 'x' })) });
const refused = (code: string) => ({
  MessageModelList: [{ messageType: 'ERROR', messageCode: `ORDER_EXT_API_${code}`, message: 'x' }],
});
const html = (status: number) => raw(status, 'text/html', '<html><body>sorry</body></html>');
const gateway = (status: number, message: string) =>
  raw(status, 'application/xml', `<result><status><message>${message}</message></status></result>`);

describe('an answer whose code nobody knows is told by its status and its body', () => {
  it.each<[string, Script, Outcome, Outcome]>([
    ['401', json(401, errors('ZZ9999')), 'unauthorised', 'unauthorised'],
    ['401 without a body', json(401, undefined), 'unauthorised', 'unauthorised'],
    ['401 as HTML', html(401), 'unauthorised', 'unauthorised'],
    ['409', json(409, errors('ZZ9999')), 'conflict', 'conflict'],
    ['429', json(429, errors('ZZ9999')), 'throttled', 'throttled'],
    ['429 as HTML', html(429), 'throttled', 'throttled'],
    ['403 as XML', gateway(403, 'Unheard'), 'throttled', 'throttled'],
    ['403 as JSON', json(403, errors('ZZ9999')), 'forbidden_function', 'forbidden_function'],
    ['403 with a new code of the gateway', json(403, errors('GA0009')), 'unauthorised', 'unauthorised'],
    ['400 with a new code of the gateway', json(400, errors('GK0009')), 'unauthorised', 'unauthorised'],
    ['503 as HTML', html(503), 'unavailable', 'unavailable'],
    ['503 as JSON', json(503, errors('ZZ9999')), 'unavailable', 'unavailable'],
    ['500', json(500, errors('ZZ9999')), 'unavailable', 'unknown_outcome'],
    ['500 without a body', json(500, undefined), 'unavailable', 'unknown_outcome'],
    ['504 as HTML', html(504), 'unavailable', 'unknown_outcome'],
    ['408', json(408, undefined), 'unavailable', 'unknown_outcome'],
    [
      '200 with cut JSON',
      raw(200, 'application/json', '{"inventories":[{"a'),
      'unavailable',
      'unknown_outcome',
    ],
    ['200 as HTML', html(200), 'unavailable', 'unknown_outcome'],
    ['404 as HTML', html(404), 'unavailable', 'unavailable'],
    ['400 as plain text', raw(400, 'text/plain', 'Bad Request'), 'unavailable', 'unavailable'],
    ['400', json(400, errors('ZZ9999')), 'refused', 'refused'],
    ['404 without a body', json(404, undefined), 'refused', 'refused'],
    ['200 with an unknown refusal', json(200, errors('ZZ9999')), 'refused', 'refused'],
  ])('%s', async (_name, script, read, write) => {
    rms.script = script;
    expect(await kindOf('inventories.bulk.get', 'read')).toBe(read);
    expect(await kindOf('inventories.bulk.upsert', 'write')).toBe(write);
  });
});

describe('a code is believed where its status allows', () => {
  it.each<[string, Script, Outcome, Outcome]>([
    ['a refusal', json(500, refused('CONFIRM_ORDER_ERROR_103')), 'unavailable', 'unknown_outcome'],
    ['a general refusal', json(502, refused('CONFIRM_ORDER_ERROR_009')), 'unavailable', 'unknown_outcome'],
    ['a refused key', json(500, errors('GA0001')), 'unavailable', 'unknown_outcome'],
    ['read-only mode of items', json(500, errors('GE0017')), 'unavailable', 'unknown_outcome'],
    ['a refused key', json(503, errors('GK0001')), 'unavailable', 'unavailable'],
  ])('%s that a failing server quotes changes nothing', async (_name, script, read, write) => {
    rms.script = script;
    expect(await kindOf('confirmOrder', 'read')).toBe(read);
    expect(await kindOf('confirmOrder', 'write')).toBe(write);
  });

  it('too many requests are just that, whatever the gateway quotes', async () => {
    rms.script = json(429, errors('GK0005'));
    expect(await kindOf('getOrder', 'read')).toBe('throttled');
  });

  it('a refused key is just that, whatever the API quotes', async () => {
    rms.script = json(401, errors('IE0002'));
    expect(await kindOf('items.get', 'read')).toBe('unauthorised');
  });

  it('the first code that is known decides', async () => {
    rms.script = json(400, errors('ZZ9999', 'GE0017', 'IE0002'));
    expect(await kindOf('items.patch', 'write')).toBe('maintenance');
  });
});

describe('a body is what it is', () => {
  it('a refusal in JSON is read although a proxy calls it HTML', async () => {
    const text = JSON.stringify({ Results: { errorCode: 'ES04-01', message: 'Bad Request' } });
    rms.script = raw(400, 'text/html; charset=utf-8', text);
    expect(await call('getOrder', 'read')).toMatchObject({
      kind: 'forbidden_function',
      codes: [{ code: 'ES04-01' }],
    });
  });

  it('a payload with an empty list of errors is a payload', async () => {
    rms.script = json(200, { inventories: [], errors: [] });
    expect(await kindOf('inventories.bulk.get', 'read')).toBe('value');
  });

  it('an XML answer that was cut is none, and neither is JSON in its place', async () => {
    rms.script = raw(200, 'application/xml', '<s:shopBizApiResponse><resultCode>N000</resultCode><result>');
    expect(await kindOf('shop.shopMaster.get', 'read', 'xml')).toBe('unavailable');
    rms.script = json(200, {});
    expect(await kindOf('shop.shopMaster.get', 'read', 'xml')).toBe('unavailable');
  });
});
