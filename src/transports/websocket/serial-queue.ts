import type { WebSocket } from 'ws';

/**
 * Runs a client's requests one after the other. The socket is paused meanwhile, so only what arrived with the last read
 * waits here.
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
