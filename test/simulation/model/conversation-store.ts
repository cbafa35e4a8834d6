import type {
  Accepted,
  AcceptRequest,
  ConversationProgress,
  ConversationState,
  ConversationStore,
  History,
  StopRequested,
  StoredMessage,
} from '../../../src/conversation/conversation-store.js';
import type { GenerationRef } from '../../../src/generation/generation-log.js';
import type { Conversation } from '../../../src/protocol/conversation.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import {
  bytesOf,
  type ConversationRow,
  type GenerationRow,
  type QuestionRow,
  questionOf,
  type Rows,
  storedAnswerOf,
} from './rows.js';

/** The transactions of adapters/postgres/conversation-store.ts and acceptance.ts, over the model's rows. */
export class ModelConversationStore implements ConversationStore {
  readonly #rows: Rows;
  readonly #network: Network;
  readonly #caller: Process;
  readonly #newId: () => string;

  constructor(rows: Rows, network: Network, caller: Process, newId: () => string) {
    this.#rows = rows;
    this.#network = network;
    this.#caller = caller;
    this.#newId = newId;
  }

  accept(request: AcceptRequest): Promise<Accepted> {
    return this.#statement(`accept ${request.clientMessageId}`, () => this.#accept(request));
  }

  async requestStop(userId: string, id: string, messageId?: string): Promise<StopRequested | undefined> {
    const state = await this.state(userId, id);
    const target = messageId ?? state?.open?.ref.messageId;
    if (!state || target === undefined) return undefined;
    await this.#statement(`stop ${target}`, () => {
      const row = this.#rows.generations.get(target);
      if (row && row.ref.conversationId === id && row.endedAt === undefined) row.stopRequested = true;
    });
    const answer = await this.message(userId, id, target);
    if (answer?.message.role !== 'assistant') return undefined;
    return { answer, ref: { conversationId: id, messageId: target, seq: answer.key.seq } };
  }

  remove(userId: string, id: string): Promise<readonly GenerationRef[] | undefined> {
    return this.#statement(`delete ${id}`, () => {
      const conversation = this.#rows.of(userId, id);
      if (!conversation) return undefined;
      this.#rows.conversations.delete(id);
      const refs = conversation.generations.map(({ ref }) => ref);
      for (const { messageId } of refs) this.#rows.generations.delete(messageId);
      return refs;
    });
  }

  message(userId: string, id: string, messageId: string): Promise<StoredMessage | undefined> {
    return this.#statement(`message ${messageId}`, () => {
      const conversation = this.#rows.of(userId, id);
      const answer = conversation?.generations.find(({ ref }) => ref.messageId === messageId);
      return answer && storedAnswerOf(answer);
    });
  }

  state(userId: string, id: string, seq?: number, position = 0): Promise<ConversationState | undefined> {
    return this.#statement(`state ${id} ${seq}`, () => {
      const conversation = this.#rows.of(userId, id);
      return conversation && this.#state(conversation, seq, position);
    });
  }

  history(userId: string, id: string, limit: number): Promise<History | undefined> {
    return this.#statement(`history ${id}`, () => {
      const conversation = this.#rows.of(userId, id);
      if (!conversation) return undefined;
      const all = conversation.generations.flatMap((row): StoredMessage[] => [
        ...(row.question.seq === row.ref.seq
          ? [{ message: questionOf(row), key: { seq: row.ref.seq, role: 'user' as const } }]
          : []),
        storedAnswerOf(row),
      ]);
      const messages = all.slice(-limit);
      return { messages, more: all.length > limit, state: this.#state(conversation) };
    });
  }

  create(): Promise<Conversation> {
    return notSimulated();
  }

  list(): Promise<readonly Conversation[]> {
    return notSimulated();
  }

  find(): Promise<Conversation | undefined> {
    return notSimulated();
  }

  newest(): Promise<readonly ConversationProgress[]> {
    return notSimulated();
  }

  change(): Promise<Conversation | undefined> {
    return notSimulated();
  }

  #accept(request: AcceptRequest): Accepted {
    const { operation, clientMessageId, requestHash, queueAvailable } = request;
    const conversation = this.#rows.of(request.userId, request.conversationId);
    if (!conversation) return { kind: 'not_found' };
    const known = conversation.generations.find(({ key }) => key === clientMessageId);
    if (known && !known.hash.equals(requestHash)) return { kind: 'mismatch' };
    if (known) return accepted(known, true, []);
    if (!queueAvailable) return { kind: 'unavailable' };
    const seq = conversation.generations.length + 1;
    if (operation.kind === 'regenerate') {
      const answered = conversation.generations.find(({ ref }) => ref.messageId === operation.messageId);
      if (!answered) return { kind: 'not_found' };
      return accepted(this.#insert(conversation, request, answered.question), false, []);
    }
    const open = operation.whenBusy === 'queue' ? [] : this.#rows.open(conversation);
    if (open.length > 0 && operation.whenBusy === 'reject') return { kind: 'busy' };
    for (const row of open) row.stopRequested = true;
    const question = { id: this.#newId(), seq, text: operation.text, key: clientMessageId };
    const interrupted = open.map(({ ref }) => ref);
    return accepted(this.#insert(conversation, request, question), false, interrupted);
  }

  #insert(
    conversation: ConversationRow,
    { clientMessageId, requestHash }: AcceptRequest,
    question: QuestionRow,
  ): GenerationRow {
    const row: GenerationRow = {
      ref: {
        conversationId: conversation.id,
        messageId: this.#newId(),
        seq: conversation.generations.length + 1,
      },
      question,
      key: clientMessageId,
      hash: requestHash,
      acceptedAt: this.#network.scheduler.now,
      userId: conversation.userId,
      turn: this.#rows.open(conversation).length > 0 ? undefined : this.#rows.newTurn(conversation.userId),
      attempt: 0,
      attempts: [],
      worker: undefined,
      leaseUntil: undefined,
      failures: 0,
      stopRequested: false,
      content: '',
      outcome: undefined,
      endedAt: undefined,
      logClosed: false,
      claimedAt: undefined,
      ends: 0,
    };
    conversation.generations.push(row);
    this.#rows.generations.set(row.ref.messageId, row);
    return row;
  }

  #state(conversation: ConversationRow, seq?: number, position = 0): ConversationState {
    const last = conversation.generations.length;
    const asked = conversation.generations[(seq ?? last) - 1];
    const open = this.#rows.open(conversation)[0];
    const byte = asked?.endedAt === undefined ? undefined : Buffer.from(asked.content)[position];
    return {
      last,
      ...(open && { open: { ref: open.ref, attempts: open.attempts } }),
      ...(asked && {
        generation: {
          ref: asked.ref,
          attempts: asked.attempts,
          ...(asked.endedAt !== undefined && { bytes: bytesOf(asked) }),
          ...(byte !== undefined && { byte }),
        },
      }),
    };
  }

  #statement<T>(what: string, run: () => T): Promise<T> {
    return this.#network.call(this.#caller, 'postgres', what, run);
  }
}

function accepted(row: GenerationRow, duplicate: boolean, interrupted: readonly GenerationRef[]): Accepted {
  const { ref } = row;
  return {
    kind: 'accepted',
    duplicate,
    userMessage: questionOf(row),
    answer: storedAnswerOf(row),
    ref,
    interrupted,
  };
}

function notSimulated(): Promise<never> {
  return Promise.reject(new Error('not simulated'));
}
