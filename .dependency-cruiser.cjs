/** The layers of ARCHITECTURE.md, as rules. */
const test = '\\.test\\.tsx?$|^packages/[^/]+/(test|e2e)/';
const only = (layer, ...allowed) => ({
  name: `${layer}-reaches-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^packages/${layer}/` },
  to: { path: '^packages/', pathNot: `^packages/(${[layer, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('protocol'),
    only('collab', 'protocol'),
    only('sandbox', 'protocol'),
    only('server', 'protocol', 'collab', 'sandbox'),
    only('web', 'protocol'),
    only('testkit', 'protocol'),
    {
      name: 'testkit-in-tests-only',
      severity: 'error',
      from: { path: '^packages/(?!testkit/)' },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'a-store-belongs-to-its-noun',
      severity: 'error',
      from: { path: '^packages/server/src/([^/]+)/' },
      to: {
        path: '^packages/server/src/[^/]+/store\\.ts$',
        pathNot: '^packages/server/src/$1/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'services-know-no-transport',
      severity: 'error',
      from: { path: '^packages/server/src/[^/]+/(service|store)\\.ts$' },
      to: { path: '(^|/)node_modules/(fastify|socket\\.io|ws)/', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Tests may reach further than the code they test, and use syntax that this parser does not know yet.
    exclude: { path: `/dist/|${test}` },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.css', '.json'],
    },
  },
};
