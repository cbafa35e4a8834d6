export type { ErrorCode } from '../protocol/error-codes.js';
export type { Frame } from '../protocol/frames.js';
export type { Attachment, Message, MessageStatus } from '../protocol/message.js';
export type * from './api.js';
export { type BrowserStorage, browserOutbox, browserSession } from './browser-stores.js';
export { createClient } from './client.js';
export { ClientError } from './client-error.js';
export { memoryOutbox, memorySession } from './memory-stores.js';
export { createSession } from './session.js';
