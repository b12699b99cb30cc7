'use strict';
// Preloaded into workers and the API of a chaos run: their clock is off by what files say, in milliseconds. `world`
// counts for all of them (Rakuten's simulation lives in the API), a file of the process's own name for it alone. What
// Temporal gives to workflows has a clock of its own and is not touched.
const fs = require('node:fs');
const path = require('node:path');

const LOOK_MS = 100;
const dir = process.env.CHAOS_CLOCK_DIR;
const name = process.env.CHAOS_CLOCK_NAME ?? process.argv[2];

function offsetIn(file) {
  try {
    return Number(fs.readFileSync(path.join(dir, file), 'utf8')) || 0;
  } catch {
    // Nobody has moved this clock yet.
    return 0;
  }
}

function moveClock() {
  const RealDate = Date;
  let offset = 0;
  const look = () => {
    offset = offsetIn('world') + offsetIn(name);
  };
  look();
  setInterval(look, LOOK_MS).unref();
  const now = () => RealDate.now() + offset;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now()] : args, self),
    apply: () => new RealDate(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
}

if (dir !== undefined && ['api', 'worker', 'second-worker', 'third-worker'].includes(name)) moveClock();
