import { createInterface, type Interface } from 'node:readline';
import type { Client, TransportName } from '../../client/index.js';
import { EXIT, type ExitCode } from '../exit.js';
import type { Terminal } from '../terminal.js';
import type { ChatSession } from './chat-session.js';
import { historyOf } from './history.js';
import type { Notices } from './notices.js';
import { TRANSPORTS } from './transports.js';

const HELP = `/stop               stop the answer (also Ctrl-C)
/regenerate         another answer to the last message
/history            the messages so far
/transport NAME     ${TRANSPORTS.join(', ')} or auto
/cut                break the connection, to see that it recovers
/new                a new conversation
/quit               end the chat (also Ctrl-D, or Ctrl-C at the prompt)
`;

const PROMPT = '> ';

export interface InteractiveOptions {
  readonly client: Client;
  readonly session: ChatSession;
  readonly notices: Notices;
}

/** A chat with the user at the terminal, until they end it. */
export function runInteractive(options: InteractiveOptions, terminal: Terminal): Promise<ExitCode> {
  return new Prompt(options, terminal).run();
}

class Prompt {
  readonly #options: InteractiveOptions;
  readonly #terminal: Terminal;
  readonly #lines: Interface;
  /** Commands run one after the other, but for those about the running answer, which do not wait for it. */
  #work: Promise<unknown>;
  #isStopRequested = false;

  constructor(options: InteractiveOptions, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
    const { stdin, echo } = terminal;
    // The echo of what is typed goes to stderr: stdout has results alone.
    this.#lines = createInterface({ input: stdin, output: echo, prompt: PROMPT });
    this.#work = options.session.join().catch(() => {});
  }

  async run(): Promise<ExitCode> {
    const unsubscribe = this.#terminal.onInterrupt(() => this.#interrupt());
    this.#lines.on('SIGINT', () => this.#interrupt());
    let failure: unknown;
    this.#lines.on('line', (line) => {
      this.#take(line.trim()).catch((error: unknown) => {
        failure = error;
        this.#lines.close();
      });
    });
    const closed = new Promise<void>((resolve) => this.#lines.once('close', resolve));
    void this.#work.then(() => this.#prompt());
    await closed;
    this.#options.notices.above(undefined);
    unsubscribe();
    this.#terminal.stderr.write('\n');
    if (failure !== undefined) throw failure;
    return EXIT.ok;
  }

  /** Stops an answer; at the prompt, or a second time, ends the chat. */
  #interrupt(): void {
    if (!this.#options.session.isAnswering || this.#isStopRequested) return this.#lines.close();
    this.#isStopRequested = true;
    void this.#stop();
  }

  async #take(line: string): Promise<void> {
    this.#options.notices.above(undefined);
    if (line === '') return this.#inTurn(async () => {});
    if (!line.startsWith('/')) return this.#inTurn(() => this.#options.session.send(line));
    const [name = '', argument] = line.slice(1).split(/\s+/);
    const command = Object.hasOwn(this.#commands, name) ? this.#commands[name] : undefined;
    if (command) return command(argument);
    this.#options.notices.say(`unknown command /${name}: /help lists them`);
    return this.#inTurn(async () => {});
  }

  readonly #commands: Readonly<Record<string, (argument: string | undefined) => Promise<void>>> = {
    stop: () => this.#stop(),
    regenerate: () => this.#inTurn(() => this.#options.session.regenerate()),
    history: () => this.#inTurn(async () => this.#say(historyOf(this.#options.session.conversation.view))),
    transport: async (name) => {
      if (name === 'auto' || TRANSPORTS.some((known) => known === name)) {
        this.#options.session.conversation.use(name as TransportName | 'auto');
      } else {
        this.#options.notices.say(`a transport is one of ${TRANSPORTS.join(', ')}, auto`);
      }
      return this.#inTurn(async () => {});
    },
    cut: async () => {
      this.#options.session.conversation.cut();
      return this.#inTurn(async () => {});
    },
    new: () => this.#inTurn(() => this.#begin()),
    help: () => this.#inTurn(async () => this.#say(HELP)),
    quit: async () => this.#lines.close(),
  };

  async #begin(): Promise<void> {
    const { client, session, notices } = this.#options;
    const { id } = await client.conversations.create();
    session.switchTo(client.conversation(id));
    notices.say(`conversation ${id}`);
  }

  async #stop(): Promise<void> {
    const { session, notices } = this.#options;
    if (!session.isAnswering) return this.#inTurn(async () => notices.say('no answer is running'));
    await session.stop().catch(() => notices.say('the server did not get the stop: try again'));
  }

  async #inTurn(work: () => Promise<unknown>): Promise<void> {
    const turn = this.#work.then(work);
    this.#work = turn.catch(() => {});
    await turn;
    this.#isStopRequested = false;
    this.#prompt();
  }

  #prompt(): void {
    if (this.#options.session.isAnswering) return;
    this.#options.notices.above(this.#lines);
    this.#lines.prompt();
  }

  #say(text: string): void {
    this.#terminal.stderr.write(text);
  }
}
