'use strict';
// `npm start`: set-up, then `okuri up` with this process's terminal, signals and exit code.
require('./node-version.cjs');
const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const path = require('node:path');
const { root, setup } = require('./setup.cjs');

setup();

const child = spawn(process.execPath, [path.join(root, 'dist', 'cli.js'), 'up'], {
  // The channel tells the child when this process is killed.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // At a terminal Ctrl-C reaches the whole group, so the child has it already.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
// npm passes a signal to the shell between us, which dies of it and tells nobody: then our parent is another one.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 500);
}
child.on('exit', (code, signal) => process.exit(code === null ? 128 + constants.signals[signal] : code));
