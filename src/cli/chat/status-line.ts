import type { View } from '../../client/index.js';

const NAMES = { socketio: 'Socket.IO', websocket: 'WebSocket', sse: 'SSE', polling: 'polling' } as const;

export interface StatusLineOptions {
  readonly say: (line: string) => void;
  /** Whether to say that it is live as well, the first time and when the transport has changed. */
  readonly reportsLive: boolean;
}

/** Prints a line when the connection is lost and when it is back. */
export class StatusLine {
  readonly #options: StatusLineOptions;
  #shown: 'nothing' | 'connected' | 'lost' | 'offline' = 'nothing';
  #transport: View['transport'] = null;

  constructor(options: StatusLineOptions) {
    this.#options = options;
  }

  update({ state, transport, retryAt }: View): void {
    switch (state) {
      case 'live':
        return this.#live(transport);
      case 'catching-up':
        // Says nothing: the missed text comes first.
        if (this.#shown === 'nothing') this.#shown = 'connected';
        return undefined;
      case 'connecting':
        if (this.#shown === 'connected') this.#say('lost', 'connection lost …');
        return undefined;
      case 'offline':
        if (this.#shown !== 'offline')
          this.#say('offline', `no connection; the next try is ${inTime(retryAt)}`);
        return undefined;
      case 'paused':
      case 'closed':
        return undefined;
    }
  }

  #live(transport: View['transport']): void {
    const over = transport === null ? '' : ` over ${NAMES[transport]}`;
    const isNews = transport !== this.#transport && this.#options.reportsLive;
    this.#transport = transport;
    if (this.#shown === 'lost' || this.#shown === 'offline') this.#say('connected', `live again${over}`);
    else if (isNews) this.#say('connected', `live${over}`);
    this.#shown = 'connected';
  }

  #say(shown: 'connected' | 'lost' | 'offline', line: string): void {
    this.#shown = shown;
    this.#options.say(line);
  }
}

function inTime(retryAt: number | null): string {
  return `in ${Math.max(1, Math.ceil(((retryAt ?? 0) - Date.now()) / 1000))} s`;
}
