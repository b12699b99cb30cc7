import { replayOpenWorkflows } from '../../src/worker/replay-check';
import { eventually } from '../support/eventually';
import { type House, openHouse, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';
import { sharedBundle } from '../support/workflow-bundle';

/** What a held order waits with, so that other code for it differs in every history here. */
const FIRST_STEP = /let run = assessOrder;/;

describe('a look at whether code carries on what is open', () => {
  let house: House;
  let workshop: Workshop;
  let code: string;
  beforeAll(async () => {
    code = await sharedBundle();
    house = await openHouse({ automaticOrderConfirmation: true });
    workshop = await startWorkshop(house);
    const desk = deskOf(house, workshop);
    await desk.sell('tea', 100);
    const held = [1, 2, 3].map(() => desk.buy('tea', 1, { amountsUnfixed: true }));
    const refs = await Promise.all(held);
    await desk.sync();
    for (const ref of refs) await desk.reaches(ref, 'held');
    await eventually(
      () => workshop.client.workflow.count('WorkflowType = "order" AND OkuriStage = "held"'),
      ({ count }) => count === 3,
    );
  }, 60_000);
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });
  const look = (text: string, bounds: object) =>
    replayOpenWorkflows(workshop.client, text, { timeoutMs: 60_000, ...bounds });

  it('finds every workflow that would go another way', async () => {
    const all = await look(code, {});
    expect(all.differing).toEqual([]);
    const changed = await look(code.replace(FIRST_STEP, 'let run = EFFECTS.fetch;'), {});
    expect(changed.replayed).toBe(all.replayed);
    expect(changed.differing.filter(({ workflowId }) => workflowId.startsWith('order/'))).toHaveLength(3);
  }, 60_000);

  it('looks at one of each kind and stage at least, however little time there is, and fails nobody for want of it', async () => {
    const changed = code.replace(FIRST_STEP, 'let run = EFFECTS.fetch;');
    const { differing } = await look(changed, { perKind: 20, budgetMs: 0 });
    expect(differing.filter(({ workflowId }) => workflowId.startsWith('order/'))).toHaveLength(1);
  }, 60_000);

  it('leaves nothing behind that every promise of the process pays for', async () => {
    let looked = 0;
    class Watched extends Promise<void> {}
    const get = () => {
      looked += 1;
      return Function;
    };
    void Object.defineProperty(Watched, 'constructor', { get });
    await look(code, {});
    // What the SDK would hook on to promises asks each for the constructor of its constructor.
    await new Watched((done) => done());
    expect(looked).toBe(0);
  }, 60_000);
});
