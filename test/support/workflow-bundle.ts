import { readFile } from 'node:fs/promises';

/** The workflow code that Jest's global set-up has bundled once for all test files. */
export const sharedBundle = (): Promise<string> => readFile(process.env.TEST_WORKFLOW_BUNDLE ?? '', 'utf8');
