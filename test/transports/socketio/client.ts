import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { ErrorCode } from '../../../src/protocol/error-codes.js';
import type { Frame } from '../../../src/protocol/frames.js';
import type { Problem } from '../../../src/protocol/problem.js';
import { type Person, Transcript } from '../../support/client.js';

export type Options = Partial<ManagerOptions & SocketOptions>;

/** What a client event is answered with. */
export interface Answer {
  readonly ok: boolean;
  readonly error?: Problem;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [field: string]: any;
}

/** The events that the server sends. */
export const FRAME_EVENTS: readonly Frame['type'][] = [
  'accepted',
  'chunk',
  'reset',
  'done',
  'error',
  'ready',
  'stopping',
  'transcript',
  'alert',
  'sources',
];

/** How long a connection may take to be made, in ms: with many at once on a slow machine, more than the default of 20 s. */
const CONNECT_MS = 240_000;

/** A client by `socket.io-client`, which remembers the frames of each conversation. */
export class Client {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  readonly #transcripts = new Map<string, Transcript>();
  readonly #waiting = new Set<() => void>();
  /** Why the connection was not made, or ended without the client's doing: nothing will come any more. */
  #cut: string | undefined;

  constructor(url: string, options: Options) {
    const defaults = { transports: ['websocket'], forceNew: true, reconnection: false, timeout: CONNECT_MS };
    this.socket = io(url, { ...defaults, ...options });
    const isFinal = this.socket.io.opts.reconnection === false;
    const cut = (reason: string): void => {
      if (isFinal) this.#cut = reason;
      this.#wake();
    };
    this.socket.on('connect_error', ({ message }) => cut(message));
    this.socket.on('disconnect', (reason) => {
      if (reason !== 'io client disconnect') cut(reason);
    });
    for (const type of FRAME_EVENTS) this.socket.on(type, (frame: Frame) => this.#take(frame));
  }

  static of(person: Person, options: Options = {}): Client {
    return new Client(person.url, { auth: { token: person.token }, ...options });
  }

  static async joined(person: Person, conversationId: string, options: Options = {}): Promise<Client> {
    const client = Client.of(person, options);
    const answer = await client.ask('join', { conversationId });
    if (!answer.ok) throw new Error(`not joined: ${answer.error?.code}`);
    await client.next('ready', conversationId);
    return client;
  }

  /** @throws when the connection ends before the answer comes. */
  async ask(event: string, payload: unknown): Promise<Answer> {
    let answer: Answer | undefined;
    this.socket.emit(event, payload, (given: Answer) => {
      answer = given;
      this.#wake();
    });
    return this.when(() => answer);
  }

  /** The refusal that the answer must be. */
  async refusal(event: string, payload: unknown): Promise<ErrorCode | undefined> {
    const { ok, error } = await this.ask(event, payload);
    expect(ok).toBe(false);
    expect(error).toMatchObject({ code: error?.code, error: { code: error?.code } });
    return error?.code;
  }

  /** The first frame of this type, from number `from` on, of this conversation if one is given. */
  async next<T extends Frame['type']>(
    type: T,
    conversationId?: string,
    from = 0,
  ): Promise<Extract<Frame, { type: T }>> {
    return this.when(() => {
      const found = this.frames
        .slice(from)
        .find((frame) => frame.type === type && (!conversationId || frame.conversationId === conversationId));
      return found as Extract<Frame, { type: T }> | undefined;
    });
  }

  /** What `look` finds, as soon as there is something. @throws when the connection ends before. */
  async when<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (this.#cut !== undefined) throw new Error(`the connection ended before it came: ${this.#cut}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  transcript(conversationId: string): Transcript {
    const transcript = this.#transcripts.get(conversationId) ?? new Transcript();
    this.#transcripts.set(conversationId, transcript);
    return transcript;
  }

  /** Why the connection ended. */
  ended(): Promise<string> {
    return new Promise((resolve) => this.socket.once('disconnect', resolve));
  }

  close(): void {
    this.socket.disconnect();
  }

  #take(frame: Frame): void {
    this.frames.push(frame);
    this.transcript(frame.conversationId).take(frame);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** The refusal of a connection. */
export function refused(client: Client): Promise<Problem | undefined> {
  return new Promise((resolve, reject) => {
    client.socket.once('connect', () => reject(new Error('connected')));
    client.socket.once('connect_error', (error) => resolve((error as { data?: Problem }).data));
  });
}
