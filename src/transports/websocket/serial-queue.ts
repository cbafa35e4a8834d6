import type { WebSocket } from 'ws';

/**
 * What a client asks for, done one after the other. Meanwhile nothing more is read, so whatever it sends, what waits here
 * is what had arrived with the last read.
 */
export class SerialQueue {
  readonly #socket: WebSocket;
  readonly #waiting: (() => Promise<void>)[] = [];
  #busy = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** `task` must not reject. */
  add(task: () => Promise<void>): void {
    this.#waiting.push(task);
    this.#socket.pause();
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let task = this.#waiting.shift(); task; task = this.#waiting.shift()) {
      if (this.#socket.readyState === this.#socket.OPEN) await task();
    }
    this.#busy = false;
    this.#socket.resume();
  }
}
