/** What goes wrong, after `after` tokens of the answer. */
type Fault =
  /** Nothing more comes, and the connection stays open. After 0 tokens: no headers either. */
  | 'stall'
  /** The socket is destroyed. */
  | 'cut'
  /** The body ends as if it were whole, without a line that says `done`. */
  | 'no-done'
  /** A last line `{"error": …}` in a 200. */
  | 'error-line'
  /** One line is no JSON; the rest follows. */
  | 'garbage'
  /** 404, as for a model that was not pulled. */
  | 'not-found'
  /** 500 */
  | 'error'
  /** 503, as when the queue is full. */
  | 'unavailable';

/** How one request is answered. Everything has a default: a short answer, at once, without faults. */
export interface Script {
  /** What the model says: a text, to be cut into tokens at spaces, or the tokens. */
  readonly text?: string | readonly string[];
  /** Repeats what the model says until it has so many tokens. */
  readonly tokenCount?: number;
  /** Each token is, in place of its text, the moment at which it is written (stamp.ts). */
  readonly stamped?: boolean;
  /**
   * Each token ends in `~` and the number of the request: as with a model, an answer that is gone on with is another one
   * from there on.
   */
  readonly varied?: boolean;
  /** What it thinks before. Makes it a thinking model: it thinks unless the request says `think: false`. */
  readonly thinking?: string;
  /** 0 is as fast as it goes. */
  readonly tokensPerSecond?: number;
  /** From the request to the first token, in ms. As with Ollama, the headers come with the first token. */
  readonly firstTokenMs?: number;
  /** How lines meet the socket: one a write, in pieces that cut characters, or several at once. */
  readonly writes?: 'line' | 'split' | 'burst';
  readonly doneReason?: 'stop' | 'length' | 'load';
  readonly fault?: Fault;
  readonly after?: number;
  /** How many requests meet the fault; all of them when not given. */
  readonly times?: number;
}

const FAULTS = ['stall', 'cut', 'no-done', 'error-line', 'garbage', 'not-found', 'error', 'unavailable'];

const isString = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0;
const isOneOf = (names: readonly string[]) => (value: unknown) =>
  isString(value) && names.includes(String(value));

const FIELDS: Record<keyof Script, (value: unknown) => boolean> = {
  text: (value) => isString(value) || (Array.isArray(value) && value.every(isString)),
  tokenCount: isCount,
  stamped: (value) => typeof value === 'boolean',
  varied: (value) => typeof value === 'boolean',
  thinking: isString,
  tokensPerSecond: isCount,
  firstTokenMs: isCount,
  writes: isOneOf(['line', 'split', 'burst']),
  doneReason: isOneOf(['stop', 'length', 'load']),
  fault: isOneOf(FAULTS),
  after: isCount,
  times: isCount,
};

/** @throws when `value` is no script: a test whose fault is misspelt must not pass. */
export function parseScript(value: unknown): Script {
  if (typeof value !== 'object' || value === null) throw new Error('a script is an object');
  for (const [name, content] of Object.entries(value)) {
    const fits = FIELDS[name as keyof Script] as ((value: unknown) => boolean) | undefined;
    if (!fits?.(content)) throw new Error(`a script has no such ${name}`);
  }
  return value;
}
