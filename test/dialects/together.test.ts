import { randomUUID } from 'node:crypto';
import { HttpAgent } from '@ag-ui/client';
import OpenAI from 'openai';
import type { Message } from '../../src/protocol/message.js';
import { TRANSPORTS, watch } from '../contract/delivery.js';
import { Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { submitted, textOf, VERSIONS } from './chat.js';

const TOKENS = [
  'Drink ',
  'hot ',
  'tea 🍵, ',
  'ruhen ',
  'Sie ',
  'und ',
  'पानी ',
  'पी',
  'जिए। ',
  'Cafe',
  '\u0301.',
];

let cluster: Cluster;
let person: Person;
let urls: [string, string];

beforeAll(async () => {
  cluster = await Cluster.start();
  const [, one, other] = await Promise.all([cluster.worker(), cluster.gateway(), cluster.gateway()]);
  urls = [one.url, other.url];
  cluster.ollama.defaultScript({ text: TOKENS, tokensPerSecond: 3, firstTokenMs: 500 });
  person = await Person.register(one.url);
});

afterAll(() => cluster.stop());

test('one answer, watched in every protocol at once, is the same text', async () => {
  const conversation = await person.newConversation();
  const there = person.at(urls[1]);
  const client = new OpenAI({ baseURL: `${urls[0]}/v1`, apiKey: person.token });
  const background = await client.responses.create({
    input: 'What helps?',
    conversation,
    background: true,
    stream: true,
  });
  const responseText = async (): Promise<string> => {
    let text = '';
    for await (const event of background) {
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    return text;
  };
  const chatText = async (chatOf: (typeof VERSIONS)[number][1]): Promise<string> => {
    const chat = chatOf({ person: there, id: conversation });
    const resumed = chat.resumeStream();
    await submitted(chat);
    await resumed;
    return textOf(chat.messages.at(-1));
  };
  const transcriptText = async (transport: (typeof TRANSPORTS)[number]): Promise<string> => {
    const transcript = new Transcript();
    const sent = { text: 'What helps?', client_message_id: 'of another client' };
    const viewer = transport.view(there, conversation, '1.0.0', sent, transcript);
    await watch(viewer, transcript, ({ type }) => type === 'done');
    const done = transcript.frames.at(-1);
    return done?.type === 'done' ? transcript.textOf(done.messageId) : '';
  };
  const streams = TRANSPORTS.filter(({ name }) => name !== 'REST');
  const texts = await Promise.all([
    responseText(),
    ...VERSIONS.map(([, chatOf]) => chatText(chatOf)),
    ...streams.map(transcriptText),
  ]);
  const { items } = (await person.call('GET', `/api/conversations/${conversation}/messages`)).body;
  const answer = (items as Message[]).at(-1);
  expect(answer?.content.startsWith(TOKENS.join(''))).toBe(true);
  expect(texts).toEqual(texts.map(() => answer?.content));
  expect(cluster.ollama.requests()).toHaveLength(1);
});

test.each(VERSIONS)(
  'an AI SDK chat (%s), cut anywhere, is shown whole at the other gateway',
  async (_, chatOf) => {
    const id = randomUUID();
    const chat = chatOf({ person, id });
    const resumed: Promise<string | undefined>[] = [];
    const seen = new Set<string>();
    const sent = chat.sendMessage({ text: 'What helps?' });
    await submitted(chat);
    while (chat.status !== 'ready') {
      const text = textOf(chat.messages.findLast(({ role }) => role === 'assistant'));
      if (!seen.has(text)) {
        seen.add(text);
        const after = chatOf({ person: person.at(urls[1]), id, messages: chat.messages.slice(0, 1) });
        // Undefined when it had ended before: what has ended is in the history.
        resumed.push(
          after.resumeStream().then(() => (after.messages[1] ? textOf(after.messages[1]) : undefined)),
        );
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await sent;
    const text = textOf(chat.messages.at(-1));
    const texts = await Promise.all(resumed);
    expect(texts.length).toBeGreaterThan(TOKENS.length / 2);
    expect(texts.filter((resumed) => resumed !== undefined && resumed !== text)).toEqual([]);
    expect(texts.filter((resumed) => resumed === text).length).toBeGreaterThan(TOKENS.length / 2);
  },
);

test('an AG-UI run, cut anywhere, is whole when it is run again at the other gateway', async () => {
  const threadId = randomUUID();
  const agentAt = (url: string, messages: HttpAgent['messages']): HttpAgent =>
    new HttpAgent({
      url: `${url}/api/ag-ui`,
      headers: { Authorization: `Bearer ${person.token}` },
      threadId,
      initialMessages: messages,
    });
  const agent = agentAt(urls[0], [{ id: randomUUID(), role: 'user', content: 'What helps?' }]);
  const again: Promise<unknown>[] = [];
  const run = (messages: HttpAgent['messages']): Promise<unknown> => {
    const other = agentAt(urls[1], messages);
    return other.runAgent().then(() => other.messages.map(({ content }) => content));
  };
  await agent.runAgent(
    {},
    { onMessagesChanged: ({ messages }) => void again.push(run(structuredClone([...messages]))) },
  );
  const contents = agent.messages.map(({ content }) => content);
  expect(again.length).toBeGreaterThan(TOKENS.length / 2);
  for (const other of await Promise.all(again)) expect(other).toEqual(contents);
});
