export type Transport = 'sse' | 'websocket' | 'socketio';

/** Sends one message and reads its answer. `onText` gets every piece of text and when it arrived, in µs. */
export type Exchange = (onText: (text: string, arrivedAt: number) => void) => Promise<void>;

/** One way to bring a model's answer to a client, as processes of its own. */
export interface System {
  readonly name: string;
  /** Process ids by the name of the process. The CPU time of their children counts too. */
  readonly pids: Readonly<Record<string, number>>;
  /** Connects `count` clients. Each returned exchange is run once. */
  connect(count: number, transport: Transport): Promise<readonly Exchange[]>;
  /** Ends connections that outlive their exchange. */
  disconnect(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a system. A row starts it for each round, so that idle systems disturb nobody. */
export interface SystemFactory {
  readonly name: string;
  start(): Promise<System>;
}
