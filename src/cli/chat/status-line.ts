import type { View } from '../../client/index.js';

const NAMES = { socketio: 'Socket.IO', websocket: 'WebSocket', sse: 'SSE', polling: 'polling' } as const;

/** Says in a line when the connection is lost and when it is there again; nothing while all is well. */
export class StatusLine {
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  #shown: 'nothing' | 'live' | 'lost' | 'offline' = 'nothing';
  #transport: View['transport'] = null;

  constructor(say: (line: string) => void, now: () => number = Date.now) {
    this.#say = say;
    this.#now = now;
  }

  update({ state, transport, retryAt }: View): void {
    if (state === 'live') return this.#live(transport);
    if (state === 'offline' && this.#shown !== 'offline') {
      this.#shown = 'offline';
      const seconds = Math.max(1, Math.ceil(((retryAt ?? 0) - this.#now()) / 1000));
      this.#say(`no connection; the next try is in ${seconds} s`);
    } else if ((state === 'connecting' || state === 'catching-up') && this.#shown === 'live') {
      this.#shown = 'lost';
      this.#say('connection lost …');
    }
  }

  #live(transport: View['transport']): void {
    const isNew = transport !== this.#transport;
    const name = transport === null ? '' : ` over ${NAMES[transport]}`;
    if (this.#shown === 'lost' || this.#shown === 'offline') this.#say(`live again${name}`);
    else if (this.#shown === 'live' && isNew) this.#say(`live${name}`);
    this.#shown = 'live';
    this.#transport = transport;
  }
}
