import type { Frame } from '../protocol/frames.js';
import { encodeEvent } from '../protocol/sse.js';

/** A frame for any number of clients. Each encoding is made at most once, when the first client needs it. */
export class SharedFrame {
  readonly frame: Frame;
  #json: string | undefined;
  #event: string | undefined;

  constructor(frame: Frame) {
    this.frame = frame;
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.frame);
    return this.#json;
  }

  /** As a server-sent event. */
  get event(): string {
    this.#event ??= encodeEvent(this.frame);
    return this.#event;
  }
}
