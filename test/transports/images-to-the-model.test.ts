import type { Attachment } from '../../src/protocol/attachment.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { type TestApp, TestSite } from '../support/app.js';
import { Person } from '../support/client.js';
import * as files from '../support/files.js';
import { expectProblem } from '../support/problem.js';

let site: TestSite;
let ollama: OllamaDouble;
let app: TestApp;
let person: Person;
let conversation: string;

beforeAll(async () => {
  ollama = await startOllamaDouble({
    models: [
      { name: 'seer', capabilities: ['completion', 'vision'] },
      { name: 'reader', capabilities: ['completion', 'thinking'] },
    ],
  });
  site = await TestSite.open();
  app = await site.start({ LLM_PROVIDER: 'ollama', OLLAMA_HOST: ollama.url, OLLAMA_MODEL: 'seer, reader' });
  person = await Person.register(app.url);
});

beforeEach(async () => {
  conversation = await person.newConversation();
});

afterAll(async () => {
  await app.stop();
  await ollama.stop();
  await site.close();
});

interface Sent {
  readonly model: string;
  readonly messages: readonly { role: string; content: string; images?: readonly string[] }[];
}

/** What the model was given last, without the system prompt. */
function given(): Sent {
  const body = ollama.requests().at(-1)?.body as Sent;
  return { ...body, messages: body.messages.slice(1) };
}

async function uploaded(file: Buffer): Promise<Attachment> {
  const { status, body } = await person.upload(new File([new Uint8Array(file)], 'x'));
  expect(status).toBe(201);
  return body;
}

async function bytesOf({ id }: Attachment): Promise<string> {
  const response = await person.open('GET', `/api/attachments/${id}`);
  return Buffer.from(await response.arrayBuffer()).toString('base64');
}

test('the model gets the images that GET gives, in their order, and history with them', async () => {
  const [one, two] = [await uploaded(await files.jpeg(40, 30, 6)), await uploaded(await files.png())];
  await person.chat(conversation, 'What is this?', { attachments: [one.id, two.id] });
  const images = [await bytesOf(one), await bytesOf(two)];
  expect(given().messages).toEqual([{ role: 'user', content: 'What is this?', images }]);
  await person.chat(conversation, 'And now?');
  expect(given().messages[0]).toEqual({ role: 'user', content: 'What is this?', images });
  expect(given().messages[2]).toEqual({ role: 'user', content: 'And now?' });
});

test('an image alone is a message', async () => {
  const one = await uploaded(await files.png());
  const { status } = await person.chat(conversation, '', { attachments: [one.id] });
  expect(status).toBe('complete');
  expect(given().messages).toEqual([{ role: 'user', content: '', images: [await bytesOf(one)] }]);
});

test('a second attempt asks again with the same images', async () => {
  const one = await uploaded(await files.png());
  ollama.script({ tokenCount: 10_000, tokensPerSecond: 20 });
  await person.send(conversation, 'Look', { attachments: [one.id] });
  const first = await ollama.when(
    ({ tokens, body }) => tokens > 0 && JSON.stringify(body ?? '').includes('Look'),
  );
  const other = await site.start({
    LLM_PROVIDER: 'ollama',
    OLLAMA_HOST: ollama.url,
    OLLAMA_MODEL: 'seer, reader',
    DRAIN_SECONDS: '0',
  });
  // The first worker hands its answer over in the middle.
  await app.stop();
  const second = await ollama.when(
    ({ id, body }) => id > first.id && JSON.stringify(body ?? '').includes('"Look"'),
  );
  app = other;
  person = person.at(other.url);
  const { messages } = second.body as Sent;
  expect(messages[1]).toEqual({ role: 'user', content: 'Look', images: [await bytesOf(one)] });
  expect(messages[2]?.role).toBe('assistant');
});

test('history has only images that fit, the newest first, and says where one was left out', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 9; n++) {
    const one = await uploaded(await files.png());
    ids.push(one.id);
    await person.chat(conversation, `Image ${n}`, { attachments: [one.id] });
  }
  await person.chat(conversation, 'Which was first?');
  const asked = given().messages.filter(({ content }) => content.startsWith('Image'));
  const without = asked.filter(({ images }) => !images);
  expect(asked).toHaveLength(9);
  expect(without.length).toBeGreaterThan(0);
  expect(asked.slice(0, without.length)).toEqual(without);
  for (const { content } of without) expect(content).toMatch(/\n\n\[An image .* is not shown\.\]$/);
});

describe('models', () => {
  test('are told with what they can do', async () => {
    const { status, body } = await person.call('GET', '/api/capabilities');
    expect(status).toBe(200);
    expect(body).toEqual({
      attachments: {
        image: true,
        audio: false,
        maxBytes: 10_485_760,
        mediaTypes: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
      },
      transcription: false,
      models: [
        { id: 'seer', default: true, image: true, thinking: false },
        { id: 'reader', default: false, image: false, thinking: true },
      ],
      knowledge: false,
    });
  });

  test('are chosen by the message, and the choice counts for its repetition and for an answer made anew', async () => {
    const fields = { model: 'reader', client_message_id: 'one' };
    const answer = await person.chat(conversation, 'x', fields);
    expect(answer.model).toBe('reader');
    expect(given().model).toBe('reader');
    const { body } = await person.send(conversation, 'x', fields);
    expect(body).toMatchObject({ duplicate: true, message: { model: 'reader' } });
    const other = { ...fields, model: 'seer' };
    expectProblem(await person.send(conversation, 'x', other), 409, 'idempotency_mismatch');
    const path = `/api/conversations/${conversation}/messages/${answer.id}/regenerate`;
    expect((await person.call('POST', path, {})).body.message.model).toBe('reader');
    const { model } = await person.chat(conversation, 'y');
    expect(model).toBe('seer');
  });

  test('that are not offered, do not see or do not hear are refused, and nothing is stored', async () => {
    const image = await uploaded(await files.png());
    const sound = await uploaded(files.wav());
    for (const fields of [
      { model: 'another' },
      { model: 'reader', attachments: [image.id] },
      { attachments: [sound.id] },
    ]) {
      expectProblem(await person.send(conversation, 'x', fields), 422, 'unprocessable');
    }
    expect((await person.call('GET', `/api/conversations/${conversation}/messages`)).body.items).toEqual([]);
    await person.chat(conversation, 'x', { attachments: [image.id] });
    // The image in the history is none for a model that cannot see.
    await person.chat(conversation, 'y', { model: 'reader' });
    expect(given().messages[0]).toEqual({
      role: 'user',
      content: 'x\n\n[An image that was sent here is not shown.]',
    });
  });
});
