import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A response of which the client takes nothing for this long, in ms, is given up with its connection. */
const UNREAD_MS = 15_000;

/** Responses that clients have not taken yet may hold this much memory together, in bytes. */
const MAX_UNREAD_BYTES = 67_108_864;

/** Responses that have been written and not read: clients that ask for large ones and never read them would fill the memory. */
export class UnreadResponses {
  readonly #maxBytes: number;
  /** Bytes by connection, the one that has waited for longest first. */
  readonly #unread = new Map<Socket, number>();
  #bytes = 0;

  constructor(maxBytes: number = MAX_UNREAD_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Watches a response from its end until it is read, or given up. */
  watch(socket: Socket, response: ServerResponse): void {
    response.once('prefinish', () => {
      // Node's own time-out is put off by every byte that is taken, and is set anew for the next request.
      socket.setTimeout(UNREAD_MS);
      this.#add(socket, response);
    });
  }

  #add(socket: Socket, response: ServerResponse): void {
    const bytes = socket.writableLength;
    if (bytes === 0 || this.#unread.has(socket)) return;
    this.#unread.set(socket, bytes);
    this.#bytes += bytes;
    response.once('close', () => this.#remove(socket));
    for (const waiting of this.#unread.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      waiting.destroy();
      this.#remove(waiting);
    }
  }

  #remove(socket: Socket): void {
    this.#bytes -= this.#unread.get(socket) ?? 0;
    this.#unread.delete(socket);
  }
}
