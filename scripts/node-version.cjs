'use strict';
// Required before anything else, and written so that even an old Node can read it and say what is wrong.
const { engines } = require('../package.json');

const needed = engines.node.replace('>=', '');
const wanted = needed.split('.').map(Number);
const found = process.versions.node.split('.').map(Number);
const differing = wanted.findIndex((part, index) => part !== found[index]);

if (differing >= 0 && found[differing] < wanted[differing]) {
  console.error(
    `Okuri needs Node ${needed} or newer, and this is Node ${process.versions.node}.\n` +
      'Install a newer one (https://nodejs.org, or with nvm: nvm install 22), then try again.',
  );
  process.exit(1);
}
