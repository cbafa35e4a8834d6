import type { Frame } from '../../src/protocol/frames.js';
import { formatPlaces } from '../../src/protocol/places.js';
import { type TestApp, TestSite } from '../support/app.js';
import { Person, Transcript } from '../support/client.js';
import { TestSocket } from '../support/socket.js';

let site: TestSite;
let app: TestApp;
let other: TestApp;
let person: Person;
const open: View[] = [];

beforeAll(async () => {
  site = await TestSite.open();
  const env = { DEV_LLM_TOKENS_PER_SECOND: '200', RATE_LIMIT_CONVERSATIONS_PER_MINUTE: '10000' };
  [app, other] = await Promise.all([site.start(env), site.start(env)]);
});
beforeEach(async () => {
  person = await Person.register(app.url);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((view) => view.close()));
});
afterAll(async () => {
  await Promise.all([app.stop(), other.stop()]);
  await site.close();
});

/** A stream of all conversations. */
interface View {
  /** The next frame that is wanted; those before it are kept in the transcripts all the same. */
  next(wanted: (frame: Frame) => boolean): Promise<Frame>;
  /** By conversation. */
  readonly transcripts: ReadonlyMap<string, Transcript>;
  /** Where to go on. */
  places(): string;
  /** How the connection ended. */
  ended(): Promise<unknown>;
  close(): Promise<void>;
}

class Transcripts extends Map<string, Transcript> {
  take(frame: Frame): void {
    const transcript = this.get(frame.conversationId) ?? new Transcript();
    this.set(frame.conversationId, transcript);
    transcript.take(frame);
  }

  places(): string {
    return formatPlaces(
      [...this].flatMap(([id, { cursor }]) => (cursor === undefined ? [] : [[id, cursor] as const])),
    );
  }
}

async function sse(who: Person, cursors = '', lastEventId?: string): Promise<View> {
  const headers = {
    Accept: 'text/event-stream',
    ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
  };
  const response = await who.open('GET', `/api/stream?cursors=${cursors}`, undefined, headers);
  const events = who.events(response);
  const transcripts = new Transcripts();
  let id = '';
  async function pull(): Promise<Frame | undefined> {
    const { value, done } = await events.next();
    if (done) return undefined;
    transcripts.take(value.frame);
    if (value.id !== undefined) id = value.id;
    return value.frame;
  }
  const view: View = {
    transcripts,
    async next(wanted) {
      for (let frame = await pull(); frame; frame = await pull()) if (wanted(frame)) return frame;
      throw new Error('the stream ended');
    },
    places: () => id,
    async ended() {
      let last: Frame | undefined;
      for (let frame = await pull(); frame; frame = await pull()) last = frame;
      return last;
    },
    close: async () => void (await events.return(undefined)),
  };
  open.push(view);
  return view;
}

async function webSocket(who: Person, cursors = ''): Promise<View & { socket: TestSocket }> {
  const socket = new TestSocket(who.url, `/ws?token=${who.token}&cursors=${cursors}`);
  // What is accepted after the answer to this comes over the connection.
  socket.ws.once('open', () => socket.say({ type: 'ping' }));
  await socket.next('pong');
  const transcripts = new Transcripts();
  let taken = 0;
  const view = {
    socket,
    transcripts,
    async next(wanted: (frame: Frame) => boolean) {
      for (;;) {
        while (taken >= socket.frames.length) await socket.nextFrame();
        const frame = socket.frames[taken++] as Frame;
        transcripts.take(frame);
        if (wanted(frame)) return frame;
      }
    },
    places: () => transcripts.places(),
    ended: () => socket.closed,
    close: () => socket.close(),
  };
  open.push(view);
  return view;
}

const of =
  (conversationId: string, type: Frame['type']) =>
  (frame: Frame): boolean =>
    frame.conversationId === conversationId && frame.type === type;

async function contentOf(conversation: string): Promise<[id: string, content: string][]> {
  const { body } = await person.call('GET', `/api/conversations/${conversation}/messages`);
  return body.items
    .filter(({ role }: { role: string }) => role === 'assistant')
    .map(({ id, content }: { id: string; content: string }) => [id, content]);
}

