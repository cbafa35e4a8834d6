/**
 * Tests run as ES modules through swc, in worker processes; servers are brought up once by `globalSetup`.
 *
 * Jest loads ES modules through `node:vm`, which Node has behind a flag. Worker processes take it from here, so a plain
 * `npx jest` works. A run without workers (`--runInBand`, `--detectOpenHandles`) needs it from its own caller:
 * `NODE_OPTIONS=--experimental-vm-modules npx jest -i test/config.test.ts`.
 */
const FLAGS = '--experimental-vm-modules --disable-warning=ExperimentalWarning';
const options = process.env.NODE_OPTIONS ?? '';
if (!options.includes(FLAGS)) process.env.NODE_OPTIONS = `${options} ${FLAGS}`.trim();

module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['<rootDir>/test/support/jest-global.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // One more than the cores of a small machine: many files wait for a time limit of the product.
  maxWorkers: 3,
  // Jest runs a single file in its own process unless this is set; there the flag would be missing.
  workerIdleMemoryLimit: '1GB',
  // Ten times what the slowest test takes on a machine that does nothing else.
  testTimeout: 240_000,
};
