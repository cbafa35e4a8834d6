import { randomUUID } from 'node:crypto';
import type { OutboxStore } from '../../src/client/index.js';
import { createClient, memoryOutbox } from '../../src/client/index.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import * as files from '../support/files.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { Clients, hasEnded, viewWhere } from './support.js';

let ears: OllamaDouble;
let app: TestApp;
let person: Person;
const clients = new Clients();

beforeAll(async () => {
  ears = await startOllamaDouble({ models: ['ears'] });
  app = await startTestApp({ TRANSCRIBE_URL: ears.url, TRANSCRIBE_MODEL: 'ears' });
  person = await Person.register(app.url);
});

afterEach(() => clients.closeAll());

afterAll(async () => {
  await app.stop();
  await ears.stop();
});

async function photograph(): Promise<Blob> {
  return new Blob([new Uint8Array(await files.png())], { type: 'image/png' });
}

test('a file is uploaded, sent, downloaded again, and described by the answer', async () => {
  const client = clients.of(person);
  const told: number[] = [];
  const photo = await photograph();
  const attachment = await client.upload(photo, {
    onProgress: ({ loaded, total }) => told.push(loaded / total),
  });
  expect(attachment).toMatchObject({ kind: 'image', mediaType: 'image/png', width: 32, height: 24 });
  expect(told.at(-1)).toBe(1);
  const conversation = client.conversation(await person.newConversation());
  const { userMessage, messageId } = await conversation.send({
    text: '',
    attachments: [attachment],
  });
  expect(userMessage.attachments).toEqual([attachment]);
  const { messages } = await viewWhere(conversation, hasEnded(messageId));
  expect(messages.at(-1)?.content).toContain('I was given an image (image/png)');
  const bytes = await client.download(attachment.id);
  expect(bytes.size).toBe(attachment.bytes);
});

test('a message waits in the outbox until its files are uploaded, each once', async () => {
  const client = clients.of(person);
  const [one, two] = [await photograph(), await photograph()];
  const early = client.upload(one);
  const conversation = client.conversation(await person.newConversation());
  const sent = conversation.send({ text: '', attachments: [one, two] });
  expect(conversation.view.messages).toMatchObject([
    { status: 'sending', attachments: [], files: [one, two] },
  ]);
  const { userMessage } = await sent;
  expect(userMessage.attachments).toHaveLength(2);
  expect(userMessage.attachments[0]).toEqual(await early);
  // It belongs to that message; sent again, it is another attachment.
  const again = await conversation.send({ text: '', attachments: [one] });
  expect(again.userMessage.attachments[0]?.id).not.toBe(userMessage.attachments[0]?.id);
});

test('a file that was uploaded about a day before its message is sent is uploaded again', async () => {
  let now = Date.now();
  const { url, token } = person;
  const client = createClient({ url, token, platform: { now: () => now } });
  const photo = await photograph();
  const early = await client.upload(photo);
  expect(await client.upload(photo)).toEqual(early);
  now += 21 * 3_600_000;
  expect((await client.upload(photo)).id).not.toBe(early.id);
  client.close();
});

test('a message that waited until its uploaded file was erased uploads the file again, after a reload too', async () => {
  for (const reload of [false, true]) {
    const outbox = memoryOutbox();
    let online = false;
    const platform = {
      random: () => 0,
      fetch: (input: string | URL | Request, init?: RequestInit) =>
        !online && init?.method === 'POST' && urlOf(input).endsWith('/messages')
          ? Promise.reject(new TypeError('offline'))
          : fetch(input, init),
    };
    const id = await person.newConversation();
    const offline = clients.of(person, { outbox, platform });
    const first = offline.conversation(id);
    const sent = first.send({ text: 'look', attachments: [await photograph()] });
    sent.catch(() => {});
    const { messages } = await viewWhere(
      first,
      (view) => view.sendError !== null && view.messages[0]?.attachments.length === 1,
    );
    const uploaded = messages[0]?.attachments[0]?.id;
    // As the server does after a day.
    expect((await person.call('DELETE', `/api/attachments/${uploaded}`)).status).toBe(204);
    online = true;
    if (reload) offline.close();
    const conversation = reload ? clients.of(person, { outbox }).conversation(id) : first;
    const { messages: shown } = await viewWhere(conversation, (view) =>
      view.messages.some(({ role, status }) => role === 'user' && status !== 'sending'),
    );
    expect(shown[0]).toMatchObject({ status: 'complete', content: 'look', attachments: [{ kind: 'image' }] });
    expect(shown[0]?.attachments[0]?.id).not.toBe(uploaded);
  }
});

test('a message that the server cannot take all the same is refused after one more upload', async () => {
  const outbox = memoryOutbox();
  const id = await person.newConversation();
  let uploads = 0;
  let offline = true;
  const platform = {
    random: () => 0,
    fetch: (input: string | URL | Request, init?: RequestInit) => {
      const posts = (path: string) => init?.method === 'POST' && urlOf(input).endsWith(path);
      if (posts('/api/attachments')) uploads++;
      return offline && posts('/messages') ? Promise.reject(new TypeError('offline')) : fetch(input, init);
    },
  };
  const conversation = clients.of(person, { outbox, platform }).conversation(id);
  const sent = conversation.send({ text: '', attachments: [await photograph(), randomUUID()] });
  const refused = expect(sent).rejects.toMatchObject({ problem: { code: 'not_found' } });
  await viewWhere(conversation, ({ sendError }) => sendError !== null);
  offline = false;
  await refused;
  expect(uploads).toBe(2);
});

