import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { reply } from '../doubles/ollama/wire.js';

/**
 * A model server whose answers go on until the test has seen enough, so that a slow machine has an answer as long as it
 * needs. Its words are known beforehand, however often it is interrupted: `wordAt(0)`, `wordAt(1)` …
 */
export interface EndlessModel {
  readonly url: string;
  /** How many words of the newest answer it has written. */
  readonly words: number;
  /** Ends the running answers, and each later one after its first word. */
  end(): void;
  /** Ends the answers of an earlier test. Later ones go on until `end()`. */
  begin(): void;
  stop(): Promise<void>;
}

const WORD_MS = 15;
const WORDS_A_PARAGRAPH = 25;
/** Their characters have two, three and four bytes in UTF-8. */
const NOUNS = ['Größe', 'naïveté', '体温', '🩺'];
const MODEL = 'model';

/** An answer of so many words. No two words are the same, so that a test notices one that is missing or doubled. */
export function answerText(words: number): string {
  return Array.from({ length: words }, (_, index) => piece(index)).join('');
}

export function wordAt(index: number): string {
  return `${NOUNS[index % NOUNS.length]}${index}`;
}

/** How many words the beginning of an answer has. */
function wordsIn(text: string): number {
  return text === '' ? 0 : text.split(/\s+/).length;
}

export async function startEndlessModel(): Promise<EndlessModel> {
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

/** A word, with the space or the blank line before it. */
function piece(index: number): string {
  if (index === 0) return wordAt(index);
  return `${index % WORDS_A_PARAGRAPH === 0 ? '\n\n' : ' '}${wordAt(index)}`;
}
