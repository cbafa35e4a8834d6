export type * from './api.js';
export { type BrowserStorage, browserOutbox, browserSession } from './browser-stores.js';
export { createClient } from './client.js';
export { ClientError } from './client-error.js';
export { memoryOutbox, memorySession } from './memory-stores.js';
export { createSession } from './session.js';
