import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../src/protocol/message.js';
import type { Answer } from '../support/client.js';
import type { Surroundings } from './device.js';
import { type Question, questionOf, type Style } from './question.js';
import { type Reply, replyOf, SENDING_TRANSPORTS } from './sending.js';
import type { Break } from './shown.js';

/** A request for an answer, and what was promised. */
export interface Request {
  readonly question: Question;
  /** The `client_message_id`: the question's own, but for a regenerate. */
  readonly key: string;
  /** The answer's id, once that was said. */
  messageId?: string;
  /** What a waiting chat was told at the end. */
  ended?: Message;
  /** Somebody asked for a stop: it may end `stopped`. */
  stopped: boolean;
}

/** How often a person does what, from 0 to 1. */
export interface AskingHabits {
  readonly stop: number;
  readonly interrupt: number;
  readonly regenerate: number;
  /** Sends what was accepted once more, as a client does whose reply was lost. */
  readonly repeat: number;
}

const AGAIN_MS = 300;

/** A person who asks in one conversation, and asks again until there is an answer to the request. */
export class AskingClient {
  readonly requests: Request[] = [];
  readonly #talk: number;
  readonly #conversation: string;
  readonly #around: Surroundings;
  readonly #break: Break;
  readonly #closed: AbortSignal;

  constructor(talk: number, conversation: string, around: Surroundings, onBreak: Break, closed: AbortSignal) {
    this.#talk = talk;
    this.#conversation = conversation;
    this.#around = around;
    this.#break = onBreak;
    this.#closed = closed;
  }

  /** Asks one more question. Resolves when it was accepted, or the conversation is no more. */
  async ask(style: Style, habits: AskingHabits): Promise<Request> {
    const { random } = this.#around;
    const question = questionOf(this.#talk, this.requests.length + 1, random, style);
    const whenBusy = random.chance(habits.interrupt) ? 'interrupt' : 'queue';
    if (whenBusy === 'interrupt') for (const earlier of this.requests) earlier.stopped = true;
    const request: Request = { question, key: question.key, stopped: false };
    this.requests.push(request);
    const { text, key: client_message_id } = question;
    const send = { conversationId: this.#conversation, text, client_message_id, whenBusy } as const;
    const again = (): Promise<void> =>
      this.#until(request, () => random.pick(SENDING_TRANSPORTS).send(this.#around.anywhere(), send));
    await again();
    if (random.chance(habits.repeat)) await again();
    return request;
  }

  /** Has the answer to a request made anew. */
  async regenerate({ question, messageId }: Request): Promise<void> {
    const key = `r${this.requests.length + 1}-${question.key}`;
    const request: Request = { question, key, stopped: false };
    this.requests.push(request);
    await this.#until(request, async () => {
      const answer = await this.#call('POST', `/messages/${messageId}/regenerate`, {
        client_message_id: key,
      });
      return answer ? replyOf(answer.status, answer.body) : { kind: 'silence' };
    });
  }

  async stop(request: Request): Promise<void> {
    request.stopped = true;
    while (!this.#closed.aborted) {
      const answer = await this.#call('POST', `/messages/${request.messageId}/stop`);
      if (answer?.status === 200 || answer?.status === 202) return;
      await this.#pause(answer ? replyOf(answer.status, answer.body) : { kind: 'silence' });
    }
  }

  /** Resolves when it was said that the conversation is deleted, whoever heard it. */
  async delete(): Promise<void> {
    this.#around.onDeletion();
    for (;;) {
      const answer = await this.#call('DELETE', '');
      if (answer?.status === 204 || answer?.status === 404) return;
      await sleep(AGAIN_MS);
    }
  }

  /** The same request again until something is said to it; what is said must always be the same. */
  async #until(request: Request, send: () => Promise<Reply>): Promise<void> {
    while (!this.#closed.aborted) {
      const reply = await send();
      if (reply.kind !== 'accepted') {
        if (this.#closed.aborted) return;
        await this.#pause(reply);
        continue;
      }
      const { messageId, duplicate, ended } = reply;
      if (request.messageId !== undefined && request.messageId !== messageId) {
        this.#break('accepted', `${request.key} has two answers: ${request.messageId} and ${messageId}`);
      }
      if (request.messageId !== undefined && !duplicate) {
        this.#break('accepted', `${request.key} was sent twice, and is said to be new`);
      }
      request.messageId = messageId;
      if (ended) request.ended = ended;
      return;
    }
  }

  /** Before the next try: a refusal of what is right is none that a person should see. */
  async #pause(reply: Reply): Promise<void> {
    if (reply.kind === 'refused' && !this.#closed.aborted) {
      this.#break('accepted', `a request was refused: ${reply.code}`);
    }
    await sleep(this.#around.random.between(50, AGAIN_MS), undefined, { signal: this.#closed }).catch(
      () => {},
    );
  }

  /** Undefined when the connection broke. */
  async #call(method: string, path: string, body?: object): Promise<Answer | undefined> {
    const url = `/api/conversations/${this.#conversation}${path}`;
    return this.#around
      .anywhere()
      .call(method, url, body)
      .catch(() => undefined);
  }
}
