'use strict';
// Runs a script of this folder, straight from its TypeScript, for the parent that forked it (bench/support/forked.ts):
// `serve(input)` gives what is ready and how to stop; what that gives is told before the process ends.
const { join, resolve } = require('node:path');
const { transformFileSync } = require('@swc/core');

const root = resolve(__dirname, '../..');
require.extensions['.ts'] = (module, file) =>
  module._compile(transformFileSync(file, { cwd: root }).code, file);

const { serve } = require(join(__dirname, `${process.argv[2]}.ts`));

const failed = (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
};
process.once('disconnect', () => process.exit(1));
process.once('message', (input) => {
  serve(input).then(({ ready, stop }) => {
    process.once('message', () => {
      stop().then((stopped) => process.send({ stopped }, () => process.exit(0)), failed);
    });
    process.send({ ready });
  }, failed);
});
