import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

/** Where the build leaves the workflow bundle. */
export const BUNDLE_PATH = path.join(__dirname, '../workflow-bundle.js');

const workflowsPath = path.join(__dirname, '../workflows/index');

/** Bundles the workflow code as a worker loads it. */
export const bundleWorkflows = async (): Promise<string> => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve(workflowsPath),
    logger: silent,
  });
  return code;
};

const silent = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string) => process.stderr.write(`${message}\n`),
};

if (require.main === module)
  bundleWorkflows().then(
    (code) => writeFile(BUNDLE_PATH, code),
    (error: unknown) => {
      process.stderr.write(`The workflow bundle could not be built: ${String(error)}\n`);
      process.exitCode = 1;
    },
  );
