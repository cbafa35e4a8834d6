import type { ConnectionState, TransportName } from '../../src/client/index.js';
import { Ladder } from '../../src/client/ladder.js';
import { Link, type LinkState } from '../../src/client/link.js';
import { platformOf } from '../../src/client/platform.js';
import { Tokens } from '../../src/client/tokens.js';
import type { Connect, Events } from '../../src/client/transports/transport.js';
import type { Frame } from '../../src/protocol/frames.js';
import { settled, VirtualTime } from './virtual-time.js';

const READY: Frame = { type: 'ready', conversationId: 'c', cursor: '1.0.0' };

/** A connection as the other side has it. */
export interface Opened {
  readonly transport: TransportName;
  readonly events: Events;
  closed: boolean;
  pokes: number;
}

/** A link whose transports do what a test says, in a time of its own. */
export class Bench {
  readonly time = new VirtualTime();
  /** All that were ever opened. */
  readonly opened: Opened[] = [];
  readonly states: ConnectionState[] = [];
  readonly told: Frame[] = [];
  readonly link: Link;
  /** What comes of frames. */
  outcome: 'ok' | 'gap' | 'lost' = 'ok';
  /** How often the page of messages was asked for. */
  pages = 0;
  /** What is in the way of it. */
  pageError: Error | undefined;
  #isPageDue = true;

  constructor(getToken: (refused?: string) => Promise<string> = async () => 't') {
    const { now, setTimer } = this.time;
    this.link = new Link({
      host: {
        conversationId: 'c',
        place: () => this.#place(),
        forgetPlace: () => {
          this.#isPageDue = true;
        },
        told: (news) => {
          if ('frame' in news) this.told.push(news.frame);
          return this.outcome;
        },
        changed: ({ state }: LinkState) => {
          if (this.states.at(-1) !== state) this.states.push(state);
        },
      },
      // The longest pauses that there may be.
      platform: platformOf({ now, setTimer, random: () => 1 }),
      tokens: new Tokens({ getToken }),
      transports: {
        socketio: this.#connect('socketio'),
        websocket: this.#connect('websocket'),
        sse: this.#connect('sse'),
        polling: this.#connect('polling'),
      },
      ladder: new Ladder(['socketio', 'websocket', 'sse', 'polling'], now),
    });
    this.link.start();
  }

  /** Those that are open, or being opened. */
  get open(): readonly Opened[] {
    return this.opened.filter(({ closed }) => !closed);
  }

  /** The one that is open. @throws when there is none, or another */
  get only(): Opened {
    const [one, other] = this.open;
    if (!one || other) throw new Error(`${this.open.length} connections are open`);
    return one;
  }

  /** The connection that is being opened gets through. */
  async goesLive(): Promise<Opened> {
    await settled();
    const { only } = this;
    only.events.opened();
    only.events.frame(READY);
    await settled();
    return only;
  }

  async #place(): Promise<string> {
    if (this.#isPageDue) this.pages++;
    if (this.pageError) throw this.pageError;
    this.#isPageDue = false;
    return '1.0.0';
  }

  #connect(transport: TransportName): Connect {
    return (_from, events) => {
      const opened: Opened = { transport, events, closed: false, pokes: 0 };
      this.opened.push(opened);
      const close = (): void => {
        opened.closed = true;
      };
      return {
        close,
        cut: close,
        poke() {
          opened.pokes++;
          return transport === 'websocket';
        },
      };
    };
  }
}