const OVER = [
  ['SSE', sse],
  ['the WebSocket', webSocket],
] as const;

describe.each(OVER)('one stream over %s', (_name, view) => {
  test('brings a conversation from its cursor, one that it did not name, and one that is new', async () => {
    const [named, unnamed] = [await person.newConversation(), await person.newConversation()];
    await person.chat(named, 'One.');
    await person.chat(unnamed, 'Two.');
    const stream = await view(person, `${named}@1.0.0`);
    await stream.next(of(named, 'done'));
    await stream.next(of(named, 'ready'));

    // Over the other gateway, as another tab would.
    const elsewhere = person.at(other.url);
    await elsewhere.chat(unnamed, 'Three.');
    await stream.next(of(unnamed, 'done'));
    const fresh = await elsewhere.newConversation();
    await elsewhere.chat(fresh, 'Four.');
    await stream.next(of(fresh, 'done'));
    await elsewhere.chat(named, 'Five.');
    await stream.next(of(named, 'done'));

    const frames = (id: string) => stream.transcripts.get(id)?.frames ?? [];
    expect(frames(unnamed).map(({ type }) => type)).not.toContain('reset');
    expect(frames(unnamed)[0]).toMatchObject({ type: 'accepted', cursor: '2.0.1' });
    for (const id of [named, fresh]) {
      for (const [messageId, content] of await contentOf(id)) {
        expect(stream.transcripts.get(id)?.textOf(messageId)).toBe(content);
      }
    }
  });

  test('brings an answer that runs already, from its start', async () => {
    const conversation = await person.newConversation();
    const { message } = (await person.send(conversation, 'A story. '.repeat(3000))).body;
    const stream = await view(person);
    await stream.next(of(conversation, 'reset'));
    await person.call('POST', `/api/conversations/${conversation}/messages/${message.id}/stop`);
    await stream.next(of(conversation, 'done'));
    const [[, content] = ['', '']] = await contentOf(conversation);
    expect(stream.transcripts.get(conversation)?.textOf(message.id)).toBe(content);
  });

  test('goes on where it was cut, in each conversation, to the byte', async () => {
    const conversations = [await person.newConversation(), await person.newConversation()];
    const first = await view(person);
    for (const id of conversations) await person.send(id, `Tell ${id}. ${'नमस्ते 👩🏽‍⚕️ '.repeat(40)}`);
    for (const id of conversations) await first.next(of(id, 'chunk'));
    const places = first.places();
    expect(places.split(',')).toHaveLength(2);
    await first.close();

    const second = await view(person.at(other.url), places);
    for (const id of conversations) {
      const seen = [first, second].flatMap((one) => one.transcripts.get(id)?.frames ?? []);
      if (!seen.some(({ type }) => type === 'done')) await second.next(of(id, 'done'));
      const [[messageId, content] = ['', '']] = await contentOf(id);
      const [before, after] = [first, second].map((one) => one.transcripts.get(id)?.textOf(messageId));
      expect(`${before}${after}`).toBe(content);
    }
  });

  test('never brings what is of somebody else, and goes on after a conversation that is not there', async () => {
    const own = await person.newConversation();
    const stranger = await Person.register(app.url);
    const theirs = await stranger.newConversation();
    const stream = await view(person, `${theirs}@1.0.0,${own}@1.0.0`);
    expect(await stream.next(of(theirs, 'error'))).toMatchObject({ code: 'not_found' });
    await stream.next(of(own, 'ready'));
    await stranger.chat(theirs, 'A secret.');
    await person.chat(own, 'Mine.');
    await stream.next(of(own, 'done'));
    expect(stream.transcripts.get(theirs)?.frames).toHaveLength(1);
  });

  test('refuses a cursor that a conversation cannot have given, and goes on', async () => {
    const [wrong, right] = [await person.newConversation(), await person.newConversation()];
    const stream = await view(person, `${wrong}@9.9.9,${right}@1.0.0`);
    expect(await stream.next(of(wrong, 'error'))).toMatchObject({ code: 'bad_request' });
    await stream.next(of(right, 'ready'));
  });

  test('says that a conversation was deleted, and brings the others', async () => {
    const [gone, kept] = [await person.newConversation(), await person.newConversation()];
    const stream = await view(person, `${gone}@1.0.0,${kept}@1.0.0`);
    await stream.next(of(kept, 'ready'));
    await person.call('DELETE', `/api/conversations/${gone}`);
    expect(await stream.next(of(gone, 'error'))).toMatchObject({ code: 'not_found' });
    await person.chat(kept, 'Still there?');
    await stream.next(of(kept, 'done'));
  });

  test('follows a hundred conversations, and those beyond when something happens there', async () => {
    const conversations = await Promise.all(Array.from({ length: 101 }, () => person.newConversation()));
    const [oldest = '', ...named] = conversations;
    const stream = await view(person, formatPlaces(named.map((id) => [id, '1.0.0'])));
    await stream.next(of(named.at(-1) ?? '', 'ready'));
    await person.chat(oldest, 'The hundred and first.');
    await stream.next(of(oldest, 'done'));
    // It was dropped to make room.
    await person.chat(named[0] ?? '', 'The first.');
    await stream.next(of(named[0] ?? '', 'done'));
  });
});

