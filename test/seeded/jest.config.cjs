/** The tests' own config, for a run in which one file has a mistake. The Postgres is that of the run around it. */
const {
  globalSetup: _,
  globalTeardown: __,
  workerIdleMemoryLimit: ___,
  ...config
} = require('../../jest.config.cjs');

module.exports = {
  ...config,
  rootDir: '../..',
  // A mistake may leave a test waiting; that it does is a finding.
  testTimeout: 30_000,
  transform: {
    '^.+\\.ts$': [
      '<rootDir>/test/seeded/mutating-transform.cjs',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } },
    ],
  },
};
