import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

/** Where the build leaves the workflow bundles: the usual one, and one whose workflows make traces. */
const BUNDLES = {
  plain: path.join(__dirname, '../workflow-bundle.js'),
  traced: path.join(__dirname, '../workflow-bundle-traced.js'),
};
type Kind = keyof typeof BUNDLES;

const workflowsPath = path.join(__dirname, '../workflows/index');

/** Bundles the workflow code as a worker loads it. */
export const bundleWorkflows = async (kind: Kind = 'plain'): Promise<string> => {
  const interceptors = '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors';
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve(workflowsPath),
    ...(kind === 'traced' && { workflowInterceptorModules: [require.resolve(interceptors)] }),
    logger: silent,
  });
  return code;
};

/** The bundle that the build left, or one made now. */
export const workflowBundle = async (kind: Kind): Promise<{ codePath: string } | { code: string }> => {
  const built = BUNDLES[kind];
  return existsSync(built) ? { codePath: built } : { code: await bundleWorkflows(kind) };
};

const silent = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string) => process.stderr.write(`${message}\n`),
};

const buildAll = async (): Promise<void> => {
  for (const kind of ['plain', 'traced'] as const)
    await writeFile(BUNDLES[kind], await bundleWorkflows(kind));
};

if (require.main === module)
  buildAll().catch((error: unknown) => {
    process.stderr.write(`The workflow bundles could not be built: ${String(error)}\n`);
    process.exitCode = 1;
  });
