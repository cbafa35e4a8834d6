import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Frame } from '../../src/protocol/frames.js';
import { type Person, Transcript } from '../support/client.js';
import { type Transport, watch } from './delivery.js';

/**
 * Begins to read an answer on one transport, cuts after `frames` frames of it, and goes on with another. What was read
 * must be the answer as a stream from its beginning has it, and as it is stored.
 * @throws when it is not.
 */
export async function handOver(
  person: Person,
  first: Transport,
  second: Transport,
  text: string,
  frames: number,
): Promise<void> {
  const conversation = await person.newConversation();
  const sent = { text, client_message_id: randomUUID() };
  const { body } = await person.send(conversation, text, sent);
  const transcript = new Transcript();
  transcript.cursor = body.cursor;
  let left = frames;
  const ended = () => transcript.frames.some(({ type }) => type === 'done');
  const view = (transport: Transport) =>
    transport.view(person, conversation, transcript.cursor, sent, transcript);
  await watch(view(first), transcript, () => --left === 0 || ended());
  if (!ended()) await watch(view(second), transcript, ended);

  const whole = new Transcript();
  const fromBeginning = { query: '?until=done&cursor=1.0.0' };
  for await (const { frame } of person.stream(conversation, fromBeginning)) whole.take(frame);
  const id: string = body.message.id;
  assert.ok(whole.textOf(id).startsWith(text), 'the answer begins with what was asked');
  assert.equal(transcript.textOf(id), whole.textOf(id));
  assert.equal(transcript.cursor, whole.cursor);
  const stored = await person.call('GET', `/api/conversations/${conversation}/messages/${id}`);
  assert.equal(stored.body.content, whole.textOf(id));
  assert.deepEqual(doneOf(transcript).message, doneOf(whole).message);
  assert.deepEqual(stored.body, doneOf(whole).message);
}

function doneOf({ frames }: Transcript): Extract<Frame, { type: 'done' }> {
  const done = frames.find((frame) => frame.type === 'done');
  assert.ok(done?.type === 'done', 'there is an end');
  return done;
}
