/** The one-way imports of the house: `domain` knows nobody, rooms know the domain, activities join them. */
const rooms =
  '^src/(workflows|activities|rms|fulfilment|files|store|api|worker|temporal|sandbox|supervisor)/';
const only = (from, ...allowed) => ({
  name: `${from}-imports`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: rooms, pathNot: allowed.map((room) => `^src/${room}/`).concat(`^src/${from}/`) },
});
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('domain'),
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['core'] },
    },
    only('rms'),
    only('store'),
    only('fulfilment'),
    only('files'),
    only('temporal'),
    only('sandbox'),
    only('api', 'store', 'files', 'temporal', 'workflows'),
    only('activities', 'rms', 'store', 'fulfilment', 'files', 'temporal'),
    // Of activities, workflows take types alone: a value would break their bundle, which a test makes.
    only('workflows', 'temporal', 'activities'),
    {
      name: 'workflows-are-deterministic',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-temporal-in-rooms',
      severity: 'error',
      from: { path: '^src/(rms|store|fulfilment|files|domain|sandbox)/' },
      to: { path: 'node_modules/@temporalio' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    exclude: { path: '^dist' },
    tsPreCompilationDeps: false,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
