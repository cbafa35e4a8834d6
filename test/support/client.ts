import { randomUUID } from 'node:crypto';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';

export interface StreamEvent {
  readonly id: string | undefined;
  readonly frame: Frame;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Signs depend on the speed of the machine: clients of the tests ignore them, as clients may. */
export function isSign({ type }: Frame): boolean {
  return type === 'waiting' || type === 'thinking';
}

/** A person with an account, over plain HTTP. */
export class Person {
  readonly token: string;
  readonly url: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  static async register(url: string): Promise<Person> {
    const response = await fetch(`${url}/api/auth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: `${randomUUID()}@example.org`, password: 'correct horse' }),
    });
    const { accessToken } = (await response.json()) as { accessToken: string };
    return new Person(url, accessToken);
  }

  /** The same person at another gateway. */
  at(url: string): Person {
    return new Person(url, this.token);
  }

  /** The response as it comes, its body not read yet. */
  open(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await this.open(method, path, body, headers);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** Sends a form. */
  async submit(path: string, form: FormData): Promise<Answer> {
    const headers = { Authorization: `Bearer ${this.token}` };
    const response = await fetch(this.url + path, { method: 'POST', headers, body: form });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  upload(file: File): Promise<Answer> {
    const form = new FormData();
    form.append('file', file);
    return this.submit('/api/attachments', form);
  }

  async newConversation(): Promise<string> {
    return (await this.call('POST', '/api/conversations', {})).body.id;
  }

  async send(conversation: string, text: string, fields: object = {}): Promise<Answer> {
    return this.call('POST', `/api/conversations/${conversation}/messages`, { text, ...fields });
  }

  /** Sends, and waits for the answer, however often the wait runs out. */
  async chat(conversation: string, text: string, fields: object = {}): Promise<Message> {
    const body = { text, client_message_id: randomUUID(), ...fields };
    for (;;) {
      const answer = await this.call('POST', `/api/conversations/${conversation}/messages/chat`, body);
      if (answer.status === 200) return answer.body.message;
      if (answer.status !== 202) throw new Error(`chat: ${answer.status} ${answer.body?.code}`);
    }
  }

  /** Opens an event stream; ends with it, or when the consumer stops. */
  async *stream(
    conversation: string,
    { query = '', lastEventId }: { query?: string; lastEventId?: string } = {},
  ): AsyncGenerator<StreamEvent, void> {
    yield* this.events(
      await this.open('GET', `/api/conversations/${conversation}/stream${query}`, undefined, {
        Accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
      }),
    );
  }

  /** Sends a message whose answer comes in the very response. */
  async *sendAndStream(
    conversation: string,
    text: string,
    fields: object = {},
  ): AsyncGenerator<StreamEvent, void> {
    const path = `/api/conversations/${conversation}/messages`;
    yield* this.events(await this.open('POST', path, { text, ...fields }, { Accept: 'text/event-stream' }));
  }

  /** Those of a response; none of a 204, after which an EventSource does not come back. */
  async *events(response: Response): AsyncGenerator<StreamEvent, void> {
    if (response.status === 204) return;
    if (response.status !== 200 || !response.body) {
      throw new Error(`stream: ${response.status} ${await response.text()}`);
    }
    const parsed = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { id, data } of parsed) {
      const frame = JSON.parse(data) as Frame;
      if (!isSign(frame)) yield { id, frame };
    }
  }
}

/** The text that the frames say a message has: joined since its last reset, and what is after the last cursor only once. */
export class Transcript {
  readonly frames: Frame[] = [];
  readonly #texts = new Map<string, string>();
  cursor: string | undefined;

  take(frame: Frame): void {
    this.frames.push(frame);
    if (frame.type === 'chunk') {
      this.#texts.set(frame.messageId, this.textOf(frame.messageId) + frame.data);
    } else if (frame.type === 'reset') {
      this.#texts.set(frame.messageId, '');
    }
    if ('cursor' in frame && frame.cursor !== undefined) this.cursor = frame.cursor;
  }

  textOf(messageId: string): string {
    return this.#texts.get(messageId) ?? '';
  }
}
