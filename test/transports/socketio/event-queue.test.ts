import { EventEmitter } from 'node:events';
import type { Socket } from 'socket.io';
import { AppError } from '../../../src/kernel/errors.js';
import { EventQueue, type Handle, MAX_UNREAD } from '../../../src/transports/socketio/event-queue.js';
import type { SendBuffer } from '../../../src/transports/socketio/send-buffer.js';
import { SILENT } from '../../support/silent-log.js';

const close = jest.fn();
const emit = jest.fn();
const sendBuffer = { waiting: 0 };
let conn: EventEmitter;
let queue: EventQueue;
let handle: jest.Mock;

beforeEach(() => {
  jest.clearAllMocks();
  sendBuffer.waiting = 0;
  conn = Object.assign(new EventEmitter(), { close });
  handle = jest.fn<ReturnType<Handle>, Parameters<Handle>>(async (_name, _payload, reply) => reply({}));
  const socket = { conn, emit, connected: true } as unknown as Socket;
  queue = new EventQueue(socket, sendBuffer as SendBuffer, handle, SILENT);
});

/** An event of this length, as it comes: first as data, then as an event. */
function take(name: string, length = 10): Promise<{ ok: boolean; error?: { code: string; status: number } }> {
  conn.emit('data', 'x'.repeat(length));
  return new Promise((resolve) => queue.add(name, [{}, resolve]));
}

it('handles one event after the other', async () => {
  const order: string[] = [];
  handle.mockImplementation(async (name, _payload, reply) => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
    reply({});
  });
  await Promise.all([take('one'), take('two')]);
  expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
});

it('keeps only so much that waits', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => take('message', 1_000_000)));
  expect(answers.filter(({ ok }) => ok)).toHaveLength(4);
  expect(answers.at(-1)?.error?.code).toBe('rate_limited');
  expect(await take('message', 1_000_000)).toEqual({ ok: true });
});

it('cuts off a client that asks on and on and reads no answer', () => {
  sendBuffer.waiting = MAX_UNREAD + 1;
  queue.add('message', [{}]);
  expect(close).toHaveBeenCalledWith(true);
  expect(handle).not.toHaveBeenCalled();
});

it('says nothing of an error that is not for clients, and goes on', async () => {
  handle.mockRejectedValueOnce(new Error('text of somebody'));
  const { error } = await take('message');
  expect(error).toMatchObject({ code: 'internal', status: 500 });
  expect(JSON.stringify(error)).not.toContain('somebody');
  expect(await take('message')).toEqual({ ok: true });
});

it('refuses without an acknowledgement by an error event', async () => {
  handle.mockRejectedValueOnce(new AppError('busy', 'not now'));
  queue.add('message', [{ conversationId: '0199-no-id' }]);
  await take('message');
  expect(emit).toHaveBeenCalledWith('error', {
    type: 'error',
    code: 'busy',
    error: 'not now',
    retryable: true,
  });
});
