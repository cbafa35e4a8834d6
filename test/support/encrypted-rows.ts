import { encryptRows } from './encryption.js';

/** Imported before the tests of a store, it has them run with encryption. */
encryptRows();
