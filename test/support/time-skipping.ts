import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { OkuriHolds, OkuriShopId, OkuriStage } from '../../src/temporal/search-attributes';
import { set } from './temporal';

/** A new server that skips time, with our search attributes, for one test file; tear it down in `afterAll`. */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = set('TEST_TIME_SKIPPING_SERVER');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  // This server can add attributes but not list them, so that what the product does at its start does not work here.
  const searchAttributes = Object.fromEntries(
    [OkuriShopId, OkuriStage, OkuriHolds].flatMap(({ name, type }) => {
      const encoded = encodeSearchAttributeIndexedValueType(type);
      return encoded === undefined ? [] : [[name, encoded] as const];
    }),
  );
  await environment.connection.operatorService.addSearchAttributes({ searchAttributes });
  return environment;
}
