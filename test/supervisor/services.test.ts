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

test('what runs again is not started once more because that could not be written down', async () => {
  const written = [async () => undefined, () => Promise.reject(new Error('no space left on device'))];
  services = new Services(
    (line) => void said.push(line),
    async () => written.shift()?.(),
  );
  let starts = 0;
  await services.keep('worker', async () => {
    starts += 1;
    return starts === 1 ? ended() : lasting();
  });
  await eventually(
    async () => said,
    (lines) => lines.some((line) => line.includes('no space left on device')),
  );
  await services.stop();
  expect(said).toEqual([
    'worker (pid 0) has ended; starting it again in 1 s',
    'worker runs again (pid 0)',
    'Which processes run could not be written down: no space left on device',
    'Stopping worker',
  ]);
  expect(starts).toBe(2);
});

test('the first start that fails is raised to whoever starts', async () => {
  await expect(services.keep('worker', () => Promise.reject(new Error('no room')))).rejects.toThrow(
    'no room',
  );
  expect(said).toEqual([]);
});

/** A process that runs until it is stopped. */
const lasting = (): ServiceProcess => {
  const { promise, settle } = gate();
  return { pid: 0, exited: promise, stop: async () => settle() };
};
const gate = (): { promise: Promise<void>; settle: () => void } => {
  let settle = (): void => undefined;
  const promise = new Promise<void>((done) => {
    settle = done;
  });
  return { promise, settle };
};

test('services that start side by side are stopped in the reverse of the order in which they were asked for', async () => {
  const apiRuns = gate();
  await Promise.all([
    services.keep('worker', () => apiRuns.promise.then(lasting)),
    services.keep('api', async () => lasting()).then(apiRuns.settle),
  ]);
  await services.stop();
  expect(said).toEqual(['Stopping api', 'Stopping worker']);
});

test('when one of those that start side by side fails, the other is stopped as soon as it runs', async () => {
  const workerRuns = gate();
  let stopped = 0;
  const stop = async () => {
    stopped += 1;
  };
  const worker = services.keep('worker', () => workerRuns.promise.then(() => ({ ...ended(), stop })));
  const api = services.keep('api', () => Promise.reject(new Error('no port')));
  await expect(Promise.all([worker, api])).rejects.toThrow('no port');
  const stopping = services.stop();
  workerRuns.settle();
  await stopping;
  await expect(worker).rejects.toThrow('Stopped while starting.');
  expect(stopped).toBe(1);
});
