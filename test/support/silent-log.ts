import type { Log } from '../../src/log.js';

/** For what a test does not look at. */
export const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
