import type { TransportName } from '../../client/index.js';

export const TRANSPORTS = [
  'socketio',
  'websocket',
  'sse',
  'polling',
] as const satisfies readonly TransportName[];
