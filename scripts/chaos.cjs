'use strict';
// `npm run chaos -- --orders 2000 --kills 60 --seed N`: set-up, then test/chaos/main.ts, compiled as it is read.
require('./node-version.cjs');
const path = require('node:path');
const { root, setup } = require('./setup.cjs');
const { readTypeScript } = require('./typescript.cjs');

setup();
readTypeScript();
require(path.join(root, 'test', 'chaos', 'main.ts'));
