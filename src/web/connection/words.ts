import type { ConnectionState, TransportName } from '../../client/api.js';

export const TRANSPORTS: Readonly<Record<TransportName, string>> = {
  socketio: 'Socket.IO',
  websocket: 'WebSocket',
  sse: 'SSE',
  polling: 'polling',
};

export const STATES: Readonly<Record<ConnectionState, string>> = {
  connecting: 'Connecting',
  'catching-up': 'Catching up',
  live: 'Live',
  offline: 'Offline',
  closed: 'Closed',
};