test('an EventSource names in its id where all conversations stand, beside what its address says', async () => {
  const [moved, quiet] = [await person.newConversation(), await person.newConversation()];
  const first = await sse(person, `${moved}@1.0.0`);
  await person.chat(moved, 'One.');
  await first.next(of(moved, 'done'));
  await person.chat(quiet, 'Two.');
  const again = await sse(person, `${moved}@1.0.0,${quiet}@1.0.0`, first.places());
  await again.next(of(quiet, 'done'));
  expect(again.transcripts.get(moved)?.frames.map(({ type }) => type)).not.toContain('done');
});

test.each(['nonsense', '@1.0.0', `${'0'.repeat(36)}@1.0.0`])(
  '%p is no list of cursors: 400',
  async (cursors) => {
    const { status, body } = await person.call('GET', `/api/stream?cursors=${cursors}`);
    expect([status, body.code]).toEqual([400, 'bad_request']);
    const stream = await webSocket(person, cursors);
    expect(stream.socket.frames[0]).toMatchObject({ type: 'error', code: 'bad_request' });
  },
);

test('commands over the WebSocket name their conversation', async () => {
  const conversation = await person.newConversation();
  const { socket } = await webSocket(person);
  socket.say({ type: 'message', conversationId: conversation, text: 'Hello.', client_message_id: 'one' });
  const { messageId } = await socket.next('receipt');
  await socket.next('done');
  socket.say({ type: 'regenerate', conversationId: conversation, messageId });
  await socket.next('done');
  socket.say({ type: 'resume', conversationId: conversation, cursor: '1.0.0' });
  expect(await socket.next('accepted')).toMatchObject({ cursor: '1.0.1' });
  await socket.next('ready');
  socket.say({ type: 'message', text: 'To whom?' });
  expect(await socket.next('error')).toMatchObject({ code: 'bad_request' });
  socket.say({ type: 'message', conversationId: conversation, text: '' });
  expect(await socket.next('error')).toMatchObject({ code: 'bad_request', conversationId: conversation });
});

test('the stream ends with its token', async () => {
  const [events, socket] = [await sse(person), await webSocket(person)];
  await person.call('POST', '/api/auth/logout');
  expect(await events.ended()).toMatchObject({ type: 'error', code: 'token_expired' });
  expect(await socket.ended()).toEqual({ code: 4001, reason: 'token_expired' });
});

test('nobody follows anything without a token', async () => {
  const nobody = new Person(app.url, 'none');
  expect((await nobody.call('GET', '/api/stream')).status).toBe(401);
  const socket = new TestSocket(app.url, '/ws');
  expect(await socket.closed).toMatchObject({ code: 4001 });
});

test('a gateway that drains ends the stream, and another one goes on', async () => {
  const third = await site.start();
  const there = person.at(third.url);
  const [events, socket] = [await sse(there), await webSocket(there)];
  const stopped = third.stop();
  expect(await events.ended()).toBeUndefined();
  expect(await socket.ended()).toEqual({ code: 1012, reason: 'draining' });
  await stopped;
});
