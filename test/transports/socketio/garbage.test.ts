import { once } from 'node:events';
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { sized } from '../../support/size.js';
import { type Answer, Client } from './client.js';

/** With their binary attachments, fewer packets than a connection may send at once. */
const EVENTS = 1000;

let app: TestApp;
let client: Client;
let conversationId: string;

beforeAll(async () => {
  app = await startTestApp();
});

beforeEach(async () => {
  const person = await Person.register(app.url);
  conversationId = await person.newConversation();
  client = Client.of(person);
});

afterEach(() => client.close());

afterAll(() => app.stop());

const name = fc.oneof(
  fc.constantFrom('join', 'resume', 'leave', 'message', 'stop', 'regenerate'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'error', 'ready', ''),
  fc.string({ maxLength: 8 }).filter((name) => !/^(connect|disconnect|new|remove)/.test(name)),
);
const field = fc.oneof(fc.jsonValue(), fc.constant('\u0000'), fc.uint8Array({ maxLength: 4 }));
const payload = fc.oneof(
  field,
  fc.dictionary(fc.constantFrom('conversationId', 'cursor', 'text', 'messageId', '__proto__'), field),
  fc.record({ text: field, conversationId: fc.uuid() }),
);

test(`${EVENTS} events that make no sense are all refused, and the socket lives`, async () => {
  const garbage = fc.sample(fc.tuple(name, payload), EVENTS);
  for (let at = 0; at < EVENTS; at += 500) {
    const answers = await Promise.all(
      garbage.slice(at, at + 500).map(([event, given]) => client.ask(event, given)),
    );
    for (const { ok, error } of answers) {
      expect(ok).toBe(false);
      expect(['bad_request', 'not_found']).toContain(error?.code);
    }
  }
  expect(await client.ask('join', { conversationId })).toMatchObject({ ok: true });
});

test('without an acknowledgement the refusal is an error event, which names the conversation if it can', async () => {
  client.socket.emit('message', { conversationId, text: 7 });
  client.socket.emit('nonsense');
  client.socket.emit('join');
  await client.when(() => client.frames.length === 3 || undefined);
  expect(client.frames[0]).toMatchObject({
    type: 'error',
    code: 'bad_request',
    conversationId,
    retryable: false,
  });
  expect(client.frames[1]).not.toHaveProperty('conversationId');
  expect(client.frames.map(({ type }) => type)).toEqual(['error', 'error', 'error']);
});

test('an acknowledgement alone, or too many arguments, are no crash', async () => {
  const alone = await new Promise<Answer>((resolve) => client.socket.emit('join', resolve));
  expect(alone).toMatchObject({ ok: false, error: { code: 'bad_request' } });
  expect(await client.socket.emitWithAck('join', { conversationId }, 1, [2])).toMatchObject({ ok: true });
});

test('says which field is wrong and quotes no value', async () => {
  const { error } = await client.ask('message', { conversationId, text: 'secret\u0000', extra: 1 });
  expect(error?.detail).toContain('extra');
  expect(error?.detail).toContain('text');
  expect(error?.detail).not.toContain('secret');
});

test('of more events at once than may wait, the last are refused', async () => {
  const answers = await Promise.all(
    Array.from({ length: 2300 }, () => client.ask('stop', { conversationId })),
  );
  const codes = new Set(answers.map(({ error }) => error?.code));
  expect(codes).toEqual(new Set(['not_found', 'rate_limited']));
});

test('a frame over 1 MiB ends the connection', async () => {
  await client.ask('join', { conversationId });
  const ended = client.ended();
  client.socket.emit('message', { conversationId, text: 'x'.repeat(1_100_000) });
  expect(await ended).toMatch(/^transport (close|error)$/);
});

test('what is not even Socket.IO ends its connection and nothing else', async () => {
  const packet = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.constantFrom('0', '1', '2', '3', '4', '40', '42', '43', '44', '45', '451-', '6'), fc.string())
      .map((parts) => parts.join('')),
    fc.jsonValue().map((value) => `42${JSON.stringify(value)}`),
    fc.constantFrom(
      '40/other,',
      '40{"token":1}',
      '4299999999999["join"]',
      '42["disconnect"]',
      '42["newListener"]',
    ),
  );
  const url = `${app.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const send = async (packets: string[]) => {
    const socket = new WebSocket(url);
    await once(socket, 'message');
    for (const packet of packets) socket.send(packet);
    socket.close();
    await once(socket, 'close');
  };
  const rounds = fc.sample(fc.array(packet, { maxLength: 5 }), sized(100, 300));
  for (let at = 0; at < rounds.length; at += 20) await Promise.all(rounds.slice(at, at + 20).map(send));
  expect(await client.ask('join', { conversationId })).toMatchObject({ ok: true });
});
