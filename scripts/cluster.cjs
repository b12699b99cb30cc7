'use strict';
// `npm run cluster -- <command>`: set-up, then test/cluster/main.ts, compiled as it is read.
require('./node-version.cjs');
const path = require('node:path');
const { root, setup } = require('./setup.cjs');
const { readTypeScript } = require('./typescript.cjs');

setup();
readTypeScript();
require(path.join(root, 'test', 'cluster', 'main.ts'));
