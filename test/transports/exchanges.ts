import type { Frame } from '../../src/protocol/frames.js';
import type { Person } from '../support/client.js';
import { TestSocket } from '../support/socket.js';
import { Client } from './socketio/client.js';

/** A message as every transport takes it. */
export interface Sent {
  readonly text: string;
  readonly attachments?: readonly string[];
  readonly client_message_id?: string;
}

/** Sends a message and waits for the end of its answer. Gives the frames that came. */
export type Exchange = (person: Person, conversation: string, sent: Sent) => Promise<readonly Frame[]>;

/** By transport, for `test.each`. */
export const EXCHANGES: readonly [string, Exchange][] = [
  [
    'SSE in the response',
    async (person, conversation, { text, ...fields }) => {
      const frames: Frame[] = [];
      for await (const { frame } of person.sendAndStream(conversation, text, fields)) frames.push(frame);
      return frames;
    },
  ],
  [
    'Socket.IO',
    async (person, conversation, sent) => {
      const client = await Client.joined(person, conversation);
      await client.ask('message', { conversationId: conversation, ...sent });
      await client.next('done');
      client.close();
      return client.frames;
    },
  ],
  [
    'WebSocket',
    async (person, conversation, sent) => {
      const socket = await TestSocket.open(person, conversation);
      socket.say({ type: 'message', ...sent });
      await socket.next('done');
      await socket.close();
      return socket.frames;
    },
  ],
];
