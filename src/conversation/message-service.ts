import { createHmac } from 'node:crypto';
import type { GenerationLog, GenerationRef } from '../generation/generation-log.js';
import type { GenerationReader } from '../generation/generation-reader.js';
import type { JobQueue } from '../generation/job-queue.js';
import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';
import type { Metrics } from '../kernel/metrics.js';
import { conversationTopic, type Notifier, progressTopic, userTopic } from '../kernel/notifier.js';
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
import type { DailyTokens } from './daily-tokens.js';
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
  /** Limits the messages of each user. Absent: no limit. */
  readonly rate?: RateLimiter | undefined;
  /** Limits the tokens of each user. Absent: no limit. */
  readonly dailyTokens?: DailyTokens | undefined;
  readonly newId: () => string;
  /** Throws while there is too much to do for new work. Absent: there never is. */
  readonly admit?: () => void;
  /** Absent: no danger is looked for. */
  readonly findDanger?: FindDanger;
  /** Told of each message in which danger was found, once it is stored. `ref` is its answer. */
  readonly onAlert?: OnAlert;
  /** Absent: every message is accepted, and one that the model cannot take fails when it is answered. */
  readonly answerable?: Answerable;
  /** Ends a generation whose stop was requested, if no worker runs it and none before it in its conversation is open. */
  readonly endStopped: (ref: GenerationRef) => Promise<void>;
}

export type OnAlert = (userId: string, ref: GenerationRef, alert: Alert) => void;

export interface SendRequest {
  /** Empty only beside an attachment. */
  readonly text: string;
  /** Ids of the user's attachments. None of them may belong to another message. */
  readonly attachments?: readonly string[];
  /** The model that is to answer. Absent: the default model. */
  readonly model?: string | undefined;
  readonly clientMessageId: string | undefined;
  readonly whenBusy: WhenBusy;
}

/** The result of a send or a regenerate, the same on every transport. */
export interface SendResult {
  readonly ref: GenerationRef;
  readonly clientMessageId: string;
  readonly userMessage: Message;
  /** The answer as it is now. */
  readonly message: Message;
  readonly duplicate: boolean;
  /** The position just before the `accepted` frame of the generation. */
  readonly cursor: string;
  /** How many more the user may send. Absent for a duplicate, which is not counted, and without a limit. */
  readonly quota?: Quota;
}

/** How often a wait for an end reads the row when no notification comes, in ms. */
const POLL_MS = 5000;

/** What is to be accepted; without `clientMessageId` it gets one. `refusal`: why the model cannot answer it. */
type Acceptance = Pick<AcceptRequest, 'userId' | 'conversationId' | 'operation' | 'refusal'> & {
  readonly clientMessageId: string | undefined;
};

/** What a user can do in a conversation: send, regenerate, stop. An accepted message is never lost. */
export class MessageService {
  readonly #ports: MessageServicePorts;
  readonly #history: MessageHistory;

  constructor(ports: MessageServicePorts) {
    this.#ports = ports;
    this.#history = new MessageHistory(ports);
  }

  /**
   * Stores a message and queues its answer. A repetition with the same id and content returns the same message.
   * @throws AppError `unprocessable` when the model cannot answer it, `not_found`, `idempotency_mismatch`, `busy`,
   *   `rate_limited`; status 503 when nothing was stored.
   */
  async send(
    userId: string,
    conversationId: string,
    { text, attachments = [], model, clientMessageId, whenBusy }: SendRequest,
  ): Promise<SendResult> {
    this.#ports.admit?.();
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
    const sent = await this.#accept({ userId, conversationId, clientMessageId, operation, refusal });
    if (alert && !sent.duplicate) this.#ports.onAlert?.(userId, sent.ref, alert);
    return sent;
  }

  /** A new answer to the message that `messageId` answers. @throws as `send`; `bad_request` for a user message. */
  async regenerate(
    userId: string,
    conversationId: string,
    messageId: string,
    clientMessageId: string | undefined,
  ): Promise<SendResult> {
    this.#ports.admit?.();
    const operation = { kind: 'regenerate', messageId } as const;
    return this.#accept({ userId, conversationId, clientMessageId, operation });
  }

  /**
   * Requests a stop of this answer; without `messageId`, of the one that runs. It may still end `complete`.
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

  /** Resolves with the answer when it has ended. When `signal` aborts, resolves with the answer as it is then. */
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

  #accept(request: Acceptance): Promise<SendResult> {
    const attributes = { 'gen_ai.conversation.id': request.conversationId };
    return inSpan(this.#ports.tracer, 'accept', { kind: 'internal', attributes }, async (span) => {
      const accepted = await this.#acceptNow(request);
      span?.set({ 'veda.message.id': accepted.ref.messageId });
      return accepted;
    });
  }

  async #acceptNow({
    userId,
    conversationId,
    clientMessageId,
    operation,
    refusal: unprocessable,
  }: Acceptance): Promise<SendResult> {
    const { store, queue, notifier, newId, rate, dailyTokens, metrics, tracer } = this.#ports;
    const key = clientMessageId ?? newId();
    // Before the limiter, which would have to take its count back if this fails.
    const tokens = await dailyTokens?.(userId);
    // The limiter counts before the message is stored, so that no transaction waits for it. It takes the count back when
    // nothing new was stored.
    const [quota, queueAvailable] = await Promise.all([rate?.consume(userId), queue.available()]);
    const accepted = await store
      .accept({
        userId,
        conversationId,
        clientMessageId: key,
        requestHash: hashOf(conversationId, operation),
        operation,
        refusal: unprocessable,
        overLimit: quota?.allowed === false || tokens?.allowed === false,
        queueAvailable,
        traceparent: tracer?.traceparent(),
      })
      .catch(async (error: unknown) => {
        await rate?.giveBack(userId);
        throw error;
      });
    if (accepted.kind === 'rate_limited' && quota?.allowed === false) {
      metrics?.countBy('veda_limited_total', { limit: quota.name });
      throw overLimit('too many messages', quota);
    }
    if (accepted.kind !== 'accepted' || accepted.duplicate) await rate?.giveBack(userId);
    if (accepted.kind === 'rate_limited' && tokens) {
      metrics?.countBy('veda_limited_total', { limit: tokens.name });
      throw overLimit('the tokens of today are used up', tokens);
    }
    if (accepted.kind !== 'accepted') throw refusal(accepted);
    const { ref, userMessage, answer, duplicate, interrupted } = accepted;
    if (!duplicate) {
      metrics?.count('veda_messages_accepted_total');
      notifier.notify(conversationTopic(conversationId));
      notifier.notify(userTopic(userId));
      // Not awaited: the message is stored, and the sweeper finds it if the queue does not take it.
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
 * The conversation is the key, so that the same text in another conversation has another hash. The alert is not hashed: it
 * follows from the text, and a repetition must stay the same request when the rules for alerts have changed.
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