test('what a server refuses for good, the message says; without its file it is sent', async () => {
  const client = clients.of(person);
  const conversation = client.conversation(await person.newConversation());
  const text = new Blob(['no image']);
  await expect(client.upload(text)).rejects.toMatchObject({ problem: { code: 'unsupported_media_type' } });
  await expect(conversation.send({ text: 'look', attachments: [text] })).rejects.toMatchObject({
    problem: { code: 'unsupported_media_type', retryable: false },
  });
  expect(conversation.view.messages).toMatchObject([{ status: 'refused', content: 'look', files: [text] }]);
});

test('an upload whose response is lost begins again by itself', async () => {
  const proxy = await startTcpProxy(Number(new URL(app.url).port));
  const url = proxy.url.replace('redis:', 'http:');
  const client = clients.of(person, { url, transports: ['polling'], platform: { random: () => 0 } });
  const conversation = client.conversation(await person.newConversation());
  const failed = new Promise((resolve) => conversation.onError(resolve));
  proxy.cutReplyWith('"kind":"image"');
  const sent = conversation.send({ text: 'look', attachments: [await photograph()] });
  expect(await failed).toMatchObject({ code: 'network', retryable: true });
  expect((await sent).userMessage.attachments).toHaveLength(1);
  expect(proxy.cuts).toBe(1);
  await proxy.stop();
});

test('an upload that nobody wants any more is ended; one that another waits for goes on', async () => {
  const client = clients.of(person);
  const photo = await photograph();
  const ended = new AbortController();
  const left = expect(client.upload(photo, { signal: ended.signal })).rejects.toMatchObject({
    problem: { code: 'network', message: 'the upload was cancelled' },
  });
  const kept = client.upload(photo);
  ended.abort();
  await left;
  expect((await kept).kind).toBe('image');
  await expect(client.upload(photo, { signal: AbortSignal.abort() })).rejects.toThrow('cancelled');
});

test('a message that is discarded takes its upload along', async () => {
  const client = clients.of(person);
  const conversation = client.conversation(await person.newConversation());
  const sent = expect(conversation.send({ text: 'look', attachments: [await photograph()] })).rejects.toThrow(
    'the message was discarded',
  );
  const [message] = conversation.view.messages;
  conversation.discard(message?.client_message_id ?? '');
  await sent;
  await conversation.send({ text: 'and this' });
  expect(conversation.view.messages.map(({ content }) => content)).not.toContain('look');
});

function urlOf(input: string | URL | Request): string {
  return input instanceof Request ? input.url : input.toString();
}

/** Keeps JSON alone, as `localStorage` does. */
function jsonOutbox(): OutboxStore {
  const kept = memoryOutbox();
  return { ...kept, put: (entry) => kept.put(JSON.parse(JSON.stringify(entry))) };
}

test('after a reload, a message whose file was kept is sent, and one whose file was not says so', async () => {
  for (const [outbox, survives] of [
    [memoryOutbox(), true],
    [jsonOutbox(), false],
  ] as const) {
    const id = await person.newConversation();
    const offline = clients.of(person, {
      outbox,
      platform: { fetch: () => Promise.reject(new TypeError()) },
    });
    const lost = offline.conversation(id).send({ text: 'look', attachments: [await photograph()] });
    lost.catch(() => {});
    // The store has it before anything goes out.
    await viewWhere(offline.conversation(id), ({ sendError }) => sendError !== null);
    offline.close();
    const client = clients.of(person, { outbox });
    const conversation = client.conversation(id);
    const isSettled = (status: string): boolean => (survives ? status === 'complete' : status === 'refused');
    const { messages } = await viewWhere(conversation, (view) =>
      view.messages.some(({ role, status }) => role === 'user' && isSettled(status)),
    );
    const [message] = messages;
    if (survives) expect(message?.attachments).toHaveLength(1);
    else expect(message).toMatchObject({ content: 'look', error: { code: 'file_lost', retryable: false } });
  }
});

test('dictation, capabilities, and taking an attachment back', async () => {
  const client = clients.of(person);
  ears.hears('It hurts here.');
  const recording = new Blob([new Uint8Array(files.wav())]);
  expect(await client.transcribe(recording, { language: 'de' })).toBe('It hurts here.');
  expect(await client.capabilities()).toMatchObject({
    attachments: { image: true, audio: true },
    transcription: true,
  });
  const { id } = await client.upload(await photograph());
  await client.removeAttachment(id);
  await expect(client.download(id)).rejects.toMatchObject({ problem: { code: 'not_found' } });
});

test('a closed client leaves no upload', async () => {
  const client = clients.of(person, { platform: { fetch: hanging } });
  const upload = expect(client.upload(await photograph())).rejects.toMatchObject({
    problem: { code: 'network' },
  });
  const download = expect(client.download('x')).rejects.toMatchObject({ problem: { code: 'network' } });
  await asked;
  client.close();
  await Promise.all([upload, download]);
});

let tellAsked = (): void => {};
const asked = new Promise<void>((resolve) => {
  tellAsked = resolve;
});
let requests = 0;

/** A server that never answers. */
function hanging(_input: unknown, init?: RequestInit): Promise<Response> {
  return new Promise((_, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new TypeError('aborted')));
    requests++;
    if (requests === 2) tellAsked();
  });
}
