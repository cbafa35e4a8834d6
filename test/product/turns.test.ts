import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';
import { type Answer, Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';

const SPEECH = ['Drink ', 'hot ', 'water. ', '💧'];
const HALF = SPEECH.slice(0, 2).join('');
const ENDING = `\n\n${DISCLAIMER}`;

let cluster: Cluster;
let person: Person;
let conversation: string;

beforeAll(async () => {
  cluster = await Cluster.start();
  cluster.ollama.defaultScript({ text: SPEECH });
  person = await Person.register((await cluster.all()).url);
});

afterAll(() => cluster.stop());

beforeEach(async () => {
  conversation = await person.newConversation();
});

const post = (path: string, body?: object): Promise<Answer> =>
  person.call('POST', `/api/conversations/${conversation}/messages${path}`, body);

/** Sends a message whose answer gets as far as half of its text, and no further. */
async function sendHalf(text = 'What helps?'): Promise<Message> {
  cluster.ollama.script({ fault: 'stall', after: 2 });
  const { message } = (await person.send(conversation, text)).body;
  const transcript = new Transcript();
  for await (const { frame } of person.stream(conversation)) {
    transcript.take(frame);
    if (transcript.textOf(message.id) === HALF) break;
  }
  return message;
}

async function restOf(cursor: string): Promise<Transcript> {
  const transcript = new Transcript();
  for await (const { frame } of person.stream(conversation, { query: `?until=done&cursor=${cursor}` })) {
    transcript.take(frame);
  }
  return transcript;
}

const endings = ({ frames }: Transcript): (string | undefined)[] =>
  frames.flatMap((frame) => (frame.type === 'done' ? [frame.message.status] : []));

/** What the model was asked last, its instructions left out. */
function lastPrompt(): string[] {
  const { body } = cluster.ollama.requests().findLast(({ path }) => path === '/api/chat') ?? {};
  const { messages } = body as { messages: { role: string; content: string }[] };
  expect(messages[0]?.role).toBe('system');
  return messages.slice(1).map(({ content }) => content);
}

describe('stop', () => {
  test('ends the answer with what it has; stopping it again changes nothing', async () => {
    const message = await sendHalf();
    const seen: Frame[] = [];
    for await (const { frame } of person.stream(conversation, { query: '?until=done' })) {
      seen.push(frame);
      if (frame.type !== 'ready') continue;
      const stopped = await post(`/${message.id}/stop`);
      expect(stopped).toMatchObject({ status: 202, body: { id: message.id } });
    }
    expect(seen.filter(({ type }) => type === 'stopping')).toEqual([
      { type: 'stopping', conversationId: conversation, messageId: message.id },
    ]);
    const done = seen.at(-1);
    expect(done).toMatchObject({ type: 'done', message: { status: 'stopped', content: HALF + ENDING } });
    const again = await post(`/${message.id}/stop`);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(done?.type === 'done' && done.message);
  });

  test('ends one that waits, and the one that runs goes on', async () => {
    const running = await sendHalf();
    const waiting = (await person.send(conversation, 'And now?')).body.message;
    expect((await post(`/${waiting.id}/stop`)).status).toBe(202);
    expect(
      (await person.call('GET', `/api/conversations/${conversation}/messages`)).body.items,
    ).toMatchObject([{}, { id: running.id, status: 'streaming' }, {}, { id: waiting.id }]);
    await post(`/${running.id}/stop`);
    const transcript = await restOf('1.0.0');
    expect(endings(transcript)).toEqual(['stopped', 'stopped']);
    expect(transcript.textOf(waiting.id)).toBe('');
  });
});

describe('regenerate', () => {
  test('answers the same message anew, and later prompts take the newest answer', async () => {
    cluster.ollama.script({ text: ['first'] });
    const first = await person.chat(conversation, 'one?');
    cluster.ollama.script({ text: ['second'] });
    await person.chat(conversation, 'two?');

    cluster.ollama.script({ text: ['better'] });
    const sent = await post(`/${first.id}/regenerate`, { client_message_id: 'anew' });
    expect(sent).toMatchObject({
      status: 202,
      body: {
        duplicate: false,
        cursor: '3.0.0',
        userMessage: { id: first.replyTo, content: 'one?' },
        message: { status: 'queued', content: '', replyTo: first.replyTo },
      },
    });
    expect(sent.body.message.id).not.toBe(first.id);
    const { frames } = await restOf(sent.body.cursor);
    expect(frames[0]).toMatchObject({
      type: 'accepted',
      messageId: sent.body.message.id,
      client_message_id: 'anew',
      userMessage: { id: first.replyTo },
    });
    expect(frames.at(-1)).toMatchObject({ type: 'done', message: { content: `better${ENDING}` } });
    expect(lastPrompt()).toEqual(['one?']);

    await person.chat(conversation, 'three?');
    expect(lastPrompt()).toEqual(['one?', 'better', 'two?', 'second', 'three?']);
  });

  test('only an answer can be generated anew', async () => {
    const { replyTo } = await person.chat(conversation, 'one?');
    expect(await post(`/${replyTo}/regenerate`)).toMatchObject({
      status: 400,
      body: { code: 'bad_request' },
    });
  });
});

describe('whenBusy', () => {
  test('queue: each waits its turn', async () => {
    cluster.ollama.script({ tokensPerSecond: 50 });
    const texts = ['one?', 'two?', 'three?', 'four?'];
    for (const text of texts) await person.send(conversation, text, { whenBusy: 'queue' });
    const { frames } = await restOf('1.0.0');
    const order = frames.flatMap((frame) => {
      if (frame.type === 'accepted') return [frame.userMessage.content];
      return frame.type === 'done' ? [frame.message.status] : [];
    });
    expect(order).toEqual(texts.flatMap((text) => [text, 'complete']));
  });

  test('reject: refused while an answer runs, and not after', async () => {
    const running = await sendHalf();
    const refused = await person.send(conversation, 'And now?', { whenBusy: 'reject' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'busy', error: { code: 'busy' } } });
    await post(`/${running.id}/stop`);
    expect(endings(await restOf('1.0.0'))).toEqual(['stopped']);
    expect((await person.send(conversation, 'And now?', { whenBusy: 'reject' })).status).toBe(202);
    // Or it would take the script of the next test.
    await restOf('1.0.0');
  });

  test('interrupt: stops what runs and what waits, and is next', async () => {
    await sendHalf();
    await person.send(conversation, 'two?');
    await person.send(conversation, 'three?');
    expect((await person.send(conversation, 'now!', { whenBusy: 'interrupt' })).status).toBe(202);
    const transcript = await restOf('1.0.0');
    expect(endings(transcript)).toEqual(['stopped', 'stopped', 'stopped', 'complete']);
    expect(lastPrompt().at(-1)).toBe('now!');
  });
});
