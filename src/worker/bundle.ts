import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
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
    // Modules are named by where they lie from here, so that the bundle is the same in every folder.
    webpackConfigHook: (config) => ({ ...config, context: path.join(__dirname, '..') }),
  });
  return code;
};

/** The bundle that the build left, or one made now. */
export const loadBundle = async (kind: Kind = 'plain'): Promise<string> =>
  existsSync(BUNDLES[kind]) ? readFile(BUNDLES[kind], 'utf8') : bundleWorkflows(kind);

/** Digits that tell one bundle from another. */
const HASH_DIGITS = 12;
/** What differs between machines that bundle the same code: the source map, and the ids of what a bundle leaves out. */
const OF_THE_MACHINE = /^\/\/# sourceMappingURL=.*$|"\?[0-9a-f]+"/gm;

/** What tells this workflow code from any other; the same on every machine. */
export const hashOfBundle = (code: string): string =>
  createHash('sha256').update(code.replace(OF_THE_MACHINE, '')).digest('hex').slice(0, HASH_DIGITS);

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
