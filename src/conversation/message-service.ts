import { createHmac } from 'node:crypto';
import type { GenerationLog, GenerationRef } from '../generation/generation-log.js';
import type { GenerationReader } from '../generation/generation-reader.js';
import type { JobQueue } from '../generation/job-queue.js';
import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';
import type { Metrics } from '../kernel/metrics.js';
import { conversationTopic, type Notifier, progressTopic } from '../kernel/notifier.js';
import type { Quota } from '../kernel/quota.js';
import { overLimit, type RateLimiter } from '../kernel/rate-limiter.js';
import { inSpan, type Tracer } from '../kernel/tracer.js';
import { WakeSignal } from '../kernel/wake-signal.js';
import type { Alert } from '../protocol/alert.js';
import { beforeAccepted, formatCursor } from '../protocol/cursor.js';
import type { Message } from '../protocol/message.js';
import type { FindDanger } from '../safety/danger.js';
import type { Answerable } from './answerable.js';
import type { Accepted, AcceptRequest, ConversationStore, WhenBusy } from './conversation-store.js';
import { found } from './conversations.js';
import { MessageHistory } from './history.js';

export interface MessageServicePorts {
  readonly store: ConversationStore;
  readonly reader: GenerationReader;
  readonly log: GenerationLog;
  readonly queue: JobQueue;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly metrics?: Metrics | undefined;
  readonly tracer?: Tracer | undefined;
  /** Messages by user. Absent: no limit. */
  readonly rate?: RateLimiter | undefined;
  readonly newId: () => string;
  /** Absent: no danger is looked for. */
  readonly findDanger?: FindDanger;
  /** Told of each message in which danger was found, once it is stored. `ref` is its answer. */
  readonly onAlert?: OnAlert;
  /** Without it every message is accepted, and one that the model does not take fails when its turn comes. */
  readonly answerable?: Answerable;
  /** Claims a generation that was asked to stop and ends it, if nobody runs it and it is its turn. */
  readonly endStopped: (ref: GenerationRef) => Promise<void>;
}

export type OnAlert = (userId: string, ref: GenerationRef, alert: Alert) => void;

export interface SendRequest {
  /** Empty only beside an attachment. */
  readonly text: string;
  /** Ids of the user's attachments that no message has. */
  readonly attachments?: readonly string[];
  /** Absent: the default. */
  readonly model?: string | undefined;
  readonly clientMessageId: string | undefined;
  readonly whenBusy: WhenBusy;
}

/** What a send or a regenerate gave, on every transport. */
export interface SendResult {
  readonly ref: GenerationRef;
  readonly clientMessageId: string;
  readonly userMessage: Message;
  /** The answer as it is now. */
  readonly message: Message;
  readonly duplicate: boolean;
  /** Just before the generation's `accepted`. */
  readonly cursor: string;
  /** How many more the user may send. Absent for a duplicate, which is not counted, and without a limit. */
  readonly quota?: Quota;
}

/** How often a wait for an end looks at the row, whatever the notifier says, in ms. */
const POLL_MS = 5000;

/** What a user does in a conversation: send, ask anew, stop. Once accepted, a message is never lost. */
export class MessageService {
  readonly #ports: MessageServicePorts;
  readonly #history: MessageHistory;

  constructor(ports: MessageServicePorts) {
    this.#ports = ports;
    this.#history = new MessageHistory(ports);
  }

  /**
   * Stores a message and has it answered. The same id and content again give the same message.
   * @throws AppError `unprocessable` when the model cannot answer it, `not_found`, `idempotency_mismatch`, `busy`, `rate_limited`; 503 when nothing was stored.
   */
  async send(
    userId: string,
    conversationId: string,
    { text, attachments = [], model, clientMessageId, whenBusy }: SendRequest,
  ): Promise<SendResult> {
    const refusal = await this.#ports.answerable?.(userId, { text, attachments, model });
    const alert = this.#ports.findDanger?.(text);
    const operation = {
      kind: 'send',
      text,
      attachments,
      whenBusy,
      ...(model !== undefined && { model }),
      ...(alert && { alert }),
    } as const;
    const sent = await this.#accept(userId, conversationId, clientMessageId, operation, refusal);
    if (alert && !sent.duplicate) this.#ports.onAlert?.(userId, sent.ref, alert);
    return sent;
  }

  /** A new answer to the message that `messageId` answers. @throws as `send`; `bad_request` for a user message. */
  regenerate(
    userId: string,
    conversationId: string,
    messageId: string,
    clientMessageId: string | undefined,
  ): Promise<SendResult> {
    return this.#accept(userId, conversationId, clientMessageId, { kind: 'regenerate', messageId });
  }

