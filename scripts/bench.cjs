'use strict';
// `npm run bench -- <name>`: set-up, then bench/<name>.ts, compiled as it is read.
require('./node-version.cjs');
const fs = require('node:fs');
const path = require('node:path');
const { guarded, root, setup, SetupError } = require('./setup.cjs');
const { readTypeScript } = require('./typescript.cjs');

const dir = path.join(root, 'bench');

/** The file of the benchmark that was asked for. Raises SetupError with the list of those that exist. */
function chosen(name) {
  const names = fs
    .readdirSync(dir)
    .flatMap((file) => (file.endsWith('.bench.ts') ? [file.slice(0, -'.bench.ts'.length)] : []));
  if (name !== undefined && names.includes(name)) return path.join(dir, `${name}.bench.ts`);
  throw new SetupError(`Usage: npm run bench -- <name>, where the name is one of: ${names.join(', ')}`);
}

const file = guarded(() => chosen(process.argv[2]));
setup();
readTypeScript();
process.argv.splice(1, 2, file);
require(file);
