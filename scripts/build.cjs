'use strict';
// `npm run build`: the set-up alone.
require('./node-version.cjs');
require('./setup.cjs').setup();