  /**
   * Asks for a stop of the answer, or of the one that runs: it may still end `complete`.
   * @throws AppError `not_found`
   */
  async stop(
    userId: string,
    conversationId: string,
    messageId?: string,
  ): Promise<{ message: Message; ended: boolean }> {
    const { store, notifier, endStopped } = this.#ports;
    const { answer, ref } = found(await store.requestStop(userId, conversationId, messageId));
    if (!answer.running) return { message: answer.message, ended: true };
    notifier.notify('stops');
    notifier.notify(conversationTopic(conversationId));
    void endStopped(ref);
    return { message: await this.#history.current(answer), ended: false };
  }

  /** The answer once it has ended, or as it is when `signal` aborts. */
  async ended(userId: string, ref: GenerationRef, signal: AbortSignal): Promise<Message> {
    const { notifier, clock, reader } = this.#ports;
    const { conversationId } = ref;
    const topics = [conversationTopic(conversationId), progressTopic(conversationId)];
    const changes = await WakeSignal.subscribe(notifier, topics, clock);
    try {
      while (!signal.aborted) {
        const looked = await reader.find(ref.conversationId, ref.seq);
        if (looked.kind !== 'found' || looked.view.ended) break;
        await changes.wait(POLL_MS, signal);
      }
    } finally {
      changes.close();
    }
    return this.#history.message(userId, ref.conversationId, ref.messageId);
  }

  #accept(
    userId: string,
    conversationId: string,
    clientMessageId: string | undefined,
    operation: AcceptRequest['operation'],
    unfit?: string,
  ): Promise<SendResult> {
    const attributes = { 'gen_ai.conversation.id': conversationId };
    return inSpan(this.#ports.tracer, 'accept', { kind: 'internal', attributes }, async (span) => {
      const accepted = await this.#acceptNow(userId, conversationId, clientMessageId, operation, unfit);
      span?.set({ 'veda.message.id': accepted.ref.messageId });
      return accepted;
    });
  }

  async #acceptNow(
    userId: string,
    conversationId: string,
    clientMessageId: string | undefined,
    operation: AcceptRequest['operation'],
    unfit?: string,
  ): Promise<SendResult> {
    const { store, queue, notifier, newId, rate, metrics, tracer } = this.#ports;
    const key = clientMessageId ?? newId();
    // Counted before it is stored, so that no transaction waits for the limiter, and given back if nothing new was stored.
    const [quota, queueAvailable] = await Promise.all([rate?.consume(userId), queue.available()]);
    const accepted = await store
      .accept({
        userId,
        conversationId,
        clientMessageId: key,
        requestHash: hashOf(conversationId, operation),
        operation,
        refusal: unfit,
        overLimit: quota?.allowed === false,
        queueAvailable,
        traceparent: tracer?.traceparent(),
      })
      .catch(async (error: unknown) => {
        await rate?.giveBack(userId);
        throw error;
      });
    if (accepted.kind === 'rate_limited' && quota) {
      metrics?.countBy('veda_limited_total', { limit: quota.name });
      throw overLimit('too many messages', quota);
    }
    if (accepted.kind !== 'accepted' || accepted.duplicate) await rate?.giveBack(userId);
    if (accepted.kind !== 'accepted') throw refusal(accepted);
    const { ref, userMessage, answer, duplicate, interrupted } = accepted;
    if (!duplicate) {
      metrics?.count('veda_messages_accepted_total');
      notifier.notify(conversationTopic(conversationId));
      // Not awaited: the message is stored. What is not enqueued is found by the sweeper.
      void queue.add(ref).catch(() => {});
    }
    if (interrupted.length > 0) {
      notifier.notify('stops');
      void this.#endInTurn(interrupted);
    }
    return {
      ref,
      clientMessageId: key,
      userMessage,
      message: await this.#history.current(answer),
      duplicate,
      cursor: formatCursor(beforeAccepted(ref.seq)),
      ...(quota && !duplicate && { quota }),
    };
  }

  async #endInTurn(refs: readonly GenerationRef[]): Promise<void> {
    for (const ref of refs) await this.#ports.endStopped(ref);
  }
}

/**
 * Keyed by the conversation: the same text elsewhere has another hash. Without the alert, which follows from the text: after a
 * change of the rules the same request is still the same.
 */
function hashOf(conversationId: string, operation: AcceptRequest['operation']): Buffer {
  const body =
    operation.kind === 'send'
      ? [
          'send',
          null,
          operation.text,
          operation.attachments ?? [],
          ...(operation.model ? [operation.model] : []),
        ]
      : ['regenerate', operation.messageId, '', []];
  return createHmac('sha256', conversationId).update(JSON.stringify(body)).digest();
}

function refusal(accepted: Exclude<Accepted, { kind: 'accepted' }>): AppError {
  switch (accepted.kind) {
    case 'not_found':
      return new AppError('not_found', 'there is no such conversation or message');
    case 'not_an_answer':
      return new AppError('bad_request', 'only an answer can be generated anew');
    case 'no_attachment':
      return new AppError('not_found', 'there is no such attachment, or another message has it');
    case 'unprocessable':
      return new AppError('unprocessable', accepted.reason);
    case 'mismatch':
      return new AppError('idempotency_mismatch', 'this client_message_id was used for another request');
    case 'busy':
      return new AppError('busy', 'an answer is being generated in this conversation');
    case 'rate_limited':
      return new AppError('rate_limited', 'too many messages');
    case 'unavailable':
      return new AppError('internal', 'the message was not stored: no answer can be queued now', {
        status: 503,
        retryAfter: 2,
      });
  }
}
