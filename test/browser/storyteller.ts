import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { reply } from '../doubles/ollama/wire.js';

/**
 * A model server that goes on and on until the test has seen enough: so a test on a slow machine has an answer as long as it
 * needs. What it says is known, however often it is interrupted: word after word of `story`.
 */
export interface Storyteller {
  readonly url: string;
  /** How many words of the newest answer were said. */
  readonly words: number;
  /** Ends the answers that are being given, and each to come after its first word. */
  end(): void;
  /** Ends what an earlier test has left, and no answer after it. */
  begin(): void;
  stop(): Promise<void>;
}

const WORD_MS = 15;
const WORDS_A_PARAGRAPH = 25;
/** Of two, three and four bytes in UTF-8. */
const NOUNS = ['Größe', 'naïveté', '体温', '🩺'];
const MODEL = 'storyteller';

/** The first words of the one story there is: no two are the same, so that none is missed or repeated unnoticed. */
export function story(words: number): string {
  return Array.from({ length: words }, (_, index) => piece(index)).join('');
}

export function wordAt(index: number): string {
  return `${NOUNS[index % NOUNS.length]}${index}`;
}

/** How many words the beginning of a story has. */
function wordsIn(text: string): number {
  return text === '' ? 0 : text.split(/\s+/).length;
}

export async function startStoryteller(): Promise<Storyteller> {
  let words = 0;
  let isEnding = false;
  const running = new Set<() => void>();

  async function chat(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { messages } = (await json(incoming)) as { messages: { role: string; content: string }[] };
    const last = messages.at(-1);
    words = last?.role === 'assistant' ? wordsIn(last.content) : 0;
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    const write = (line: object): boolean => response.write(`${JSON.stringify(line)}\n`);
    const finish = (): void => {
      clearInterval(pace);
      running.delete(finish);
      write({ ...reply('chat', MODEL, { content: '' }), done: true, done_reason: 'stop' });
      response.end();
    };
    const pace = setInterval(() => {
      if (isEnding && words > 0) finish();
      else write(reply('chat', MODEL, { content: piece(words++) }));
    }, WORD_MS);
    running.add(finish);
    response.on('close', finish);
  }

  const server = createServer((incoming, response) => {
    if (incoming.url === '/api/chat') return void chat(incoming, response);
    response.setHeader('Content-Type', 'application/json').end('{"version":"0.0.0"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get words() {
      return words;
    },
    end: () => {
      isEnding = true;
    },
    begin: () => {
      for (const finish of running) finish();
      isEnding = false;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A word with what stands before it. */
function piece(index: number): string {
  if (index === 0) return wordAt(index);
  return `${index % WORDS_A_PARAGRAPH === 0 ? '\n\n' : ' '}${wordAt(index)}`;
}
