import type { Conversation, StoredMessage, View, ViewMessage } from '../../client/index.js';
import { CliError } from '../exit.js';
import { type AnswerOutput, AnswerWriter } from './answer-writer.js';

/** How an answer ended; `refused` when the server has refused the message. */
export type AnswerEnding = 'complete' | 'stopped' | 'incomplete' | 'failed' | 'refused';

export interface ChatSessionOptions {
  /** Gets the text of answers alone. */
  readonly out: AnswerOutput;
  /** Called with each change of the view. */
  readonly onView: (view: View) => void;
  /** Prints one line for the user. */
  readonly notice: (line: string) => void;
  /** Go with the first message. */
  readonly files?: readonly Blob[];
}

const ENDED: readonly string[] = ['complete', 'stopped', 'incomplete', 'failed'];

/** Sends one message after the other, and prints each answer as it is written. */
export class ChatSession {
  readonly #options: ChatSessionOptions;
  #conversation: Conversation;
  #unsubscribe: () => void;
  /** Called with each change of the view, while something waits for one. */
  #onChange: () => void = () => {};
  #isAnswering = false;
  #writer: AnswerWriter | undefined;
  #isStopRequested = false;
  #files: readonly Blob[];

  constructor(conversation: Conversation, options: ChatSessionOptions) {
    this.#options = options;
    this.#files = options.files ?? [];
    this.#conversation = conversation;
    this.#unsubscribe = this.#subscribe();
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /** Whether there are files that no message has taken yet. */
  get hasFiles(): boolean {
    return this.#files.length > 0;
  }

  /** Whether the last printed text of an answer has no line break after it. */
  get isMidLine(): boolean {
    return this.#writer?.isMidLine === true;
  }

  /** Closes the conversation and continues in another one. */
  switchTo(conversation: Conversation): void {
    this.#unsubscribe();
    this.#conversation.close();
    this.#conversation = conversation;
    this.#unsubscribe = this.#subscribe();
  }

  /** @throws CliError when the conversation is closed. */
  send(text: string): Promise<AnswerEnding> {
    const attachments = this.#files;
    this.#files = [];
    return this.#answer(() => this.#conversation.send({ text, attachments }));
  }

  /** Asks for another answer to the last message. */
  regenerate(): Promise<AnswerEnding> {
    const last = this.#answers().at(-1);
    if (!last) {
      this.#options.notice('there is no answer yet');
      return Promise.resolve('refused');
    }
    return this.#answer(() => this.#conversation.regenerate(last.id));
  }

  /** Prints the running answer, if there is one. */
  async join(): Promise<void> {
    await this.#untilLoaded();
    const running = this.#answers().find(({ status }) => !ENDED.includes(status));
    if (running) await this.#answer(async () => ({ messageId: running.id }));
  }

  /** Stops the running answer. If the server has not accepted its message yet, it is stopped as soon as that happens. */
  async stop(): Promise<void> {
    this.#isStopRequested = true;
    if (this.#answers().some(({ status }) => !ENDED.includes(status))) await this.#conversation.stop();
  }

  async #answer(begin: () => Promise<{ messageId: string }>): Promise<AnswerEnding> {
    this.#isAnswering = true;
    this.#isStopRequested = false;
    try {
      const { messageId } = await begin();
      if (this.#isStopRequested) await this.#conversation.stop(messageId);
      return this.#report(await this.#follow(messageId));
    } catch (error) {
      if (this.#conversation.view.state === 'closed') throw this.#closed();
      this.#options.notice(`not sent: ${(error as Error).message}`);
      return 'refused';
    } finally {
      this.#isAnswering = false;
    }
  }

  /** Resolves when the conversation's messages are loaded, or it is closed. */
  #untilLoaded(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = () => {
        const { cursor, state } = this.#conversation.view;
        if (cursor !== null || state === 'closed') resolve();
      };
      this.#onChange();
    });
  }

  /** Prints the answer, and resolves with it when it has ended. */
  #follow(messageId: string): Promise<StoredMessage> {
    const writer = new AnswerWriter(this.#options.out);
    this.#writer = writer;
    return new Promise((resolve, reject) => {
      this.#onChange = () => {
        const answer = this.#answers().find(({ id }) => id === messageId);
        if (answer) writer.show(answer.content);
        if (answer && ENDED.includes(answer.status)) {
          this.#onChange = () => {};
          writer.end();
          resolve(answer);
        } else if (this.#conversation.view.state === 'closed') {
          reject(this.#closed());
        }
      };
      this.#onChange();
    });
  }

  #report({ status, error }: StoredMessage): AnswerEnding {
    if (status === 'stopped') this.#options.notice('stopped');
    if (error) this.#options.notice(`${status}: ${error.message} (${error.code})`);
    return status as AnswerEnding;
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
      this.#onChange();
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
