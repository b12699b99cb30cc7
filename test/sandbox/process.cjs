// Runs a quiet sandbox in a process of its own, straight from its TypeScript, for tests that kill it.
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const options = { filename, swcrc: true, configFile: `${__dirname}/../../.swcrc` };
  module._compile(transformSync(readFileSync(filename, 'utf8'), options).code, filename);
};

const { startSandbox } = require('../../src/sandbox/index.ts');

const say = (line) => process.stderr.write(`${line}\n`);
startSandbox({ databaseUrl: process.argv[2], host: '127.0.0.1', port: 0, log: say }).then(
  ({ url }) => process.send({ url }),
  (error) => {
    say(error.stack);
    process.exit(1);
  },
);
