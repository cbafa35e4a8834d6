import { type Client, createClient, type TransportName, type WebSocketLike } from '../../src/client/index.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { FakeServer } from './fake-server.js';
import type { VirtualTime } from './virtual-time.js';

/**
 * What happens to a frame on its way: it arrives, is lost, comes twice, comes late, comes with the answer from its start, or
 * breaks its connection.
 */
export type Fault = 'none' | 'drop' | 'repeat' | 'delay' | 'break' | 'restart';

/**
 * A network between a client and a server with faults, until `repair`. It never loses a `reset` and never changes its place in
 * the order: the text after a lost one could fit to the text before it byte by byte, and no client could notice.
 */
export class FaultyNetwork {
  readonly #server: FakeServer;
  readonly #time: VirtualTime;
  #faults: Fault[];
  /** How many more connections and requests fail. */
  #failures: number;
  readonly #connections = new Set<NetworkConnection>();

  constructor(server: FakeServer, time: VirtualTime, faults: readonly Fault[], failures: number) {
    this.#server = server;
    this.#time = time;
    this.#faults = [...faults];
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

  repair(): void {
    this.#faults = [];
    this.#failures = 0;
    for (const connection of this.#connections) connection.release();
  }

  breakAll(): void {
    for (const connection of this.#connections) connection.break();
  }

  nextFault(): Fault {
    return this.#faults.shift() ?? 'none';
  }

  #fails(): boolean {
    return this.#failures > 0 && this.#failures-- % 2 === 0;
  }

  #open(cursor: string, deliver: (frame: Frame) => void, onBreak: () => void): NetworkConnection {
    const connection = new NetworkConnection(this, this.#server, deliver, () => {
      this.#connections.delete(connection);
      onBreak();
    });
    this.#connections.add(connection);
    connection.begin(cursor);
    return connection;
  }

  #answer(url: URL, { signal }: RequestInit): Response {
    if (this.#fails()) throw new TypeError('fetch failed');
    if (url.pathname.endsWith('/stream-tickets')) return Response.json({ ticket: 'x' }, { status: 201 });
    if (url.pathname.endsWith('/messages')) return Response.json(this.#server.page());
    return this.#stream(url.searchParams.get('cursor') ?? '', signal ?? undefined);
  }

  #stream(cursor: string, signal: AbortSignal | undefined): Response {
    let connection: NetworkConnection | undefined;
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const deliver = (frame: Frame): void =>
          controller.enqueue(encoder.encode(`id: 1\ndata: ${JSON.stringify(frame)}\n\n`));
        connection = this.#open(cursor, deliver, () => controller.error(new Error('broken')));
      },
    });
    signal?.addEventListener('abort', () => connection?.break());
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
  }

  #webSocket(): new (url: string) => WebSocketLike {
    const open = this.#open.bind(this);
    const fails = this.#fails.bind(this);
    return class implements WebSocketLike {
      readyState = 0;
      readonly #listeners = new Map<string, (event: never) => void>();
      #connection: NetworkConnection | undefined;

      constructor(url: string) {
        queueMicrotask(() => {
          if (fails()) return this.close();
          this.readyState = 1;
          this.#emit('open', {});
          const cursor = new URL(url).searchParams.get('cursor') ?? '';
          const deliver = (frame: Frame): void => this.#emit('message', { data: JSON.stringify(frame) });
          this.#connection = open(cursor, deliver, () => this.close());
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
        this.#connection?.break();
        this.#emit('close', { code: 1006, reason: '' });
      }

      #emit(type: string, event: object): void {
        this.#listeners.get(type)?.(event as never);
      }
    };
  }
}

/** One connection through the network. */
class NetworkConnection {
  readonly #network: FaultyNetwork;
  readonly #server: FakeServer;
  readonly #deliver: (frame: Frame) => void;
  readonly #onBreak: () => void;
  #stop = (): void => {};
  #delayed: Frame[] = [];
  #broken = false;

  constructor(
    network: FaultyNetwork,
    server: FakeServer,
    deliver: (frame: Frame) => void,
    onBreak: () => void,
  ) {
    this.#network = network;
    this.#server = server;
    this.#deliver = deliver;
    this.#onBreak = onBreak;
  }

  begin(cursor: string): void {
    this.#stop = this.#server.read(cursor, (frame) => this.#pass(frame));
    if (this.#broken) this.#stop();
  }

  release(): void {
    for (const frame of this.#delayed.splice(0)) this.#send(frame);
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
    switch (this.#network.nextFault()) {
      case 'none':
        this.#send(frame);
        return this.release();
      case 'drop':
        return;
      case 'repeat':
        this.#send(frame);
        return this.#send(frame);
      case 'delay':
        this.#delayed.push(frame);
        return;
      case 'break':
        return this.break();
      case 'restart':
        this.#send(frame);
        this.release();
        for (const other of this.#server.restartFrames()) this.#send(other);
    }
  }

  #send(frame: Frame): void {
    if (!this.#broken) this.#deliver(frame);
  }
}
