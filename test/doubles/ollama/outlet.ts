import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Script } from './script.js';
import type { Part } from './speech.js';
import { type Ending, type Endpoint, reply } from './wire.js';

/** How an answer meets the socket. After `finish`, `fail` or `breakOff` the response has ended. */
export interface Outlet {
  token(part: Part): Promise<void>;
  garbage(): Promise<void>;
  finish(ending: Ending): Promise<void>;
  fail(error: string): Promise<void>;
  breakOff(): Promise<void>;
  /** Resolves when everything so far has been handed to the kernel. */
  flush(): Promise<void>;
}

const GARBAGE = '<html>upstream is having a moment</html>';

/** Lines of a burst. */
const BURST = 4;

/** NDJSON, a line a token. Headers go with the first line. */
export class Streamed implements Outlet {
  readonly #endpoint: Endpoint;
  readonly #model: string;
  readonly #response: ServerResponse;
  readonly #writes: Script['writes'];
  #burst: string[] = [];

  constructor(endpoint: Endpoint, model: string, response: ServerResponse, writes: Script['writes']) {
    this.#endpoint = endpoint;
    this.#model = model;
    this.#response = response;
    this.#writes = writes;
  }

  token(part: Part): Promise<void> {
    return this.#object(reply(this.#endpoint, this.#model, { content: '', [part.kind]: part.text }));
  }

  garbage(): Promise<void> {
    return this.#line(GARBAGE);
  }

  async finish(ending: Ending): Promise<void> {
    await this.#object(reply(this.#endpoint, this.#model, { content: '' }, ending));
    await this.breakOff();
  }

  async fail(error: string): Promise<void> {
    await this.#object({ error });
    await this.breakOff();
  }

  async breakOff(): Promise<void> {
    await this.flush();
    this.#head();
    this.#response.end();
  }

  async flush(): Promise<void> {
    const burst = this.#burst.join('');
    this.#burst = [];
    if (burst !== '') await this.#write(burst);
    if (this.#response.headersSent) await new Promise((resolve) => this.#response.write('', resolve));
  }

  #object(object: object): Promise<void> {
    return this.#line(JSON.stringify(object));
  }

  async #line(text: string): Promise<void> {
    const line = `${text}\n`;
    if (this.#writes === 'burst') {
      this.#burst.push(line);
      if (this.#burst.length === BURST) await this.#write(this.#burst.splice(0).join(''));
    } else if (this.#writes === 'split') {
      const bytes = Buffer.from(line);
      const middle = middleOf(bytes);
      await this.#write(bytes.subarray(0, middle));
      await setImmediate();
      await this.#write(bytes.subarray(middle));
    } else await this.#write(line);
  }

  async #write(bytes: string | Buffer): Promise<void> {
    this.#head();
    if (this.#response.write(bytes)) return;
    const over = new AbortController();
    const either = ['drain', 'close'].map((event) => once(this.#response, event, { signal: over.signal }));
    await Promise.race(either).finally(() => over.abort());
  }

  #head(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  }
}

/** One JSON object, when the answer is whole. */
export class Whole implements Outlet {
  readonly #endpoint: Endpoint;
  readonly #model: string;
  readonly #response: ServerResponse;
  readonly #parts: Part[] = [];
  #garbage = false;

  constructor(endpoint: Endpoint, model: string, response: ServerResponse) {
    this.#endpoint = endpoint;
    this.#model = model;
    this.#response = response;
  }

  async token(part: Part): Promise<void> {
    this.#parts.push(part);
  }

  async garbage(): Promise<void> {
    this.#garbage = true;
  }

  async finish(ending: Ending): Promise<void> {
    const whole = reply(this.#endpoint, this.#model, said(this.#parts), ending);
    this.#send(this.#garbage ? GARBAGE : JSON.stringify(whole));
  }

  async fail(error: string): Promise<void> {
    this.#send(JSON.stringify({ error }));
  }

  async breakOff(): Promise<void> {
    this.#send(JSON.stringify(reply(this.#endpoint, this.#model, said(this.#parts))));
  }

  async flush(): Promise<void> {}

  #send(body: string): void {
    this.#response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(body);
  }
}

function said(parts: readonly Part[]): { content: string; thinking: string } {
  const joined = (kind: Part['kind']): string =>
    parts
      .filter((part) => part.kind === kind)
      .map(({ text }) => text)
      .join('');
  return { content: joined('content'), thinking: joined('thinking') };
}

/** Inside the first character of several bytes, or else in the middle. */
function middleOf(bytes: Buffer): number {
  const continuation = bytes.findIndex((byte) => (byte & 0xc0) === 0x80);
  return continuation === -1 ? bytes.length >> 1 : continuation;
}
