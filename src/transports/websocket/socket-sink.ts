import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { SharedFrame } from '../../gateway/shared-frame.js';
import type { Sink, SubscriptionEnd } from '../../gateway/sink.js';
import { closeCodeOf } from '../../protocol/close-codes.js';
import { drained } from '../drained.js';
import { closeSocket } from './close.js';

/** More than this may not wait to be sent, in bytes. */
const FULL_BYTES = 65_536;

/** Writes a conversation's frames to a WebSocket. Closes it when the subscription ends. */
export class SocketSink implements Sink {
  readonly #socket: WebSocket;
  readonly #tcp: Socket;

  /** `tcp` is the connection beneath `socket`. */
  constructor(socket: WebSocket, tcp: Socket) {
    this.#socket = socket;
    this.#tcp = tcp;
  }

  get full(): boolean {
    return this.#socket.bufferedAmount >= FULL_BYTES;
  }

  send(frame: SharedFrame): void {
    this.#socket.send(frame.json);
  }

  /** Sends a frame of another protocol without waiting. */
  write(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  drained(): Promise<void> | undefined {
    return drained(this.#tcp);
  }

  end(reason: SubscriptionEnd): void {
    const code = reason === 'deleted' ? 'not_found' : 'internal';
    closeSocket(this.#socket, closeCodeOf(code), code);
  }
}
