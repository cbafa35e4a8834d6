import type { Logger } from '../../src/kernel/logger.js';

/** For what a test does not look at. */
export const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
