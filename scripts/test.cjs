'use strict';
// `npm test`: set-up, then every check in turn, then Jest. The last line counts the tests: `N passed, N failed`.
require('./node-version.cjs');
const { spawn, spawnSync } = require('node:child_process');
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

const programOf = (parts) => path.join(root, 'node_modules', ...parts);

/** Runs a check, shows what it said once it has ended, and gives its title when it was not content. */
const check = ([title, program, args]) =>
  new Promise((done) => {
    const said = [];
    const child = spawn(process.execPath, [programOf(program), ...args], { cwd: root });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
    child.on('error', (error) => said.push(Buffer.from(`could not be run (${error.message})\n`)));
    child.on('close', (status) => {
      console.log(`\n── ${title}\n${Buffer.concat(said)}`);
      done(status === 0 ? undefined : title);
    });
  });

const NOTHING = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };

/** Runs Jest at the terminal and gives its own counts, all of them 0 when it did not get as far as counting. */
function jest(args) {
  console.log('\n── Tests');
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'okuri-jest-'));
  try {
    const file = path.join(dir, 'result.json');
    const { status } = spawnSync(
      process.execPath,
      [programOf(['jest', 'bin', 'jest.js']), '--json', `--outputFile=${file}`, ...args],
      { cwd: root, stdio: 'inherit' },
    );
    return {
      ok: status === 0,
      counts: fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : NOTHING,
    };
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

async function main() {
  setup();
  // Side by side: each is busy on one core.
  const refused = (await Promise.all(CHECKS.map(check))).filter((title) => title !== undefined);
  const { ok, counts } = jest(process.argv.slice(2));
  if (refused.length > 0) console.log(`\nNot content: ${refused.join(', ')}`);
  // A check that refuses, a suite that cannot be read and a run that breaks off count as one failure each.
  const failures = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
  const failed = refused.length + (failures === 0 && !ok ? 1 : failures);
  const skipped = counts.numPendingTests > 0 ? `, ${counts.numPendingTests} skipped` : '';
  console.log(`\n${counts.numPassedTests} passed, ${failed} failed${skipped}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
