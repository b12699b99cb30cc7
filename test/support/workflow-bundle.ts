import { readFile } from 'node:fs/promises';

/** What Jest's global set-up has bundled once for all test files (`src/worker/bundle.ts`). */
export const BUNDLE_PATH = process.env.TEST_WORKFLOW_BUNDLE ?? '';

/** The same as text. */
export const bundleWorkflows = (): Promise<string> => readFile(BUNDLE_PATH, 'utf8');
