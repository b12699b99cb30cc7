'use strict';
// `npm run bench [-- <name>] [--json <file>]`: set-up, then bench/<name>.bench.ts, compiled as it is read; without a name
// the standard set. `--json` writes the figures down.
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
  throw new SetupError(
    `Usage: npm run bench [-- <name>] [--json <file>], where the name is one of: ${names.join(', ')}`,
  );
}

/** Takes `--json <file>` out of the arguments; the benchmark reads the file's name from its environment. */
function takeJson(args) {
  const at = args.indexOf('--json');
  if (at < 0) return args;
  const file = args[at + 1];
  if (file === undefined) throw new SetupError('--json takes the file to which the figures are written.');
  process.env.OKURI_BENCH_JSON = path.resolve(file);
  return [...args.slice(0, at), ...args.slice(at + 2)];
}

const [file, args] = guarded(() => {
  const [first, ...others] = takeJson(process.argv.slice(2));
  const named = first !== undefined && !first.startsWith('-');
  return [chosen(named ? first : 'standard'), named || first === undefined ? others : [first, ...others]];
});
setup();
readTypeScript();
process.argv.splice(1, process.argv.length, file, ...args);
require(file);
