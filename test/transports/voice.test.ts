import { randomUUID } from 'node:crypto';
import type { Attachment } from '../../src/protocol/attachment.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';
import type { HeardRequest } from '../doubles/ollama/hearing.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { type TestApp, TestSite } from '../support/app.js';
import { Person } from '../support/client.js';
import * as files from '../support/files.js';
import { expectProblem } from '../support/problem.js';
import { EXCHANGES, type Exchange } from './exchanges.js';

const SAID = 'It hurts when I breathe.';

let site: TestSite;
let ollama: OllamaDouble;
let app: TestApp;
let person: Person;
let conversation: string;

beforeAll(async () => {
  ollama = await startOllamaDouble({
    models: [{ name: 'seer', capabilities: ['completion', 'vision'] }, 'ears'],
  });
  site = await TestSite.open();
  app = await site.start({
    LLM_PROVIDER: 'ollama',
    OLLAMA_HOST: ollama.url,
    OLLAMA_MODEL: 'seer',
    TRANSCRIBE_URL: ollama.url,
    TRANSCRIBE_MODEL: 'ears',
    TRANSCRIBE_LANGUAGE: 'de',
  });
  person = await Person.register(app.url);
});

beforeEach(async () => {
  ollama.hears(SAID);
  conversation = await person.newConversation();
});

afterAll(async () => {
  await app.stop();
  await ollama.stop();
  await site.close();
});

async function uploaded(file: Buffer): Promise<Attachment> {
  const { status, body } = await person.upload(new File([new Uint8Array(file)], 'x'));
  expect(status).toBe(201);
  return body;
}

async function bytesOf({ id }: Attachment): Promise<string> {
  const response = await person.open('GET', `/api/attachments/${id}`);
  return Buffer.from(await response.arrayBuffer()).toString('base64');
}

function heard(): HeardRequest[] {
  return ollama
    .requests()
    .filter(({ path }) => path === '/v1/audio/transcriptions')
    .map(({ body }) => body as HeardRequest);
}

/** The message that the model was to answer last. */
function lastAsked(): object | undefined {
  const body = ollama.requests().at(-1)?.body as { messages: object[] } | undefined;
  return body?.messages.at(-1);
}

const REST: Exchange = async (person, conversation, { text, ...fields }) => {
  await person.chat(conversation, text, fields);
  return [];
};

test.each([['REST', REST] as const, ...EXCHANGES])(
  'a photograph and a voice message over %s reach the model, and what was said is shown',
  async (_, exchange) => {
    const photograph = await uploaded(await files.jpeg(40, 30, 6));
    const voice = await uploaded(files.wav(1.2));
    const before = heard().length;
    const attachments = [photograph.id, voice.id];
    const frames = await exchange(person, conversation, {
      text: 'Look',
      attachments,
      client_message_id: randomUUID(),
    });

    const [said] = heard().slice(before);
    expect(heard().length).toBe(before + 1);
    expect(said).toEqual({
      model: 'ears',
      language: 'de',
      filename: 'voice.wav',
      file: await bytesOf(voice),
    });
    expect(lastAsked()).toEqual({
      role: 'user',
      content: `Look\n\n[Voice message] ${SAID}`,
      images: [await bytesOf(photograph)],
    });

    const { body } = await person.call('GET', `/api/conversations/${conversation}/messages`);
    const [question] = body.items as Message[];
    expect(question?.attachments).toEqual([photograph, { ...voice, transcript: SAID }]);
    if (frames.length === 0) return;
    const types = frames.map(({ type }) => type);
    expect(types).toContain('transcript');
    expect(types.indexOf('accepted')).toBeLessThan(types.indexOf('transcript'));
    expect(types.indexOf('transcript')).toBeLessThan(types.indexOf('chunk'));
    expect(frames.find(({ type }) => type === 'transcript')).toEqual({
      type: 'transcript',
      conversationId: conversation,
      messageId: question?.id,
      attachmentId: voice.id,
      text: SAID,
    });
  },
);

test('whoever comes later is told, too', async () => {
  const voice = await uploaded(files.wav());
  await person.chat(conversation, '', { attachments: [voice.id] });
  const frames: Frame[] = [];
  for await (const { frame } of person.stream(conversation, { query: '?cursor=1.0.1&until=done' }))
    frames.push(frame);
  expect(frames.map(({ type }) => type)).toEqual(['transcript', 'chunk', 'done']);
});

