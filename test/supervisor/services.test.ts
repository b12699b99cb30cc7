import { type ServiceProcess, Services } from '../../src/supervisor/services';
import { eventually } from '../support/eventually';

let said: string[];
let services: Services;

beforeEach(() => {
  said = [];
  services = new Services(
    (line) => void said.push(line),
    async () => undefined,
  );
});
afterEach(() => services.stop());

/** A process that has ended by the time that it runs. */
const ended = (): ServiceProcess => ({ pid: 0, exited: Promise.resolve(), stop: async () => undefined });

test('what dies again and again is started again at growing intervals, each of them said', async () => {
  await services.keep('worker', async () => ended());
  await eventually(
    async () => said,
    (lines) => lines.some((line) => line.includes('in 4 s')),
  );
  expect(said.filter((line) => line.includes('has ended'))).toEqual([
    'worker (pid 0) has ended; starting it again in 1 s',
    'worker (pid 0) has ended; starting it again in 2 s',
    'worker (pid 0) has ended; starting it again in 4 s',
  ]);
});

test('what cannot be started again says why each time', async () => {
  let starts = 0;
  await services.keep('worker', async () => {
    if (++starts > 1) throw new Error('no room');
    return ended();
  });
  await eventually(
    async () => said,
    (lines) => lines.includes('worker did not start: no room'),
  );
});

test('the first start that fails is raised to whoever starts', async () => {
  await expect(services.keep('worker', () => Promise.reject(new Error('no room')))).rejects.toThrow(
    'no room',
  );
  expect(said).toEqual([]);
});
