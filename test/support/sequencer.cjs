'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');

/** Tests that run real processes for a minute start first, so that the others fill the time beside them. */
const LONG = [
  /scenes/,
  /chaos/,
  /e2e/,
  /supervisor/,
  /workflows.credential/,
  /activities.sync/,
  /effect-once/,
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
