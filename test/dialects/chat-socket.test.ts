import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Message } from '../../src/protocol/message.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { type TestApp, TestSite } from '../support/app.js';
import { Person } from '../support/client.js';
import { chatOverSocket, shows } from './chat.js';
import { ENDING, HALF, TOKENS } from './two-gateways.js';

const ANSWER = TOKENS.join('') + ENDING;

let site: TestSite;
let ollama: OllamaDouble;
let apps: [TestApp, TestApp];
let person: Person;

beforeAll(async () => {
  [site, ollama] = await Promise.all([TestSite.open(), startOllamaDouble()]);
  ollama.defaultScript({ text: TOKENS });
  const env = { LLM_PROVIDER: 'ollama', OLLAMA_HOST: ollama.url, LLM_IDLE_SECONDS: '300' };
  apps = [await site.start(env), await site.start(env)];
});

beforeEach(async () => {
  ollama.clearScripts();
  person = await Person.register(apps[0].url);
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await Promise.all([ollama.stop(), site.close()]);
});

/** The answer of the person's one conversation, when it has ended. */
async function ended(): Promise<Message> {
  for (;;) {
    const { items } = (await person.call('GET', '/api/conversations')).body;
    const history = await person.call('GET', `/api/conversations/${items[0].id}/messages`);
    const answer: Message = history.body.items.at(-1);
    if (answer.completedAt !== undefined) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function stall(): void {
  ollama.script({ text: TOKENS, fault: 'stall', after: 3 });
}

describe('the transport of the AI SDK', () => {
  test('stop() stops the answer, and not only what this page shows of it', async () => {
    stall();
    const chat = chatOverSocket({ person });
    const sent = chat.sendMessage({ text: 'What helps?' });
    await shows(chat, HALF);
    await chat.stop();
    await sent;
    expect(await ended()).toMatchObject({ status: 'stopped', content: HALF + ENDING });
  });

  test('stop() stops an answer that was resumed, from another gateway', async () => {
    stall();
    const first = chatOverSocket({ person, id: 'a chat' });
    const sent = first.sendMessage({ text: 'What helps?' });
    await shows(first, HALF);
    const second = chatOverSocket({ person: person.at(apps[1].url), id: 'a chat' });
    const resumed = second.resumeStream();
    await shows(second, HALF);
    await second.stop();
    await Promise.all([sent, resumed]);
    expect((await ended()).status).toBe('stopped');
    expect(first.messages.at(-1)?.metadata).toMatchObject({ status: 'stopped' });
  });
});

interface ServerFrame {
  readonly type: string;
  readonly requestId?: string;
  readonly sequence?: number;
  readonly errorText?: string;
  readonly chunk?: { readonly type: string; readonly delta?: string };
}

/** A client of the wire protocol alone. */
class RawChat {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];

  constructor(url: string) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/api/ai-sdk/chat?token=${person.token}`);
    this.socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as ServerFrame));
  }

  static async open(url: string): Promise<RawChat> {
    const chat = new RawChat(url);
    await once(chat.socket, 'open');
    return chat;
  }

  say(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  async until(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    for (;;) {
      const found = this.frames.find(matches);
      if (found) return found;
      await once(this.socket, 'message');
    }
  }

  /** As a client shows the text: `reset-step` drops what it has. */
  get text(): string {
    return this.frames.reduce((text, { chunk }) => {
      if (chunk?.type === 'reset-step') return '';
      return chunk?.type === 'text-delta' ? text + chunk.delta : text;
    }, '');
  }

  get sequences(): (number | undefined)[] {
    return this.frames.filter(({ type }) => type === 'chunk').map(({ sequence }) => sequence);
  }
}

/** As the transport sends it. */
function send(requestId: string, text: string, id = 'a chat'): object {
  const messages = [{ id: `${requestId}-message`, role: 'user', parts: [{ type: 'text', text }] }];
  const rest = { trigger: 'submit-message', headers: {}, body: {}, metadata: undefined };
  return { type: 'send', requestId, id, messages, ...rest };
}

describe('on the wire', () => {
  test('who has chunks goes on after the last one, at another gateway, with the whole text', async () => {
    stall();
    const first = await RawChat.open(apps[0].url);
    first.say(send('one', 'What helps?'));
    await first.until(() => first.text === HALF);
    const last = first.sequences.at(-1) ?? 0;
    first.socket.terminate();
    const second = await RawChat.open(apps[1].url);
    second.say({ type: 'resume', requestId: 'two', id: 'a chat', lastSequence: last, headers: {}, body: {} });
    await second.until(() => second.text === HALF);
    await person.call('POST', '/api/ai-sdk/chat/a%20chat/stop');
    await second.until(({ type }) => type === 'end');
    expect(second.frames[0]).toEqual({ type: 'start', requestId: 'two' });
    expect(second.frames[1]).toMatchObject({ sequence: last + 1, chunk: { type: 'reset-step' } });
    expect(second.sequences).toEqual(second.sequences.map((_, index) => last + 1 + index));
    expect(second.text).toBe((await ended()).content);
    second.say({ type: 'resume', requestId: 'three', id: 'a chat', headers: {}, body: {} });
    await second.until(({ type, requestId }) => type === 'no-active' && requestId === 'three');
    second.socket.terminate();
  });

  test('several answers share a connection, and a refused request disturbs none of them', async () => {
    const chat = await RawChat.open(apps[0].url);
    chat.say(send('one', 'What helps?', 'chat 1'));
    chat.say({ ...send('bad', 'What helps?'), messages: 'none' });
    chat.say('no JSON');
    chat.say({ type: 'abort', requestId: 'unknown' });
    chat.say(send('two', 'And then?', 'chat 2'));
    for (const request of ['one', 'two']) {
      await chat.until(({ type, requestId }) => type === 'end' && requestId === request);
      const own = chat.frames.filter(({ requestId }) => requestId === request);
      expect(own.map(({ chunk }) => chunk?.delta ?? '').join('')).toBe(ANSWER);
      expect(own.slice(0, -1).map(({ sequence }) => sequence)).toEqual(own.slice(0, -1).map((_, at) => at));
    }
    const refusals = chat.frames.filter(({ type }) => type === 'error');
    expect(refusals).toMatchObject([
      { requestId: 'bad', errorText: expect.stringMatching(/^messages: /) },
      { code: 'bad_request', error: 'a frame must be JSON' },
    ]);
    chat.socket.terminate();
  });

  test('two requests of one chat that are aborted and resumed again, as in a tab that is shown again, stop nothing', async () => {
    ollama.script({ text: TOKENS, tokensPerSecond: 0.5 });
    const sender = await RawChat.open(apps[0].url);
    sender.say(send('sent', 'What helps?'));
    await sender.until(({ chunk }) => chunk?.type === 'text-delta');
    const chat = await RawChat.open(apps[1].url);
    const resume = async (requestId: string): Promise<void> => {
      chat.say({ type: 'resume', requestId, id: 'a chat', headers: {}, body: {} });
      await chat.until((frame) => frame.type === 'start' && frame.requestId === requestId);
    };
    await resume('one');
    await resume('two');
    chat.say({ type: 'abort', requestId: 'one' });
    chat.say({ type: 'abort', requestId: 'two' });
    await resume('three');
    await resume('four');
    // What is to be stopped is stopped now.
    chat.socket.terminate();
    await sender.until(({ type }) => type === 'end');
    expect(await ended()).toMatchObject({ status: 'complete', content: ANSWER });
    sender.socket.terminate();
  });

  test('a connection has a bounded number of answers', async () => {
    stall();
    const chat = await RawChat.open(apps[0].url);
    chat.say(send('one', 'What helps?'));
    await chat.until(({ type }) => type === 'chunk');
    for (let index = 0; index < 32; index++) {
      chat.say({ type: 'resume', requestId: `r${index}`, id: 'a chat', headers: {}, body: {} });
    }
    const refused = await chat.until(({ type }) => type === 'error');
    expect(refused).toMatchObject({ requestId: 'r31', errorText: expect.stringMatching(/too many answers/) });
    chat.socket.terminate();
  });
});
