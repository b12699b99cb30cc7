'use strict';
// `npm test`: set-up, then every check in turn, then Jest. The last line counts the tests: `N passed, N failed`.
require('./node-version.cjs');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root, setup } = require('./setup.cjs');

const CHECKS = [
  ['Types', ['typescript', 'bin', 'tsc'], ['--noEmit']],
  ['Lint and format', ['@biomejs', 'biome', 'bin', 'biome'], ['check', '.']],
  [
    'Direction of imports',
    ['dependency-cruiser', 'bin', 'dependency-cruise.mjs'],
    ['--config', '.dependency-cruiser.cjs', 'src'],
  ],
  ['Unused code', ['knip', 'bin', 'knip.js'], []],
];

/** Runs a program of node_modules at the terminal and gives whether it was content. */
function passes(title, program, args) {
  console.log(`\n── ${title}`);
  const file = path.join(root, 'node_modules', ...program);
  const { status, error } = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' });
  if (error) console.error(`${title}: could not be run (${error.message})`);
  return status === 0;
}

const NOTHING = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };

/** Runs Jest and gives its own counts, all of them 0 when it did not get as far as counting. */
function jest(args) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'okuri-jest-'));
  try {
    const file = path.join(dir, 'result.json');
    const ok = passes('Tests', ['jest', 'bin', 'jest.js'], ['--json', `--outputFile=${file}`, ...args]);
    return { ok, counts: fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : NOTHING };
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

setup();
const refused = CHECKS.filter(([title, program, args]) => !passes(title, program, args)).map(
  ([title]) => title,
);
const { ok, counts } = jest(process.argv.slice(2));
if (refused.length > 0) console.log(`\nNot content: ${refused.join(', ')}`);
// A check that refuses, a suite that cannot be read and a run that breaks off count as one failure each.
const failures = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
const failed = refused.length + (failures === 0 && !ok ? 1 : failures);
const skipped = counts.numPendingTests > 0 ? `, ${counts.numPendingTests} skipped` : '';
console.log(`\n${counts.numPassedTests} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
