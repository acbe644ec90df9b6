/** Tests run on src/ as CommonJS (Node 20 can't require ESM inside Jest); workers come from dist/, built before. */
export default {
  testEnvironment: '<rootDir>/test/support/node-environment.cjs',
  roots: ['<rootDir>/test'],
  // They want a browser (`npm run test:e2e`), or a graphics driver (`npm run test:device`).
  testPathIgnorePatterns: [
    ...(process.env.E2E === undefined ? ['<rootDir>/test/e2e/'] : []),
    ...(process.env.HARD_SEED === undefined ? ['<rootDir>/test/hard/'] : []),
    ...(process.env.DEVICE_TEST === undefined ? ['<rootDir>/test/device/'] : []),
    ...(process.env.STREETDEX_TEST_CLUSTER === undefined ? ['<rootDir>/test/cluster/'] : []),
  ],
  extensionsToTreatAsEsm: [],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
    // ES modules alone, which Jest can't require.
    'node_modules/hyparquet(-writer)?/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!hyparquet)'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // A test's global is a proxy behind V8's interceptors: without this, each `Math.max` of a hot loop costs 100 ns.
  sandboxInjectedGlobals: [
    ...['Math', 'Number', 'Float32Array', 'Float64Array', 'Array', 'Set', 'Object', 'String'],
    // The cluster's client declares a Map of its own, which may not stand beside one that is handed in.
    ...(process.env.STREETDEX_TEST_CLUSTER === undefined ? ['Map'] : []),
  ],
  testTimeout: 60_000,
};
