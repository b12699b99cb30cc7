import { createServer } from 'node:net';
import type { RmsErrorKind } from '../../src/rms/errors';
import { send } from '../../src/rms/transport';
import { type FakeRms, json, raw, type Script, startFakeRms } from './support/fake-rms';

let rms: FakeRms;
beforeEach(async () => {
  rms = await startFakeRms();
});
afterEach(() => rms.close());

const call = (effect: 'read' | 'write', timeoutMs = 5000) =>
  send(
    { ...rms.connection, timeoutMs },
    { operation: 'op', method: 'POST', path: '/es/x', body: {}, effect },
  ).then(
    () => 'ok' as const,
    (error: unknown) => error,
  );

const results = (errorCode: string) => ({ Results: { errorCode, message: 'x' } });
const errors = (code: string) => ({
  errors: [{ code, message: 'x', metadata: { propertyPath: 'quantity' } }],
});
const xml = (message: string) =>
  `<result><status><systemStatus>NG</systemStatus><message>${message}</message></status></result>`;
const reset: Script = (_request, response) => {
  response.destroy();
};
const cut: Script = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"MessageModelList":[');
  setImmediate(() => response.destroy());
};

describe('what an answer means', () => {
  it.each<[string, Script, RmsErrorKind, RmsErrorKind]>([
    ['401 of the older gateway', json(401, results('ES01-01')), 'unauthorised', 'unauthorised'],
    ['401 of the newer gateway', json(401, errors('GA0001')), 'unauthorised', 'unauthorised'],
    ['400 GK0001', json(400, errors('GK0001')), 'unauthorised', 'unauthorised'],
    ['401 as XML', raw(401, 'application/xml', xml('AuthError')), 'unauthorised', 'unauthorised'],
    ['400 ES04-01', json(400, results('ES04-01')), 'forbidden_function', 'forbidden_function'],
    ['415 ES04-03', json(415, results('ES04-03')), 'refused', 'refused'],
    ['409 CE0001', json(409, errors('CE0001')), 'conflict', 'conflict'],
    ['400 GE0017, read-only', json(400, errors('GE0017')), 'maintenance', 'maintenance'],
    ['400 IE0002', json(400, errors('IE0002')), 'refused', 'refused'],
    ['429 without a body', json(429, undefined), 'throttled', 'throttled'],
    ['403 as XML', raw(403, 'application/xml', xml('QPSLimit')), 'throttled', 'throttled'],
    ['503 as HTML', raw(503, 'text/html', '<html>maintenance</html>'), 'unavailable', 'unavailable'],
    ['500 X0000', json(500, errors('X0000')), 'unavailable', 'unknown_outcome'],
    ['502 as HTML', raw(502, 'text/html', '<html>bad gateway</html>'), 'unavailable', 'unknown_outcome'],
    ['200 as HTML', raw(200, 'text/html', '<!DOCTYPE html><p>sorry'), 'unavailable', 'unknown_outcome'],
    ['200 with cut JSON', raw(200, 'application/json', '{"a":[1,'), 'unavailable', 'unknown_outcome'],
    ['a connection cut in the body', cut, 'unavailable', 'unknown_outcome'],
    ['a connection reset without an answer', reset, 'unavailable', 'unknown_outcome'],
  ])('%s', async (_name, script, read, write) => {
    rms.script = script;
    expect(await call('read')).toMatchObject({ name: 'RmsError', kind: read, operation: 'op' });
    expect(await call('write')).toMatchObject({ name: 'RmsError', kind: write, operation: 'op' });
    expect(rms.requests).toHaveLength(2);
  });

  it('a timeout leaves a write unknown and a read unavailable', async () => {
    rms.script = () => undefined;
    expect(await call('read', 50)).toMatchObject({ kind: 'unavailable' });
    expect(await call('write', 50)).toMatchObject({ kind: 'unknown_outcome' });
  });

  it('nothing was sent where nobody listens, so even a write is only unavailable', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const request = { operation: 'op', method: 'POST', path: '/x', effect: 'write' } as const;
    const connection = { ...rms.connection, baseUrl: `http://127.0.0.1:${port}` };
    await expect(send(connection, request)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('a redirect is not followed, for it would carry the key elsewhere', async () => {
    rms.script = json(302, undefined, { location: `${rms.connection.baseUrl}/elsewhere` });
    expect(await call('read')).toMatchObject({ kind: 'unavailable', httpStatus: 302 });
    expect(rms.requests.map(({ path }) => path)).toEqual(['/es/x']);
  });

  it('204 is an empty success', async () => {
    rms.script = json(204, undefined);
    expect(await call('write')).toBe('ok');
  });

  it('the codes and the field come along', async () => {
    rms.script = json(400, errors('IE0002'));
    expect(await call('read')).toMatchObject({ codes: [{ code: 'IE0002', message: 'x', path: 'quantity' }] });
  });

  it.each([
    ['seconds', '7', 7000],
    ['nonsense', 'soon', 1000],
  ])('Retry-After as %s', async (_name, header, ms) => {
    rms.script = json(429, undefined, { 'retry-after': header });
    expect(await call('read')).toHaveProperty('retryAfterMs', ms);
  });

  it('no key gets into an error', async () => {
    rms.script = json(401, errors('GA0001'));
    const error = await call('read');
    const text = error instanceof Error ? `${error.message}${error.stack}${JSON.stringify(error)}` : '';
    expect(text).toContain('Rakuten refused the key');
    expect(text).not.toMatch(/SP000000|SL000000/);
  });

  it('a blank around a pasted key is cut off, and a base path is kept', async () => {
    const { baseUrl, credentials } = rms.connection;
    const pasted = {
      serviceSecret: ` ${credentials.serviceSecret}`,
      licenseKey: `${credentials.licenseKey}\n`,
    };
    rms.script = json(200, {});
    const connection = { baseUrl: `${baseUrl}/shop/`, credentials: pasted };
    await send(connection, { operation: 'op', method: 'GET', path: '/es/x', effect: 'read' });
    expect(rms.requests[0]?.path).toBe('/shop/es/x');
    const token = Buffer.from('SP000000_secret:SL000000_key').toString('base64');
    expect(rms.requests[0]?.headers.authorization).toBe(`ESA ${token}`);
  });
});
