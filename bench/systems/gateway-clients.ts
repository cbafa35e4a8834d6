import { once } from 'node:events';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { Frame } from '../../src/protocol/frames.js';
import { microseconds } from '../../test/doubles/ollama/stamp.js';
import { Person } from '../../test/support/client.js';
import { readLines } from '../load/lines.js';
import type { Exchange, Transport } from './system.js';

export const QUESTION = 'What helps against a headache?';

interface Connected {
  readonly exchange: Exchange;
  readonly close: () => void;
}

/** Connects a client with a new conversation, by transport. */
export const connectors: Readonly<Record<Transport, (url: string, token: string) => Promise<Connected>>> = {
  sse: async (url, token) => {
    const conversation = await new Person(url, token).newConversation();
    const exchange: Exchange = (onText) =>
      readLines(
        {
          method: 'POST',
          url: `${url}/api/conversations/${conversation}/messages`,
          headers: { Accept: 'text/event-stream', Authorization: `Bearer ${token}` },
          body: { text: QUESTION },
        },
        (line, arrivedAt) => {
          if (line.startsWith('data: ')) textOf(JSON.parse(line.slice(6)) as Frame, arrivedAt, onText);
          return undefined;
        },
      );
    return { exchange, close: () => {} };
  },
  websocket: async (url, token) => {
    const conversation = await new Person(url, token).newConversation();
    const socket = new WebSocket(
      `${url.replace('http', 'ws')}/ws/conversations/${conversation}?token=${token}`,
      {
        perMessageDeflate: false,
      },
    );
    await once(socket, 'open');
    const exchange: Exchange = (onText) =>
      new Promise((resolve, reject) => {
        socket.on('message', (data: Buffer) => {
          const frame = JSON.parse(data.toString()) as Frame;
          try {
            textOf(frame, microseconds(), onText);
          } catch (error) {
            reject(error);
          }
          if (frame.type === 'done') resolve();
        });
        socket.once('close', (code) => reject(new Error(`the socket closed with ${code}`)));
        socket.send(JSON.stringify({ type: 'message', text: QUESTION }));
      });
    return { exchange, close: () => socket.removeAllListeners('close').terminate() };
  },
  socketio: async (url, token) => {
    const conversationId = await new Person(url, token).newConversation();
    const socket = io(url, {
      auth: { token },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    await new Promise((resolve, reject) =>
      socket.once('connect', () => resolve(undefined)).once('connect_error', reject),
    );
    await socket.emitWithAck('join', { conversationId });
    const exchange: Exchange = (onText) =>
      new Promise((resolve, reject) => {
        for (const type of ['chunk', 'error'] as const) {
          socket.on(type, (frame: Frame) => {
            try {
              textOf(frame, microseconds(), onText);
            } catch (error) {
              reject(error);
            }
          });
        }
        socket.once('done', () => resolve());
        socket.once('disconnect', (reason) => reject(new Error(`disconnected: ${reason}`)));
        socket.emit('message', { conversationId, text: QUESTION }, () => {});
      });
    return { exchange, close: () => socket.removeAllListeners().disconnect() };
  },
};

function textOf(frame: Frame, arrivedAt: number, onText: (text: string, arrivedAt: number) => void): void {
  if (frame.type === 'error') throw new Error(`the gateway answered ${frame.code}`);
  if (frame.type === 'chunk') onText(frame.data, arrivedAt);
}
