import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import type { Frame } from '../../src/protocol/frames.js';
import { isSign, type Person, Transcript } from './client.js';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>;

/** A client on the raw WebSocket, which remembers what it was sent. */
export class TestSocket {
  readonly ws: WebSocket;
  readonly transcript = new Transcript();
  /** When the connection has ended, however. */
  readonly closed: Promise<Closed>;
  #over: Closed | undefined;
  #taken = 0;
  #wake: () => void = () => {};

  constructor(url: string, path: string, options: ClientOptions = {}) {
    this.ws = new WebSocket(url.replace(/^http/, 'ws') + path, options);
    this.ws.on('error', () => {});
    this.ws.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      if (isSign(frame)) return;
      this.transcript.take(frame);
      this.#wake();
    });
    this.closed = once(this.ws, 'close').then(([code, reason]: unknown[]) => {
      this.#over = { code: Number(code), reason: String(reason) };
      this.#wake();
      return this.#over;
    });
  }

  /** A person's connection to a conversation, opened. */
  static async open(person: Person, conversation: string, query = ''): Promise<TestSocket> {
    const path = `/ws/conversations/${conversation}?token=${person.token}${query}`;
    const socket = new TestSocket(person.url, path);
    await once(socket.ws, 'open');
    return socket;
  }

  get frames(): readonly Frame[] {
    return this.transcript.frames;
  }

  say(frame: object | string): void {
    this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The next frame of this type that was not taken yet; those before it are skipped. @throws when there will be none */
  async next<T extends Frame['type']>(
    type: T,
    matches: (frame: FrameOf<T>) => boolean = () => true,
  ): Promise<FrameOf<T>> {
    for (;;) {
      const frame = this.frames[this.#taken];
      if (!frame) {
        await this.nextFrame();
        continue;
      }
      this.#taken++;
      if (frame.type === type && matches(frame as FrameOf<T>)) return frame as FrameOf<T>;
    }
  }

  /** The next frame of either type that was not taken yet. @throws when there will be none */
  async nextOf<T extends Frame['type']>(...types: readonly T[]): Promise<FrameOf<T>> {
    for (;;) {
      const frame = this.frames[this.#taken];
      if (frame) this.#taken++;
      else await this.nextFrame();
      if (frame && (types as readonly string[]).includes(frame.type)) return frame as FrameOf<T>;
    }
  }

  /** Resolves when one more frame has come. @throws when there will be none */
  async nextFrame(): Promise<void> {
    const count = this.frames.length;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#over) resolve();
    });
    if (this.frames.length === count) throw new Error(`closed with ${this.#over?.code}`);
  }

  /** How many frames have come since the last one that was taken. */
  get untaken(): number {
    return this.frames.length - this.#taken;
  }

  async close(): Promise<void> {
    this.ws.terminate();
    await this.closed;
  }
}
