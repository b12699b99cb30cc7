import { eventually } from '../support/eventually';
import { type Scene, type Stage, workersOf } from './scene';

interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: { readonly code?: string; readonly holds?: readonly { id: string; code: string }[] };
}

/** Scene 14: a request that is sent twice, because its answer was slow or lost. */
export const doublePost = (stage: Stage): void => {
  describe('a request that is sent again with its Idempotency-Key', () => {
    let scene: Scene;
    let number: string;
    beforeAll(async () => {
      scene = await stage.open({ automaticShippingInstructions: false });
      await scene.sell('pen');
      number = await scene.buy('pen');
      await scene.reaches(number, 'ready');
    }, 60_000);

    const hold = async (key: string, code: string, text = 'look at it'): Promise<Answer> => {
      const instance = stage.instance();
      const answer = await fetch(`${instance.url}/v1/orders/${scene.shopId}/${number}/holds`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await instance.token()}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify({ code, text, blocks: 'ship' }),
      });
      const replayed = answer.headers.get('idempotency-replayed') === 'true';
      return { status: answer.status, replayed, body: (await answer.json()) as Answer['body'] };
    };
    const holds = async (code: string) =>
      (await scene.order(number)).holds.filter((open) => open.code === code);

    it('has one effect and one answer when both arrive at once; another body is refused', async () => {
      const answers = await Promise.all([hold('twice', 'twice'), hold('twice', 'twice')]);
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      expect(answers.filter(({ replayed }) => replayed)).toHaveLength(1);
      expect(answers[0]?.body).toEqual(answers[1]?.body);
      expect(await holds('twice')).toHaveLength(1);
      const other = await hold('twice', 'twice', 'something else');
      expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
      expect(await holds('twice')).toHaveLength(1);
    }, 60_000);

    it('has one effect when the process died after the effect and before the answer', async () => {
      const { children } = await stage.instance().state();
      const workers = await workersOf(stage);
      // Without a worker the answer waits for the order's workflow, and the hold stands already.
      for (const worker of workers) process.kill(worker, 'SIGSTOP');
      try {
        const answer = hold('died', 'died').then(
          () => 'came',
          () => 'lost',
        );
        await eventually(
          () => holds('died'),
          (open) => open.length === 1,
        );
        process.kill(children.api?.pid ?? Number.NaN, 'SIGKILL');
        expect(await answer).toBe('lost');
      } finally {
        for (const worker of workers) process.kill(worker, 'SIGCONT');
      }
      const none = (error: unknown): Answer => ({
        status: 0,
        replayed: false,
        body: { code: String(error) },
      });
      const again = await eventually(
        () => hold('died', 'died').catch(none),
        ({ status }) => status !== 0,
      );
      expect([again.status, again.replayed]).toEqual([201, false]);
      const open = await holds('died');
      expect(open).toHaveLength(1);
      expect(again.body.holds?.filter(({ code }) => code === 'died').map(({ id }) => id)).toEqual([
        open[0]?.id,
      ]);
      const opened = (await scene.order(number)).timeline.filter(
        ({ code, params }) => code === 'hold.opened' && params.hold === 'died',
      );
      expect(opened).toHaveLength(1);
      expect((await hold('died', 'died')).replayed).toBe(true);
    }, 90_000);
  });
};
