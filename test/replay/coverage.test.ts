import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Stage } from '../../src/domain/order';
import { WORKFLOW } from '../../src/temporal/ids';
import { guardedActivities } from '../../src/worker/options';
import * as messages from '../../src/workflows/messages';
import { keptHistories, stepsOf } from '../support/histories';
import { type House, openHouse, silent } from '../support/house';

const WORKFLOWS = resolve('src/workflows');

const sourceOfWorkflows = (): string =>
  readdirSync(WORKFLOWS)
    .map((file) => readFileSync(join(WORKFLOWS, file), 'utf8'))
    .join('\n');

/** It comes after seven hundred attempts in a week: a history too long to keep. */
const NOT_KEPT = ['giveUpAfterEnd'];

/** Whatever a workflow does stands in a history that is replayed: a new way that is not recorded shows here. */
describe('the recorded histories', () => {
  let house: House;
  const recorded = new Set([...keptHistories().values()].flatMap((history) => [...stepsOf(history)]));
  const missing = (wanted: readonly string[]) => wanted.filter((step) => !recorded.has(step));

  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house?.close());

  it('have every type of workflow', () => {
    expect(missing(Object.values(WORKFLOW).map((type) => `workflow ${type}`))).toEqual([]);
  });

  it('have every signal and every update that callers send', () => {
    const sent = Object.values(messages).filter(({ type }) => type !== 'query');
    expect(sent.length).toBeGreaterThanOrEqual(4);
    expect(missing(sent.map(({ type, name }) => `${type} ${name}`))).toEqual([]);
  });

  it('have every activity that workflows call', () => {
    const source = sourceOfWorkflows();
    const called = Object.keys(guardedActivities(house.context, silent)).filter((name) =>
      new RegExp(`\\b${name}\\b`).test(source),
    );
    expect(called.length).toBeGreaterThanOrEqual(20);
    expect(missing(called.map((name) => `activity ${name}`))).toEqual(
      NOT_KEPT.map((name) => `activity ${name}`),
    );
  });

  it('have every end of a run, and what begins after one that only continued', () => {
    expect(
      missing(['end completed', 'end asked for', 'end continued as new', 'begin after another']),
    ).toEqual([]);
  });

  it('have every stage in which an order ends', () => {
    const ends: Stage[] = ['completed', 'cancelled', 'not_found'];
    expect(missing(ends.map((stage) => `result ${stage}`))).toEqual([]);
  });

  it('have the ways that no step tells from others', () => {
    const kept = [...keptHistories().keys()];
    expect(kept).toEqual(
      expect.arrayContaining([
        'credential-0.1.0-continued-as-new.json',
        'order-0.1.0-corrected-tracking.json',
        'order-0.1.0-not-shown-at-the-gate.json',
        'order-0.1.0-continued-after-a-minute.json',
      ]),
    );
  });

  it('have every change that is guarded by a patch', () => {
    const source = sourceOfWorkflows();
    const guards = [...source.matchAll(/\bpatched\((\w+)\)/g)].map(([, name]) => name);
    expect(guards.length).toBeGreaterThanOrEqual(2);
    const ids = guards.map((name) => new RegExp(`const ${name} = '([^']+)'`).exec(source)?.[1]);
    expect(missing(ids.map((id) => `patch ${id}`))).toEqual([]);
  });

  it('carry no machine, no folder and nothing that stands in a key or an address', () => {
    for (const [name, history] of keptHistories()) {
      const text = JSON.stringify(history);
      const found =
        /\/(?:home|tmp|root|work|Users)\/|"identity":"(?!worker"|")|S[PL]\d{6}_|〒|[a-z]@[a-z]+\.[a-z]/.exec(
          text,
        );
      expect([name, found?.[0]]).toEqual([name, undefined]);
    }
  });
});
