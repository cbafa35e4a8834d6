import type { Conversation, View, ViewMessage } from '../../src/client/api.js';
import type { Frame } from '../../src/protocol/frames.js';
import { EventLog } from '../../src/web/connection/event-log.js';

/** A conversation that does what it is told to. */
class FakeConversation {
  view: View = {
    state: 'connecting',
    transport: 'websocket',
    retryAt: null,
    cursor: null,
    messages: [],
    hasEarlier: false,
    error: null,
    sendError: null,
  };
  cuts = 0;
  used: string[] = [];
  readonly #viewers = new Set<() => void>();
  readonly #readers = new Set<(frame: Frame) => void>();

  subscribe(listener: () => void): () => void {
    this.#viewers.add(listener);
    return () => this.#viewers.delete(listener);
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    this.#readers.add(listener);
    return () => this.#readers.delete(listener);
  }

  cut(): void {
    this.cuts += 1;
  }

  use(transport: string): void {
    this.used.push(transport);
  }

  becomes(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    for (const look of this.#viewers) look();
  }

  tells(frame: Partial<Frame>): void {
    for (const read of this.#readers) read(frame as Frame);
  }

  get listeners(): number {
    return this.#viewers.size + this.#readers.size;
  }
}

let conversation: FakeConversation;
let eventLog: EventLog;

beforeEach(() => {
  conversation = new FakeConversation();
  eventLog = new EventLog(conversation as unknown as Conversation);
});

const last = () => eventLog.entries.at(-1);
const resumed = () => eventLog.entries.findLast(({ kind }) => kind === 'resumed')?.words;

/** Connected, and the answer stands at `content`. */
function writing(content: string, cursor: string): void {
  const answer = { role: 'assistant', status: 'streaming', content } as ViewMessage;
  conversation.becomes({ state: 'live', cursor, messages: [answer] });
}

test('a cut in mid-answer is noted where it was, and is done', () => {
  writing('größer', '1.1.8');
  eventLog.cut();
  expect(conversation.cuts).toBe(1);
  expect(last()).toMatchObject({ kind: 'cut', words: 'Cut at character 6 of the answer, cursor 1.1.8' });
});

test('text that begins at the byte of the cut is said to go on exactly there', () => {
  writing('größer', '1.1.8');
  eventLog.cut();
  conversation.becomes({ state: 'connecting', transport: 'sse' });
  conversation.becomes({ state: 'catching-up' });
  conversation.tells({ type: 'chunk', cursor: '1.1.12', data: ' überall'.slice(0, 3) });
  expect(resumed()).toBe('Resumed over SSE: from byte 8, exactly where it ended; 3 characters came at once');
});

test('text that begins elsewhere is not', () => {
  writing('abcdef', '1.1.6');
  eventLog.cut();
  conversation.becomes({ state: 'catching-up' });
  conversation.tells({ type: 'chunk', cursor: '1.1.9', data: 'hi' });
  expect(resumed()).toBe('Resumed over WebSocket: from byte 7; 2 characters came at once');
});

test('text that comes again from its start is said to', () => {
  writing('abcdef', '1.1.6');
  eventLog.cut();
  conversation.becomes({ state: 'catching-up' });
  conversation.tells({ type: 'reset', cursor: '1.2.0', reason: 'another attempt' });
  expect(resumed()).toContain('the text comes again from its start');
  expect(last()?.words).toBe('The answer starts over: another attempt');
});

test('a connection that is lost is told from one that was cut, once', () => {
  writing('abc', '1.1.3');
  conversation.becomes({ state: 'connecting' });
  conversation.becomes({ state: 'offline' });
  conversation.becomes({ state: 'connecting' });
  expect(eventLog.entries.filter(({ kind }) => kind === 'lost').map(({ words }) => words)).toEqual([
    'Connection lost at character 3 of the answer, cursor 1.1.3',
  ]);
  conversation.becomes({ state: 'live' });
  expect(resumed()).toBe('Resumed over WebSocket: nothing was missed');
});

test('it counts what came, and keeps a bounded number of entries', () => {
  for (let n = 0; n < 200; n++) conversation.becomes({ state: n % 2 ? 'live' : 'catching-up' });
  conversation.tells({ type: 'chunk', cursor: '1.1.2', data: 'ab' });
  conversation.tells({ type: 'ready', cursor: '1.1.2' });
  expect(eventLog.counts).toEqual({ frames: 2, characters: 2 });
  expect(eventLog.entries.length).toBeLessThanOrEqual(60);
});

test('choosing a transport is noted, and listening ends with it', () => {
  writing('abc', '1.1.3');
  eventLog.use('polling');
  expect([conversation.used, eventLog.chosen]).toEqual([['polling'], 'polling']);
  eventLog.close();
  expect(conversation.listeners).toBe(0);
});
