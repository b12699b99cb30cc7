'use strict';
const { root } = require('./setup.cjs');

/** Lets Node read TypeScript, with the settings of .swcrc. */
function readTypeScript() {
  const { transformFileSync } = require('@swc/core');
  require.extensions['.ts'] = (module, file) =>
    module._compile(transformFileSync(file, { cwd: root }).code, file);
}

module.exports = { readTypeScript };
