import { type Client, createClient, type TransportName, type WebSocketLike } from '../../src/client/index.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { FakeServer } from './fake-server.js';
import type { VirtualTime } from './virtual-time.js';

/** What the wire does to a frame on its way. */
export type Fate = 'pass' | 'drop' | 'repeat' | 'hold' | 'break' | 'anew';

/**
 * A network between a client and a server that drops frames, repeats them, changes their order, begins answers anew and breaks
 * connections, until it is told to be honest. It never loses or overtakes a `reset`: what follows may then fit to what was
 * before, byte by byte, and nobody could notice.
 */
export class LyingWire {
  readonly #server: FakeServer;
  readonly #time: VirtualTime;
  #fates: Fate[];
  /** How many more connections and requests fail. */
  #failures: number;
  readonly #links = new Set<Wire>();

  constructor(server: FakeServer, time: VirtualTime, fates: readonly Fate[], failures: number) {
    this.#server = server;
    this.#time = time;
    this.#fates = [...fates];
    this.#failures = failures;
  }

  client(transports: readonly TransportName[]): Client {
    const { now, setTimer } = this.#time;
    return createClient({
      url: 'http://server',
      token: 't',
      transports,
      platform: {
        now,
        setTimer,
        random: () => 0.5,
        onWake: () => () => {},
        fetch: async (input, init) => this.#answer(new URL(new Request(input).url), init ?? {}),
        webSocket: async () => this.#webSocket(),
      },
    });
  }

  beHonest(): void {
    this.#fates = [];
    this.#failures = 0;
    for (const link of this.#links) link.release();
  }

  breakAll(): void {
    for (const link of this.#links) link.break();
  }

  fate(): Fate {
    return this.#fates.shift() ?? 'pass';
  }

  #fails(): boolean {
    return this.#failures > 0 && this.#failures-- % 2 === 0;
  }

  #open(cursor: string, deliver: (frame: Frame) => void, onBreak: () => void): Wire {
    const wire = new Wire(this, this.#server, deliver, () => {
      this.#links.delete(wire);
      onBreak();
    });
    this.#links.add(wire);
    wire.begin(cursor);
    return wire;
  }

  #answer(url: URL, { signal }: RequestInit): Response {
    if (this.#fails()) throw new TypeError('fetch failed');
    if (url.pathname.endsWith('/stream-tickets')) return Response.json({ ticket: 'x' }, { status: 201 });
    if (url.pathname.endsWith('/messages')) return Response.json(this.#server.page());
    return this.#stream(url.searchParams.get('cursor') ?? '', signal ?? undefined);
  }

  #stream(cursor: string, signal: AbortSignal | undefined): Response {
    let wire: Wire | undefined;
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const deliver = (frame: Frame): void =>
          controller.enqueue(encoder.encode(`id: 1\ndata: ${JSON.stringify(frame)}\n\n`));
        wire = this.#open(cursor, deliver, () => controller.error(new Error('broken')));
      },
    });
    signal?.addEventListener('abort', () => wire?.break());
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
  }

  #webSocket(): new (url: string) => WebSocketLike {
    const open = this.#open.bind(this);
    const fails = this.#fails.bind(this);
    return class implements WebSocketLike {
      readyState = 0;
      readonly #listeners = new Map<string, (event: never) => void>();
      #wire: Wire | undefined;

      constructor(url: string) {
        queueMicrotask(() => {
          if (fails()) return this.close();
          this.readyState = 1;
          this.#emit('open', {});
          const cursor = new URL(url).searchParams.get('cursor') ?? '';
          const deliver = (frame: Frame): void => this.#emit('message', { data: JSON.stringify(frame) });
          this.#wire = open(cursor, deliver, () => this.close());
        });
      }

      addEventListener(type: string, listener: (event: never) => void): void {
        this.#listeners.set(type, listener);
      }

      send(): void {
        this.#emit('message', { data: '{"type":"pong","conversationId":"c"}' });
      }

      close(): void {
        if (this.readyState === 3) return;
        this.readyState = 3;
        this.#wire?.break();
        this.#emit('close', { code: 1006, reason: '' });
      }

      #emit(type: string, event: object): void {
        this.#listeners.get(type)?.(event as never);
      }
    };
  }
}

/** One connection through it. */
class Wire {
  readonly #lies: LyingWire;
  readonly #server: FakeServer;
  readonly #deliver: (frame: Frame) => void;
  readonly #onBreak: () => void;
  #stop = (): void => {};
  #held: Frame[] = [];
  #broken = false;

  constructor(lies: LyingWire, server: FakeServer, deliver: (frame: Frame) => void, onBreak: () => void) {
    this.#lies = lies;
    this.#server = server;
    this.#deliver = deliver;
    this.#onBreak = onBreak;
  }

  begin(cursor: string): void {
    this.#stop = this.#server.read(cursor, (frame) => this.#pass(frame));
    if (this.#broken) this.#stop();
  }

  release(): void {
    for (const frame of this.#held.splice(0)) this.#send(frame);
  }

  break(): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#stop();
    this.#onBreak();
  }

  #pass(frame: Frame): void {
    if (frame.type === 'reset' || frame.type === 'ready') {
      this.release();
      return this.#send(frame);
    }
    switch (this.#lies.fate()) {
      case 'pass':
        this.#send(frame);
        return this.release();
      case 'drop':
        return;
      case 'repeat':
        this.#send(frame);
        return this.#send(frame);
      case 'hold':
        this.#held.push(frame);
        return;
      case 'break':
        return this.break();
      case 'anew':
        this.#send(frame);
        this.release();
        for (const other of this.#server.startingAnew()) this.#send(other);
    }
  }

  #send(frame: Frame): void {
    if (!this.#broken) this.#deliver(frame);
  }
}
