'use strict';
// What every command of a fresh clone needs first: dependencies that match the lock file, a build that matches the sources.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const installStamp = path.join(root, 'node_modules', '.okuri-lock');
const BUILD_STAMP = '.okuri-build';
const TSC = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const BUILD_INPUTS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Something that a person can mend: its message is all that is shown. */
class SetupError extends Error {}

/** Runs a program of the set-up at the terminal. Raises SetupError when it fails. */
function run(title, command, args) {
  console.log(title);
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.error) throw new SetupError(`${title}: ${command} could not be run (${result.error.message}).`);
  if (result.signal) throw new SetupError(`${title}: stopped by ${result.signal}.`);
  if (result.status !== 0) throw new SetupError(`${title}: failed; what it says above tells why.`);
}

function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${path.relative(root, file)}\0`).update(fs.readFileSync(file));
  return hash.digest('hex');
}

function filesBelow(dir) {
  const entries = fs.readdirSync(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort();
}

function stampIs(file, value) {
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8') === value;
}

function install() {
  const lock = `${hashFiles([path.join(root, 'package-lock.json')])} ${process.platform}-${process.arch}`;
  if (stampIs(installStamp, lock)) return;
  const wanted = ['--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  if (!installedByHand()) run('Installing dependencies', 'npm', ['ci', ...wanted]);
  fs.writeFileSync(installStamp, lock);
}

/** Whether node_modules is what npm made of this lock file when somebody ran it by hand: npm keeps a copy of what it installed. */
function installedByHand() {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!fs.existsSync(installed)) return false;
  const packages = (file) => JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  const there = packages(installed);
  const wanted = Object.entries(packages(path.join(root, 'package-lock.json')));
  return wanted.every(
    ([name, { optional, version }]) => name === '' || optional || there[name]?.version === version,
  );
}

/** Builds beside the final place and renames, so that a cut-short build is never run. */
function build() {
  const sources = hashFiles([
    ...filesBelow(path.join(root, 'src')),
    ...BUILD_INPUTS.map((name) => path.join(root, name)),
  ]);
  const dist = path.join(root, 'dist');
  if (stampIs(path.join(dist, BUILD_STAMP), sources)) return;
  const half = `${dist}.${process.pid}`;
  try {
    run('Building', process.execPath, [TSC, '-p', 'tsconfig.build.json', '--outDir', half]);
    const bundler = path.join(half, 'worker', 'bundle.js');
    if (fs.existsSync(bundler)) run('Bundling the workflows', process.execPath, [bundler]);
    fs.writeFileSync(path.join(half, BUILD_STAMP), sources);
    fs.rmSync(dist, { recursive: true, force: true });
    fs.renameSync(half, dist);
  } finally {
    fs.rmSync(half, { recursive: true, force: true });
  }
}

/** Runs steps of a command; a SetupError ends the process with its message alone and code 1. */
function guarded(steps) {
  try {
    return steps();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return process.exit(1);
  }
}

/** Brings the clone to where anything can run: dependencies installed, sources built. */
function setup() {
  guarded(() => {
    install();
    build();
  });
}

module.exports = { guarded, root, setup, SetupError };
