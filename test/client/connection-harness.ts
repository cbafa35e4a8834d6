import type { ConnectionState, TransportName } from '../../src/client/index.js';
import { platformOf } from '../../src/client/platform.js';
import { type ConnectionStatus, ReconnectingConnection } from '../../src/client/reconnecting-connection.js';
import { Tokens } from '../../src/client/tokens.js';
import { TransportSelector } from '../../src/client/transport-selector.js';
import type { ConnectionEvents, Transport } from '../../src/client/transports/transport.js';
import type { Frame } from '../../src/protocol/frames.js';
import { settled, VirtualTime } from './virtual-time.js';

const READY: Frame = { type: 'ready', conversationId: 'c', cursor: '1.0.0' };

/** The server's side of a connection. */
export interface OpenedConnection {
  readonly transport: TransportName;
  readonly events: ConnectionEvents;
  closed: boolean;
  pings: number;
}

/** A reconnecting connection whose transports do what a test says, in virtual time. */
export class ConnectionHarness {
  readonly time = new VirtualTime();
  /** Every connection so far. */
  readonly opened: OpenedConnection[] = [];
  readonly states: ConnectionState[] = [];
  readonly frames: Frame[] = [];
  readonly connection: ReconnectingConnection;
  /** What the receiver says of frames. */
  outcome: 'ok' | 'gap' | 'lost' = 'ok';
  /** How often the page of messages was loaded. */
  pages = 0;
  /** Why it cannot be loaded. */
  pageError: Error | undefined;
  isHidden = false;
  #needsPage = true;

  constructor(getToken: (refused?: string) => Promise<string> = async () => 't') {
    const { now, setTimer } = this.time;
    this.connection = new ReconnectingConnection({
      receiver: {
        conversationId: 'c',
        cursor: () => this.#cursor(),
        discardCursor: () => {
          this.#needsPage = true;
        },
        apply: (update) => {
          if ('frame' in update) this.frames.push(update.frame);
          return this.outcome;
        },
        statusChanged: ({ state }: ConnectionStatus) => {
          if (this.states.at(-1) !== state) this.states.push(state);
        },
      },
      // The longest waits that there may be.
      platform: platformOf({ now, setTimer, random: () => 1, isHidden: () => this.isHidden }),
      tokens: new Tokens({ getToken }),
      transports: {
        socketio: this.#connect('socketio'),
        websocket: this.#connect('websocket'),
        sse: this.#connect('sse'),
        polling: this.#connect('polling'),
      },
      selector: new TransportSelector(['socketio', 'websocket', 'sse', 'polling'], now),
    });
    this.connection.start();
  }

  /** The connections that are open, or being opened. */
  get open(): readonly OpenedConnection[] {
    return this.opened.filter(({ closed }) => !closed);
  }

  /** The only open connection. @throws when there is none, or another one */
  get only(): OpenedConnection {
    const [one, other] = this.open;
    if (!one || other) throw new Error(`${this.open.length} connections are open`);
    return one;
  }

  /** The connection that is being opened becomes live. */
  async goesLive(): Promise<OpenedConnection> {
    await settled();
    const { only } = this;
    only.events.opened();
    only.events.frame(READY);
    await settled();
    return only;
  }

  async #cursor(): Promise<string> {
    if (this.#needsPage) this.pages++;
    if (this.pageError) throw this.pageError;
    this.#needsPage = false;
    return '1.0.0';
  }

  #connect(transport: TransportName): Transport {
    return (_from, events) => {
      const opened: OpenedConnection = { transport, events, closed: false, pings: 0 };
      this.opened.push(opened);
      const close = (): void => {
        opened.closed = true;
      };
      return {
        close,
        cut: close,
        ping() {
          opened.pings++;
          return transport === 'websocket';
        },
      };
    };
  }
}
