/** In ES modules Jest gives `jest` to `import.meta` only; the tests use it as a global, as they do `test` and `expect`. */
globalThis.jest = (import.meta as unknown as { jest: typeof jest }).jest;

// The flags are for Jest's workers (see jest.config.cjs), not for the processes that a test starts.
delete process.env['NODE_OPTIONS'];
