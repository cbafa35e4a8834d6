import type { ConnectionState, TransportName } from '../../client/api.js';

export const TRANSPORTS: Readonly<Record<TransportName, string>> = {
  socketio: 'Socket.IO',
  websocket: 'WebSocket',
  sse: 'SSE',
  polling: 'polling',
};

/** In the panel with the details. */
export const STATES: Readonly<Record<ConnectionState, string>> = {
  connecting: 'Connecting',
  'catching-up': 'Catching up',
  paused: 'Paused',
  live: 'Live',
  offline: 'Offline',
  closed: 'Closed',
};

/** Everywhere else: what a patient needs to know. */
export const STATES_IN_SHORT: Readonly<Record<ConnectionState, string>> = {
  connecting: 'Connecting …',
  'catching-up': 'Updating …',
  paused: 'Paused',
  live: 'Connected',
  offline: 'No connection',
  closed: 'Disconnected',
};
