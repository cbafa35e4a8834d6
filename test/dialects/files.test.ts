import { randomUUID } from 'node:crypto';
import { HttpAgent } from '@ag-ui/client';
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai';
import OpenAI from 'openai';
import type { Message } from '../../src/protocol/message.js';
import { type TestApp, TestSite } from '../support/app.js';
import { Person } from '../support/client.js';
import * as files from '../support/files.js';
import { withClient } from '../support/postgres.js';

let site: TestSite;
let apps: [TestApp, TestApp];
let person: Person;
/** A picture as a page sends it. */
let url: string;

beforeAll(async () => {
  site = await TestSite.open();
  apps = [await site.start(), await site.start()];
  url = `data:image/png;base64,${(await files.png()).toString('base64')}`;
});

beforeEach(async () => {
  person = await Person.register(apps[0].url);
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await site.close();
});

async function stored(): Promise<Message[]> {
  const { items } = (await person.call('GET', '/api/conversations')).body;
  expect(items).toHaveLength(1);
  return (await person.call('GET', `/api/conversations/${items[0].id}/messages`)).body.items;
}

async function attachmentsOf(userId: string): Promise<number> {
  let count = 0;
  await withClient(site.database.url, async (client) => {
    const { rows } = await client.query('select count(*)::int as n from attachments where user_id = $1', [
      userId,
    ]);
    count = rows[0].n;
  });
  return count;
}

function picture(text: string): UIMessage {
  return {
    id: randomUUID(),
    role: 'user',
    parts: [
      { type: 'file', mediaType: 'image/png', url },
      { type: 'text', text },
    ],
  };
}

/** The answer's text, by the AI SDK's own transport. */
async function chat(at: string, id: string, messages: UIMessage[]): Promise<UIMessage | undefined> {
  const transport = new DefaultChatTransport<UIMessage>({
    api: `${at}/api/ai-sdk/chat`,
    headers: { Authorization: `Bearer ${person.token}` },
  });
  const stream = await transport.sendMessages({
    trigger: 'submit-message',
    chatId: id,
    messageId: undefined,
    messages,
    abortSignal: undefined,
  });
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream, terminateOnError: true })) last = message;
  return last;
}

test('a file of a UI message is an attachment, and the same message again has the same one', async () => {
  const question = picture('What is this?');
  const { id: userId } = (await person.call('GET', '/api/me')).body;
  const sends = Array.from({ length: 4 }, (_, index) => chat(apps[index % 2]?.url ?? '', 'chat', [question]));
  const answers = await Promise.all(sends);
  const again = await chat(apps[1].url, 'chat', [question]);
  const [message, answer] = await stored();
  expect(message?.attachments).toMatchObject([{ kind: 'image', mediaType: 'image/png' }]);
  for (const one of [...answers, again]) expect(one?.id).toBe(answer?.id);
  expect(await stored()).toHaveLength(2);
  expect(await attachmentsOf(userId)).toBe(1);
  const other = { ...question, parts: [{ type: 'text' as const, text: 'What is this?' }] };
  await expect(chat(apps[0].url, 'chat', [other])).rejects.toThrow('client_message_id');
});

test('a long history with files is no reason to refuse a short message', async () => {
  const padding = `${url}${'A'.repeat(1_500_000)}`;
  const past = Array.from(
    { length: 400 },
    (_, index): UIMessage => ({
      id: `m${index}`,
      role: index % 2 ? 'assistant' : 'user',
      metadata: { usage: { promptTokens: 1, completionTokens: 2 }, status: 'complete', model: 'a model' },
      parts: [{ type: 'text', text: 'Yes. '.repeat(100) }],
    }),
  );
  past[0]?.parts.push({ type: 'file', mediaType: 'image/png', url: padding });
  const question: UIMessage = { id: 'now', role: 'user', parts: [{ type: 'text', text: 'Is that all?' }] };
  expect(await chat(apps[0].url, 'long', [...past, question])).toBeDefined();
  expect((await stored())[0]).toMatchObject({ content: 'Is that all?', attachments: [] });
});

test('Chat Completions and Responses take images', async () => {
  const client = new OpenAI({ baseURL: `${apps[0].url}/v1`, apiKey: person.token });
  const model = (await client.models.list()).data[0]?.id ?? '';
  const content = [
    { type: 'text' as const, text: 'What is this?' },
    { type: 'image_url' as const, image_url: { url } },
  ];
  const completion = await client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
  expect(completion.choices[0]?.message.content).toContain('What is this?');
  const response = await client.responses.create({
    model,
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'And this?' },
          { type: 'input_image', image_url: url, detail: 'auto' },
        ],
      },
    ],
  });
  expect(response.status).toBe('completed');
  expect((await stored())[0]).toMatchObject({ content: 'And this?', attachments: [{ kind: 'image' }] });
  const elsewhere = { type: 'image_url' as const, image_url: { url: 'https://example.org/x.png' } };
  await expect(
    client.chat.completions.create({ model, messages: [{ role: 'user', content: [elsewhere] }] }),
  ).rejects.toMatchObject({ status: 400, param: 'messages' });
  const broken = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } };
  await expect(
    client.chat.completions.create({ model, messages: [{ role: 'user', content: [broken] }] }),
  ).rejects.toMatchObject({ status: 415 });
});

test('an image of an AG-UI message is an attachment', async () => {
  const agent = new HttpAgent({
    url: `${apps[0].url}/api/ag-ui`,
    headers: { Authorization: `Bearer ${person.token}` },
  });
  const value = url.slice(url.indexOf(',') + 1);
  agent.addMessage({
    id: randomUUID(),
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image', source: { type: 'data', value, mimeType: 'image/png' } },
    ],
  });
  await agent.runAgent();
  expect((await stored())[0]).toMatchObject({ content: 'What is this?', attachments: [{ kind: 'image' }] });
});
