'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');

/** Tests that run real processes for a minute start first, so that the others fill the time beside them. */
const LONG = [
  /scenes/,
  /chaos/,
  /worker.deploy/,
  /supervisor/,
  /e2e/,
  /workflows/,
  /activities.sync/,
  /effect-once/,
  /bench/,
  /rereading|read-listings|sign-in|files.memory/,
];
const rank = ({ path }) => {
  const at = LONG.findIndex((pattern) => pattern.test(path));
  return at < 0 ? LONG.length : at;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a) - rank(b));
  }
};
