import type { WebSocket } from 'ws';
import { frameOf } from '../../gateway/frame-of.js';
import { type FollowPorts, follow, type Start } from '../../generation/follow.js';
import { type Frame } from '../../protocol/frames.js';

export interface SubscriptionOptions {
  readonly follow: FollowPorts;
  readonly conversationId: string;
  /** Called when the conversation was deleted, after the client was told. */
  readonly onGone: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Tells a client what happens in a conversation, from one place at a time. */
export class Subscription {
  readonly #socket: WebSocket;
  readonly #options: SubscriptionOptions;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, options: SubscriptionOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Begins anew from another place. No frame from the last one comes after this resolves. */
  async restart(start: Start): Promise<void> {
    this.end();
    await this.#running;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const { signal } = (this.#stop = new AbortController());
    this.#running = this.#tell(start, signal).catch(this.#options.onFailure);
  }

  end(): void {
    this.#stop.abort();
  }

  async #tell(start: Start, signal: AbortSignal): Promise<void> {
    const { follow: ports, conversationId, onGone } = this.#options;
    for await (const event of follow(ports, conversationId, { start }, signal)) {
      if (signal.aborted) return;
      // Not before this one has left is the next one taken: a client that reads nothing costs one frame.
      await sendFrame(this.#socket, frameOf(conversationId, event));
      if (event.kind === 'gone') onGone();
    }
  }
}

/** Resolves when the frame has left this process, or never will. */
export function sendFrame(socket: WebSocket, frame: Frame): Promise<void> {
  return new Promise((resolve) => socket.send(JSON.stringify(frame), () => resolve()));
}
