import type { ChunkFrame, DoneFrame, Frame } from '../../../src/protocol/frames.js';
import { type TestApp, TestSite } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { TestSocket } from '../../support/socket.js';

let site: TestSite;
let app: TestApp;
let person: Person;
let conversation: string;
let socket: TestSocket;

/** 1, 2, 3 and 4 bytes a character; the last one two UTF-16 units. */
const TEXT = 'aé€🙂 und so weiter bis zum Schluss';

beforeAll(async () => {
  site = await TestSite.open();
  app = await site.start({ DEV_LLM_TOKENS_PER_SECOND: '40' });
  person = await Person.register(app.url);
});

beforeEach(async () => {
  conversation = await person.newConversation();
  socket = await TestSocket.open(person, conversation);
  await socket.next('ready');
});

afterEach(() => socket.close());

afterAll(async () => {
  await app.stop();
  await site.close();
});

async function answered(text = TEXT): Promise<DoneFrame> {
  socket.say({ type: 'message', text });
  return socket.next('done');
}

/** What comes when all that it asks for has ended. */
async function after(frame: object) {
  const before = socket.frames.length;
  socket.say(frame);
  await socket.next('ready');
  return socket.frames.slice(before);
}

const kinds = (frames: readonly { type: string }[]) =>
  frames.map(({ type }) => type).filter((type, at, all) => type !== 'chunk' || all[at - 1] !== 'chunk');

const textOf = (frames: readonly { type: string }[]) =>
  frames.map((frame) => (frame.type === 'chunk' ? (frame as ChunkFrame).data : '')).join('');

describe('of an answer that has ended, a resume', () => {
  test('with a cursor goes on after it', async () => {
    const { message } = await answered();
    const frames = await after({ type: 'resume', conversationId: conversation, cursor: '1.1.10' });
    expect(kinds(frames)).toEqual(['chunk', 'done', 'ready']);
    expect(textOf(frames)).toBe(message.content.slice('aé€🙂'.length));
  });

  test('with the cursor of its end is up to date', async () => {
    const { cursor } = await answered();
    expect(kinds(await after({ type: 'resume', cursor }))).toEqual(['ready']);
  });

  test.each([0, 1, 2, 3, 5, TEXT.length])('after %d units of it goes on with the rest', async (received) => {
    const { message } = await answered();
    const frames = await after({ type: 'resume', lastMessageId: message.id, received });
    expect(kinds(frames)).toEqual(['chunk', 'done', 'ready']);
    expect(textOf(frames)).toBe(message.content.slice(received));
  });

  test('after all of it says that it has ended', async () => {
    const { message } = await answered();
    const received = message.content.length;
    expect(kinds(await after({ type: 'resume', lastMessageId: message.id, received }))).toEqual([
      'done',
      'ready',
    ]);
  });

  test('without a number of units begins it anew', async () => {
    const { message } = await answered();
    const frames = await after({ type: 'resume', lastMessageId: message.id });
    expect(kinds(frames)).toEqual(['reset', 'chunk', 'done', 'ready']);
    expect(textOf(frames)).toBe(message.content);
  });

  test('from its question says which answer it is, and begins it anew', async () => {
    const { message } = await answered();
    const frames = await after({ type: 'resume', lastMessageId: message.replyTo });
    expect(kinds(frames)).toEqual(['accepted', 'reset', 'chunk', 'done', 'ready']);
    expect(frames[0]).toMatchObject({ messageId: message.id, userMessage: { id: message.replyTo } });
    expect(textOf(frames)).toBe(message.content);
  });

  test('with nothing is up to date', async () => {
    await answered();
    expect(kinds(await after({ type: 'resume' }))).toEqual(['ready']);
  });

  test('from it brings all that came later', async () => {
    const { message } = await answered('first');
    const { message: second } = await answered('second');
    const received = message.content.length;
    const frames = await after({ type: 'resume', lastMessageId: message.id, received });
    expect(kinds(frames)).toEqual(['done', 'accepted', 'chunk', 'done', 'ready']);
    expect(textOf(frames)).toBe(second.content);
  });

  test.each([
    ['inside a character', 4],
    ['past its end', 100_000],
  ])('%s is refused, and what was going on goes on', async (_where, received) => {
    const { message } = await answered();
    socket.say({ type: 'resume', lastMessageId: message.id, received });
    expect(await socket.next('error')).toMatchObject({ code: 'bad_request' });
    const next = await answered('still live');
    expect(socket.transcript.textOf(next.messageId)).toBe(next.message.content);
  });
});

describe('of an answer that is being written, a resume', () => {
  let messageId: string;

  beforeEach(async () => {
    socket.say({ type: 'message', text: `${TEXT} ${'🙂 '.repeat(2000)}` });
    const { userMessage, ...receipt } = await socket.next('receipt');
    expect(userMessage.content).toContain(TEXT);
    messageId = receipt.messageId;
    while (socket.transcript.textOf(messageId).length < 12) await socket.next('chunk');
  });

  /** What it sends, up to the end that a stop brings. */
  async function whole(frame: object) {
    const before = socket.frames.length;
    socket.say(frame);
    socket.say({ type: 'stop' });
    const done = await socket.next('done');
    return { done, frames: socket.frames.slice(before).filter(({ type }) => type !== 'stopping') };
  }

  /** The frames from the chunk on that begins at this byte: chunks of the old place may have been on their way. */
  function from(position: number, frames: readonly Frame[]) {
    return frames.slice(
      frames.findIndex((frame) => {
        if (frame.type !== 'chunk') return false;
        return Number(frame.cursor.split('.')[2]) - Buffer.byteLength(frame.data) === position;
      }),
    );
  }

  /** Without the `ready` that comes when what was written has been told. */
  const told = (frames: readonly { type: string }[]) => kinds(frames.filter(({ type }) => type !== 'ready'));

  test('with a cursor that the connection gave sends nothing twice', async () => {
    const { cursor, data } = socket.frames.find((frame) => frame.type === 'chunk') as ChunkFrame;
    const { done, frames } = await whole({ type: 'resume', cursor });
    expect(data + textOf(from(Buffer.byteLength(data), frames))).toBe(done.message.content);
  });

  test('after some units of it goes on with the rest', async () => {
    const { done, frames } = await whole({ type: 'resume', lastMessageId: messageId, received: 5 });
    const fresh = from(Buffer.byteLength('aé€🙂'), frames);
    expect(textOf(fresh)).toBe(done.message.content.slice(5));
  });

  test('without a number of units begins it anew', async () => {
    const { done, frames } = await whole({ type: 'resume', lastMessageId: messageId });
    const anew = frames.slice(frames.findIndex(({ type }) => type === 'reset'));
    expect(told(anew)).toEqual(['reset', 'chunk', 'done']);
    expect(textOf(anew)).toBe(done.message.content);
  });

  test('with nothing begins it anew, as a new connection does', async () => {
    const { done, frames } = await whole({ type: 'resume' });
    const anew = frames.slice(frames.findIndex(({ type }) => type === 'accepted'));
    expect(told(anew)).toEqual(['accepted', 'reset', 'chunk', 'done']);
    expect(textOf(anew)).toBe(done.message.content);
  });

  test('past what is written is refused', async () => {
    socket.say({ type: 'resume', lastMessageId: messageId, received: 30_000 });
    expect(await socket.next('error')).toMatchObject({ code: 'bad_request' });
    socket.say({ type: 'stop' });
    const done = await socket.next('done');
    expect(socket.transcript.textOf(messageId)).toBe(done.message.content);
  });
});
