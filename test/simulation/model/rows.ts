import type { StoredMessage } from '../../../src/conversation/conversation-store.js';
import type { AttemptStart } from '../../../src/generation/attempts.js';
import type { GenerationRef } from '../../../src/generation/generation-log.js';
import type { Outcome } from '../../../src/generation/outcome.js';
import type { Message } from '../../../src/protocol/message.js';

export interface ConversationRow {
  readonly id: string;
  readonly userId: string;
  /** By `seq`, which is one more than the index. */
  readonly generations: GenerationRow[];
}

export interface QuestionRow {
  readonly id: string;
  readonly seq: number;
  readonly text: string;
  readonly key: string;
}

/** A generation with its two messages. */
export interface GenerationRow {
  readonly ref: GenerationRef;
  readonly question: QuestionRow;
  readonly key: string;
  readonly hash: Buffer;
  readonly acceptedAt: number;
  readonly userId: string;
  /** When it runs among those that wait: the lowest first; undefined while an earlier one of its conversation is open. */
  turn: number | undefined;
  attempt: number;
  attempts: readonly AttemptStart[];
  worker: string | undefined;
  leaseUntil: number | undefined;
  failures: number;
  stopRequested: boolean;
  content: string;
  outcome: Outcome | undefined;
  endedAt: number | undefined;
  logClosed: boolean;
  /** For the checks: when it was first claimed, and how often its end was written. */
  claimedAt: number | undefined;
  ends: number;
}

/** The rows. Every method of the ports over it is one statement or one transaction, so it happens in one step. */
export class Rows {
  readonly conversations = new Map<string, ConversationRow>();
  readonly generations = new Map<string, GenerationRow>();

  of(userId: string, conversationId: string): ConversationRow | undefined {
    const row = this.conversations.get(conversationId);
    return row?.userId === userId ? row : undefined;
  }

  /** What nobody holds and is in its turn, in the order in which it is to run. */
  waiting(): GenerationRow[] {
    return [...this.generations.values()]
      .filter(({ turn, worker, endedAt }) => turn !== undefined && !worker && endedAt === undefined)
      .toSorted((one, other) => (one.turn ?? 0) - (other.turn ?? 0));
  }

  /** The turn of a generation that is the first open one of its conversation from now on. */
  newTurn(userId: string): number {
    const fresh = this.waiting().filter(({ turn }) => turn !== 0);
    const ofUser = fresh.findLast((row) => row.userId === userId);
    return Math.max(1, fresh[0]?.turn ?? 0, (ofUser?.turn ?? 0) + 1);
  }

  /** The one that follows in its conversation, if it is there. */
  nextOf({ ref }: GenerationRow): GenerationRow | undefined {
    return this.conversations.get(ref.conversationId)?.generations[ref.seq];
  }

  open(conversation: ConversationRow): readonly GenerationRow[] {
    return conversation.generations.filter(({ endedAt }) => endedAt === undefined);
  }
}

export function bytesOf({ content }: GenerationRow): number {
  return Buffer.byteLength(content);
}

export function answerOf(row: GenerationRow): Message {
  const { ref, outcome, endedAt, question } = row;
  return {
    id: ref.messageId,
    conversationId: ref.conversationId,
    role: 'assistant',
    content: row.content,
    status: outcome?.status ?? (row.attempt > 0 ? 'streaming' : 'queued'),
    client_message_id: row.key,
    replyTo: question.id,
    attachments: [],
    createdAt: timeOf(row.acceptedAt),
    ...(outcome?.model !== undefined && { model: outcome.model }),
    ...(outcome?.error && { error: outcome.error }),
    ...(endedAt !== undefined && { completedAt: timeOf(endedAt) }),
  };
}

export function storedAnswerOf(row: GenerationRow): StoredMessage {
  return {
    message: answerOf(row),
    key: { seq: row.ref.seq, role: 'assistant' },
    ...(row.endedAt === undefined && { running: { ref: row.ref, attempts: row.attempts } }),
  };
}

export function questionOf({ question, ref, acceptedAt }: GenerationRow): Message {
  return {
    id: question.id,
    conversationId: ref.conversationId,
    role: 'user',
    content: question.text,
    status: 'complete',
    client_message_id: question.key,
    attachments: [],
    createdAt: timeOf(acceptedAt),
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
