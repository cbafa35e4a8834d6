import type { View } from '../../client/index.js';

const NAMES = { socketio: 'Socket.IO', websocket: 'WebSocket', sse: 'SSE', polling: 'polling' } as const;

export interface StatusLineOptions {
  readonly say: (line: string) => void;
  /** Whether to say also that all is well, when it is for the first time and when the transport has changed. */
  readonly tellsGoodNews: boolean;
}

/** Says in a line when the connection is lost and when it is there again. */
export class StatusLine {
  readonly #options: StatusLineOptions;
  #shown: 'nothing' | 'live' | 'lost' | 'offline' = 'nothing';
  #transport: View['transport'] = null;

  constructor(options: StatusLineOptions) {
    this.#options = options;
  }

  update({ state, transport, retryAt }: View): void {
    if (state === 'live') return this.#live(transport);
    if (state === 'offline' && this.#shown !== 'offline') {
      this.#shown = 'offline';
      const seconds = Math.max(1, Math.ceil(((retryAt ?? 0) - Date.now()) / 1000));
      this.#options.say(`no connection; the next try is in ${seconds} s`);
    } else if ((state === 'connecting' || state === 'catching-up') && this.#shown === 'live') {
      this.#shown = 'lost';
      this.#options.say('connection lost …');
    }
  }

  #live(transport: View['transport']): void {
    const over = transport === null ? '' : ` over ${NAMES[transport]}`;
    const isNews = this.#shown === 'nothing' || transport !== this.#transport;
    if (this.#shown === 'lost' || this.#shown === 'offline') this.#options.say(`live again${over}`);
    else if (isNews && this.#options.tellsGoodNews) this.#options.say(`live${over}`);
    this.#shown = 'live';
    this.#transport = transport;
  }
}
