import { Client, Connection } from '@temporalio/client';
import { listKeys } from '../../src/store/credentials';
import { askForKeys } from '../../src/store/outbox';
import { beginRenewal, findRenewal } from '../../src/store/renewals';
import { setRetired } from '../../src/store/shops';
import { credentialWorkflowId } from '../../src/temporal/ids';
import { reconcile } from '../../src/worker/reconcile';
import { apiOver } from '../api/support';
import { eventually } from '../support/eventually';
import { historyText, payloadsOf, recordHistory } from '../support/histories';
import { type House, openHouse, SHOP, silent, startWorkshop, type Workshop } from '../support/house';

const NEXT = 'SL123456_ponmlkjihgfedcba';
const PATH = `/v1/shops/${SHOP.shopId}/credentials`;

let house: House;
let workshop: Workshop;
beforeEach(async () => {
  house = await openHouse();
  workshop = await startWorkshop(house);
});
afterEach(async () => {
  await workshop?.close();
  await house?.close();
});

const db = () => house.database.db;
const api = (temporal = workshop.client) => apiOver({ db: db(), vault: house.vault, temporal });
const handle = () => workshop.client.workflow.getHandle(credentialWorkflowId(SHOP.shopId));
const status = () =>
  handle()
    .describe()
    .then(({ status: { name } }) => name)
    .catch(() => 'NONE');
const states = async () =>
  Object.fromEntries(
    (await listKeys(db(), SHOP.shopId)).map(({ licenseKeyLast4, state, inUse }) => [
      licenseKeyLast4,
      `${state}${inUse ? ' in use' : ''}`,
    ]),
  );
const issue = (licenseKey: string, activeAfterSeconds: number) =>
  house.control('POST', `/control/shops/${SHOP.shopId}/keys`, { licenseKey, activeAfterSeconds });
const expire = (licenseKey: string) =>
  house.control('POST', `/control/shops/${SHOP.shopId}/keys/expire`, { licenseKey });
const refusals = async () =>
  (
    await house.control<{ calls: { httpStatus: number }[] }>('GET', '/control/journal?limit=100000')
  ).calls.filter(({ httpStatus }) => httpStatus !== 200);
const begin = async (licenseKey: string) => {
  const { body } = await api().as('post', `${PATH}/renewals`).send({ licenseKey }).expect(202);
  return body as { renewalId: string; workflowId: string; runId: string | null };
};
const ends = (renewalId: string) =>
  eventually(
    () => findRenewal(db(), SHOP.shopId, renewalId),
    (renewal) => renewal?.state !== 'pending',
    40,
  );

/** Calls Rakuten for orders without a pause until it is told to stop. */
const load = () => {
  const failures: unknown[] = [];
  let answered = 0;
  let on = true;
  const caller = async (): Promise<void> => {
    while (on && failures.length === 0) {
      await house.context
        .gateway(SHOP.shopId)
        .getOrder('123456-20260101-0000000001')
        .then(() => {
          answered += 1;
        })
        .catch((error: unknown) => failures.push(error));
    }
  };
  const callers = Array.from({ length: 20 }, caller);
  return {
    failures,
    answered: () => answered,
    stop: async () => {
      on = false;
      await Promise.all(callers);
    },
  };
};

test('a renewal under load switches with no failed call and nothing refused, and the death of the old key fails none either', async () => {
  const traffic = load();
  await issue(NEXT, 0);
  const { renewalId, workflowId, runId } = await begin(NEXT);
  expect(workflowId).toBe(credentialWorkflowId(SHOP.shopId));
  expect(runId).toEqual(expect.any(String));
  expect(await ends(renewalId)).toMatchObject({ state: 'live' });
  expect(await refusals()).toEqual([]);
  // What is in flight with the old key is made again with the new one.
  await expire(SHOP.licenseKey);
  const before = traffic.answered();
  await eventually(
    async () => traffic.answered(),
    (count) => count > before + 100,
  );
  await traffic.stop();
  expect(traffic.failures).toEqual([]);
  expect(await states()).toMatchObject({ dcba: 'live in use' });
  const history = await historyText(handle());
  for (const secret of [NEXT, SHOP.licenseKey, SHOP.serviceSecret])
    expect(payloadsOf(history)).not.toContain(secret.slice(9));
  await recordHistory('credential-0.1.0-renewed', handle());
}, 90_000);

test('a key in use that dies while an older one lives fails no call of many in flight', async () => {
  await issue(NEXT, 0);
  await ends((await begin(NEXT)).renewalId);
  const traffic = load();
  await eventually(
    async () => traffic.answered(),
    (count) => count > 100,
  );
  await expire(NEXT);
  await eventually(states, (seen) => seen.mnop === 'live in use');
  const before = traffic.answered();
  await eventually(
    async () => traffic.answered(),
    (count) => count > before + 100,
  );
  await traffic.stop();
  expect(traffic.failures).toEqual([]);
  expect(await states()).toEqual({ mnop: 'live in use', dcba: 'refused' });
}, 90_000);

test('a renewal that is given up leaves the key in use as it was', async () => {
  const asked = {
    shopId: SHOP.shopId,
    key: { serviceSecret: SHOP.serviceSecret, licenseKey: 'SL123456_wrongwrongwrong0' },
    requestedBy: 'hana',
    limitAt: new Date(Date.now() + 3_000),
  };
  const outcome = await beginRenewal(db(), house.vault, asked);
  const renewalId = 'begun' in outcome ? outcome.begun.renewalId : '';
  expect(await ends(renewalId)).toMatchObject({ state: 'failed', reason: 'not_taken' });
  expect(await states()).toEqual({ mnop: 'live in use' });
  expect(await status()).toBe('RUNNING');
  await recordHistory('credential-0.1.0-failed', handle());
}, 60_000);

test('a renewal that was asked for while Temporal was away begins when it is back', async () => {
  await workshop.close();
  const away = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });
  await issue(NEXT, 0);
  const { body } = await api(away).as('post', `${PATH}/renewals`).send({ licenseKey: NEXT }).expect(202);
  expect(body).toMatchObject({ runId: null, workflowId: credentialWorkflowId(SHOP.shopId) });
  workshop = await startWorkshop(house);
  expect(await ends(body.renewalId)).toMatchObject({ state: 'live' });
}, 60_000);

test('two renewals at once are one', async () => {
  const ask = (licenseKey: string) => api().as('post', `${PATH}/renewals`).send({ licenseKey });
  const answers = await Promise.all([ask(NEXT), ask('SL123456_another0another')]);
  expect(answers.map(({ status: code }) => code).sort()).toEqual([202, 409]);
  expect(answers.find(({ status: code }) => code === 409)?.body).toMatchObject({ code: 'renewal_running' });
});

test('keys are looked after as long as the shop is in service, and again when it was lost or is back', async () => {
  const { client } = workshop;
  await db().transaction((tx) => askForKeys(tx, SHOP.shopId));
  await eventually(status, (name) => name === 'RUNNING');
  await db().transaction((tx) => setRetired(tx, SHOP.shopId, new Date()));
  await eventually(status, (name) => name === 'COMPLETED');
  await db().transaction((tx) => setRetired(tx, SHOP.shopId, null));
  await eventually(status, (name) => name === 'RUNNING');
  await handle().terminate('lost');
  await reconcile({ ...house.database, client, log: silent });
  await eventually(status, (name) => name === 'RUNNING');
});
