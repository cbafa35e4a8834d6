import { PAGE_BYTES } from '../../../src/generation/generation-log.js';
import type {
  ConversationProgress,
  FoundGeneration,
  GenerationReader,
  GenerationState,
  PendingGeneration,
} from '../../../src/generation/generation-reader.js';
import { wholeCharacters } from '../../../src/generation/utf8.js';
import type { Message } from '../../../src/protocol/message.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import { answerOf, bytesOf, type GenerationRow, questionOf, type Rows } from './rows.js';

/** Answers longer than this are read in pages, in bytes: smaller than Postgres' so that some are. */
const LARGEST_MESSAGE = 300;

const PAGE_GENERATIONS = 2;

/** The queries of adapters/postgres/generation-reader.ts, over the model's rows. */
export class ModelGenerationReader implements GenerationReader {
  readonly #rows: Rows;
  readonly #network: Network;
  readonly #caller: Process;

  constructor(rows: Rows, network: Network, caller: Process) {
    this.#rows = rows;
    this.#network = network;
    this.#caller = caller;
  }

  find(conversationId: string, seq: number): Promise<FoundGeneration> {
    return this.#query(`find ${conversationId} ${seq}`, () => {
      const conversation = this.#rows.conversations.get(conversationId);
      if (!conversation) return { kind: 'gone' };
      const row = conversation.generations[seq - 1];
      return row ? { kind: 'found', view: stateOf(row) } : { kind: 'none' };
    });
  }

  findEnded(conversationId: string, seq: number): Promise<readonly GenerationState[]> {
    return this.#query(`find ended ${conversationId} ${seq}`, () => {
      const following = this.#rows.conversations.get(conversationId)?.generations.slice(seq - 1) ?? [];
      const ended = following.filter(({ endedAt }) => endedAt !== undefined);
      return ended.slice(0, PAGE_GENERATIONS).map(stateOf);
    });
  }

  progress(conversationId: string): Promise<ConversationProgress> {
    return this.#query(`progress ${conversationId}`, () => {
      const conversation = this.#rows.conversations.get(conversationId);
      if (!conversation) return { kind: 'gone' };
      const open = this.#rows.open(conversation)[0]?.ref.seq;
      return {
        kind: 'there',
        last: conversation.generations.length,
        ...(open !== undefined && { open }),
      };
    });
  }

  pending(conversationId: string): Promise<readonly PendingGeneration[]> {
    return this.#query(`pending ${conversationId}`, () => {
      const conversation = this.#rows.conversations.get(conversationId);
      const open = conversation ? this.#rows.open(conversation) : [];
      return open.map(({ ref, attempt }, ahead) => ({
        messageId: ref.messageId,
        seq: ref.seq,
        running: attempt > 0,
        ahead: attempt > 0 ? 0 : ahead,
      }));
    });
  }

  page(messageId: string, position: number): Promise<string> {
    return this.#query(`page ${messageId} ${position}`, () => {
      const row = this.#rows.generations.get(messageId);
      const bytes = Buffer.from(row?.content ?? '').subarray(position, position + PAGE_BYTES);
      return wholeCharacters(bytes.subarray(0, LARGEST_MESSAGE)).toString();
    });
  }

  message(messageId: string): Promise<Message | undefined> {
    return this.#query(`message ${messageId}`, () => {
      const row = this.#rows.generations.get(messageId);
      return row && answerOf(row);
    });
  }

  #query<T>(what: string, run: () => T): Promise<T> {
    return this.#network.call(this.#caller, 'postgres', what, run);
  }
}

function stateOf(row: GenerationRow): GenerationState {
  const { ref, attempts, stopRequested } = row;
  const bytes = bytesOf(row);
  return {
    ref,
    clientMessageId: row.key,
    userMessage: questionOf(row),
    attempts,
    stopRequested,
    ...(row.endedAt !== undefined && {
      ended: { bytes, ...(bytes <= LARGEST_MESSAGE && { message: answerOf(row) }) },
    }),
  };
}