test.each([
  [
    'AG-UI',
    async (value: string) => {
      const source = { type: 'data', value, mimeType: 'audio/wav' };
      const message = { id: randomUUID(), role: 'user', content: [{ type: 'audio', source }] };
      const ids = { threadId: randomUUID(), runId: randomUUID() };
      return person.open('POST', '/api/ag-ui', { ...ids, messages: [message] });
    },
  ],
  [
    'the AI SDK',
    async (value: string) => {
      const part = { type: 'file', mediaType: 'audio/wav', url: `data:audio/wav;base64,${value}` };
      const message = { id: randomUUID(), role: 'user', parts: [part] };
      const trigger = 'submit-message';
      return person.open('POST', '/api/ai-sdk/chat', { id: randomUUID(), messages: [message], trigger });
    },
  ],
] as const)('what was said is told to a client of %s, too', async (_, ask) => {
  const events = await (await ask(files.wav().toString('base64'))).text();
  expect(events.split(SAID)).toHaveLength(2);
  expect(events).toMatch(/"type":"(data-transcript|CUSTOM","name":"transcript)"/);
});

test('a voice message that cannot be heard fails its answer, and is tried again when that is made anew', async () => {
  const voice = await uploaded(files.wav());
  ollama.hears(500);
  const failed = await person.chat(conversation, '', { attachments: [voice.id] });
  expect(failed).toMatchObject({
    status: 'failed',
    error: { code: 'llm_failed', message: expect.stringMatching(/^the voice message was not understood: /) },
  });
  ollama.hears('');
  const silent = await person.call(
    'POST',
    `/api/conversations/${conversation}/messages/${failed.id}/regenerate`,
    {},
  );
  expect(silent.status).toBe(202);
  ollama.hears('Now louder');
  const again = await person.chat(conversation, 'And?');
  expect(again.status).toBe('complete');
  const path = `/api/conversations/${conversation}/messages/${failed.id}/regenerate`;
  const { body } = await person.call('POST', path, {});
  const stream = person.stream(conversation, { query: `?cursor=${body.cursor}&until=done` });
  for await (const { frame } of stream) {
    if (frame.type === 'done') expect(frame.message.status).toBe('complete');
  }
  expect(lastAsked()).toEqual({ role: 'user', content: '[Voice message] Now louder' });
});

test('a second attempt does not hear again', async () => {
  const voice = await uploaded(files.wav());
  const before = heard().length;
  ollama.script({ tokenCount: 10_000, tokensPerSecond: 20 });
  const { body } = await person.send(conversation, 'Hear', { attachments: [voice.id] });
  const first = await ollama.when(
    ({ tokens, body }) => tokens > 0 && JSON.stringify(body ?? '').includes('Hear\\n'),
  );
  const path = `/api/conversations/${conversation}/messages/${body.message.id}`;
  await person.call('POST', `${path}/stop`, {});
  const { body: anew } = await person.call('POST', `${path}/regenerate`, {});
  await ollama.when(({ id, body }) => id > first.id && JSON.stringify(body ?? '').includes('Hear\\n'));
  expect(anew.message.id).not.toBe(body.message.id);
  expect(heard().length).toBe(before + 1);
});

describe('dictation', () => {
  const form = (file: Buffer, language?: string): FormData => {
    const form = new FormData();
    form.append('file', new File([new Uint8Array(file)], 'x'));
    if (language !== undefined) form.append('language', language);
    return form;
  };

  test('gives the text, in the language that is asked for, and keeps nothing', async () => {
    const { status, body } = await person.submit('/api/transcriptions', form(files.wav(), 'fr'));
    expect({ status, body }).toEqual({ status: 200, body: { text: SAID } });
    expect(heard().at(-1)).toMatchObject({ language: 'fr', file: files.wav().toString('base64') });
  });

  test('refuses what is no sound, no language and no form; says when the transcriber fails', async () => {
    const submit = (body: FormData) => person.submit('/api/transcriptions', body);
    expectProblem(await submit(form(await files.png())), 415, 'unsupported_media_type');
    expectProblem(await submit(form(files.wav(), 'klingon')), 400, 'bad_request');
    expectProblem(await submit(new FormData()), 400, 'bad_request');
    ollama.hears(503);
    expectProblem(await submit(form(files.wav())), 502, 'llm_failed');
  });

  test('is not there without a transcriber', async () => {
    const other = await site.start({ LLM_PROVIDER: 'echo', ROLE: 'gateway' });
    const at = person.at(other.url);
    expectProblem(await at.submit('/api/transcriptions', form(files.wav())), 404, 'not_found');
    expect((await at.call('GET', '/api/capabilities')).body).toMatchObject({
      transcription: false,
      attachments: { image: true, audio: false },
    });
    expect((await person.call('GET', '/api/capabilities')).body).toMatchObject({
      transcription: true,
      attachments: { audio: true },
    });
    await other.stop();
  });
});
