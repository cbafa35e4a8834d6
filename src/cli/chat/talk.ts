import type { Conversation, StoredMessage, View, ViewMessage } from '../../client/index.js';
import { CliError } from '../exit.js';
import { type AnswerOutput, AnswerWriter } from './answer-writer.js';

/** How an answer ended; `refused` when there was none, since the message was not taken. */
export type Ending = 'complete' | 'stopped' | 'incomplete' | 'failed' | 'refused';

export interface TalkOptions {
  /** Where answers go, and nothing else. */
  readonly out: AnswerOutput;
  /** Called with each change of what is known of the conversation. */
  readonly onView: (view: View) => void;
  /** One line for the person. */
  readonly notice: (line: string) => void;
}

const ENDED: readonly string[] = ['complete', 'stopped', 'incomplete', 'failed'];

/** A conversation at a terminal: one message after the other, each with its answer printed as it is written. */
export class Talk {
  readonly #options: TalkOptions;
  #conversation: Conversation;
  #unsubscribe: () => void;
  /** Looks again whether the answer that is waited for has more. */
  #look: () => void = () => {};
  #isAnswering = false;
  #writer: AnswerWriter | undefined;
  #isStopWanted = false;

  constructor(conversation: Conversation, options: TalkOptions) {
    this.#options = options;
    this.#conversation = conversation;
    this.#unsubscribe = this.#subscribe();
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /** Whether what was printed last goes on in the same line. */
  get isMidLine(): boolean {
    return this.#writer?.isMidLine === true;
  }

  /** Goes on in another conversation. */
  moveTo(conversation: Conversation): void {
    this.#unsubscribe();
    this.#conversation.close();
    this.#conversation = conversation;
    this.#unsubscribe = this.#subscribe();
  }

  /** @throws CliError when the conversation is closed. */
  send(text: string): Promise<Ending> {
    return this.#answer(() => this.#conversation.send({ text }));
  }

  /** Of the last answer. */
  regenerate(): Promise<Ending> {
    const last = this.#answers().at(-1);
    if (!last) {
      this.#options.notice('there is no answer yet');
      return Promise.resolve('refused');
    }
    return this.#answer(() => this.#conversation.regenerate(last.id));
  }

  /** Prints the answer that is being written, if there is one. */
  async join(): Promise<void> {
    await this.#known();
    const running = this.#answers().find(({ status }) => !ENDED.includes(status));
    if (running) await this.#answer(async () => ({ messageId: running.id }));
  }

  /** Asks for a stop of the answer that is waited for; one that is not known yet is stopped when it is. */
  async stop(): Promise<void> {
    this.#isStopWanted = true;
    if (this.#answers().some(({ status }) => !ENDED.includes(status))) await this.#conversation.stop();
  }

  async #answer(begin: () => Promise<{ messageId: string }>): Promise<Ending> {
    this.#isAnswering = true;
    this.#isStopWanted = false;
    try {
      const { messageId } = await begin();
      if (this.#isStopWanted) await this.#conversation.stop(messageId);
      return this.#tell(await this.#follow(messageId));
    } catch (error) {
      if (this.#conversation.view.state === 'closed') throw this.#closed();
      this.#options.notice(`not sent: ${(error as Error).message}`);
      return 'refused';
    } finally {
      this.#isAnswering = false;
    }
  }

  /** Resolves when the server has told what the conversation is, or will not. */
  #known(): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        const { cursor, state } = this.#conversation.view;
        if (cursor !== null || state === 'closed') resolve();
      };
      this.#look();
    });
  }

  /** Resolves with the answer when it has ended. */
  #follow(messageId: string): Promise<StoredMessage> {
    const writer = new AnswerWriter(this.#options.out);
    this.#writer = writer;
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const answer = this.#answers().find(({ id }) => id === messageId);
        if (answer) writer.show(answer.content);
        if (answer && ENDED.includes(answer.status)) {
          this.#look = () => {};
          writer.end();
          resolve(answer);
        } else if (this.#conversation.view.state === 'closed') {
          reject(this.#closed());
        }
      };
      this.#look();
    });
  }

  #tell({ status, error }: StoredMessage): Ending {
    if (status === 'stopped') this.#options.notice('stopped');
    if (error) this.#options.notice(`${status}: ${error.message} (${error.code})`);
    return status as Ending;
  }

  #closed(): CliError {
    const { error } = this.#conversation.view;
    return new CliError(
      `the conversation was closed: ${error ? `${error.message} (${error.code})` : 'left'}`,
    );
  }

  #subscribe(): () => void {
    const stopListening = this.#conversation.onError((error, from) => {
      // The status line says when there is no connection.
      if (from === 'send' && error.retryAt !== undefined && error.code !== 'network') {
        const seconds = Math.max(1, Math.ceil((error.retryAt - Date.now()) / 1000));
        this.#options.notice(`not sent yet: ${error.message} (${error.code}); sent again in ${seconds} s`);
      }
    });
    const unsubscribe = this.#conversation.subscribe(() => {
      this.#options.onView(this.#conversation.view);
      this.#look();
    });
    return () => {
      stopListening();
      unsubscribe();
    };
  }

  #answers(): StoredMessage[] {
    return this.#conversation.view.messages.filter(isAnswer);
  }
}

function isAnswer(message: ViewMessage): message is StoredMessage {
  return message.role === 'assistant';
}
