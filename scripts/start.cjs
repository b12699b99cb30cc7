'use strict';
// `npm start`: set-up, then `okuri up` in this very process, which keeps the terminal, the signals and the exit code.
require('./node-version.cjs');
const path = require('node:path');
const { root, setup } = require('./setup.cjs');

setup();

// npm passes a signal to the shell between us, which dies of it and tells nobody: then our parent is another one.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

process.argv.push('up');
require(path.join(root, 'dist', 'cli.js'));
