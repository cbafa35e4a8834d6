import { EventSource } from 'eventsource';
import { DISCLAIMER } from '../../../src/generation/disclaimer.js';
import type { Frame } from '../../../src/protocol/frames.js';
import { Person, Transcript } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';

const SPEECH = Array.from({ length: 60 }, (_, n) => `तथ्य ${n} 💧 `);

let cluster: Cluster;
let proxy: TcpProxy | undefined;
let source: EventSource | undefined;

beforeAll(async () => {
  cluster = await Cluster.start();
});

afterAll(async () => {
  source?.close();
  await proxy?.stop();
  await cluster.stop();
});

test('an EventSource whose connection is cut goes on by itself, to the byte, and stops at the end', async () => {
  const { url } = await cluster.all();
  const way = await startTcpProxy(Number(new URL(url).port));
  proxy = way;
  const person = await Person.register(url);
  const conversation = await person.newConversation();
  cluster.ollama.script({ text: SPEECH, tokensPerSecond: 30 });
  await person.send(conversation, 'What helps?');

  const transcript = new Transcript();
  const query = `?until=done&cursor=1.0.0&token=${person.token}`;
  const through = `http://${new URL(way.url).host}`;
  source = new EventSource(`${through}/api/conversations/${conversation}/stream${query}`);
  const events = source;
  let opened = 0;
  await new Promise<void>((resolve) => {
    events.addEventListener('open', () => {
      opened++;
      if (opened <= 2) way.cutReplies(1500);
    });
    events.addEventListener('message', ({ data, lastEventId }) => {
      const frame = JSON.parse(data) as Frame;
      transcript.take(frame);
      expect(lastEventId).toBe(transcript.cursor);
    });
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED) resolve();
    });
  });

  expect([way.cuts, opened]).toEqual([2, 3]);
  const done = transcript.frames.at(-1);
  if (done?.type !== 'done') throw new Error(`ended with ${done?.type}`);
  expect(done.message.content).toBe(`${SPEECH.join('')}\n\n${DISCLAIMER}`);
  expect(transcript.textOf(done.messageId)).toBe(done.message.content);
});
