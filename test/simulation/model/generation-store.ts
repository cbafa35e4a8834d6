import type { GenerationRef } from '../../../src/generation/generation-log.js';
import type {
  Claim,
  Finish,
  GenerationStore,
  Held,
  Ownership,
} from '../../../src/generation/generation-store.js';
import type { Outcome } from '../../../src/generation/outcome.js';
import type { Turn } from '../../../src/generation/provider.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import type { GenerationRow, Rows } from './rows.js';

/** The statements of adapters/postgres/generation-store.ts, over the model's rows. */
export class ModelGenerationStore implements GenerationStore {
  readonly #rows: Rows;
  readonly #network: Network;
  readonly #caller: Process;

  constructor(rows: Rows, network: Network, caller: Process) {
    this.#rows = rows;
    this.#network = network;
    this.#caller = caller;
  }

  claim(messageId: string, worker: string, leaseMs: number): Promise<Claim | undefined> {
    return this.#statement(`claim ${messageId}`, () => {
      const row = this.#rows.generations.get(messageId);
      return row && this.#claimable(row) ? this.#claim(row, worker, leaseMs) : undefined;
    });
  }

  claimNext(worker: string, leaseMs: number, except: readonly string[] = []): Promise<Claim | undefined> {
    return this.#statement('claim next', () => {
      const row = this.#rows.waiting().find(({ turn, userId }) => turn === 0 || !except.includes(userId));
      return row && this.#claim(row, worker, leaseMs);
    });
  }

  recover(except: Iterable<string>, limit: number): Promise<number> {
    const running = new Set(except);
    return this.#statement('recover', () => {
      const left = [...this.#rows.generations.values()].filter(
        (row) => row.leaseUntil !== undefined && this.#claimable(row) && !running.has(row.ref.messageId),
      );
      const recovered = left.slice(0, limit);
      for (const row of recovered) {
        row.worker = undefined;
        row.leaseUntil = undefined;
        row.failures++;
      }
      return recovered.length;
    });
  }

  renew(worker: string, messageIds: Iterable<string>, leaseMs: number): Promise<readonly Held[]> {
    const ids = [...messageIds];
    return this.#statement(`renew ${ids.join(' ')}`, () => {
      const held = ids
        .map((id) => this.#rows.generations.get(id))
        .filter((row) => row?.worker === worker && row.endedAt === undefined) as GenerationRow[];
      for (const row of held) row.leaseUntil = this.#now + leaseMs;
      return held.map(({ ref, stopRequested }) => ({ messageId: ref.messageId, stopRequested }));
    });
  }

  release(claim: Claim): Promise<void> {
    return this.#statement(`release ${nameOf(claim)}`, () => {
      const row = this.#held(claim);
      if (!row) return;
      row.worker = undefined;
      row.leaseUntil = undefined;
    });
  }

  async begin(claim: Claim, start: number): Promise<Ownership> {
    const begun = await this.#statement(`begin ${nameOf(claim)} at ${start}`, () => {
      const row = this.#held(claim);
      if (!row) return false;
      if (start > Math.max(...row.attempts.map(({ start }) => start))) row.failures = 0;
      const others = row.attempts.filter(({ attempt }) => attempt !== claim.attempt);
      row.attempts = [...others, { attempt: claim.attempt, start }];
      return true;
    });
    return begun ? 'owned' : this.ownership(claim);
  }

  ownership(claim: Claim): Promise<Ownership> {
    return this.#statement(`ownership ${nameOf(claim)}`, () => {
      if (!this.#rows.generations.has(claim.ref.messageId)) return 'gone';
      return this.#held(claim) ? 'owned' : 'taken';
    });
  }

  finish(claim: Claim, content: string, outcome: Outcome): Promise<Finish> {
    return this.#statement(`finish ${nameOf(claim)} ${outcome.status}`, () => ({
      ownership: this.#finish(claim, content, outcome),
      waiting: this.#rows.waiting().length > 0,
    }));
  }

  #finish(claim: Claim, content: string, outcome: Outcome): Ownership {
    const row = this.#held(claim);
    if (!row) return this.#finished(claim);
    row.content = content;
    row.outcome = outcome;
    row.endedAt = this.#now;
    row.ends++;
    row.worker = undefined;
    row.leaseUntil = undefined;
    const next = this.#rows.nextOf(row);
    if (next) next.turn = this.#rows.newTurn(row.userId);
    if (row.attempts.length === 0) row.attempts = [{ attempt: row.attempt, start: 0 }];
    return 'owned';
  }

  #finished({ ref, attempt }: Claim): Ownership {
    const row = this.#rows.generations.get(ref.messageId);
    if (!row) return 'gone';
    return row.attempt === attempt && row.endedAt !== undefined ? 'owned' : 'taken';
  }

  closed(messageId: string): Promise<void> {
    return this.#statement(`closed ${messageId}`, () => {
      const row = this.#rows.generations.get(messageId);
      if (row?.endedAt !== undefined) row.logClosed = true;
    });
  }

  turns(ref: GenerationRef): Promise<readonly Turn[]> {
    return this.#statement(`turns ${ref.messageId}`, () => {
      const row = this.#rows.generations.get(ref.messageId);
      const all = this.#rows.conversations.get(ref.conversationId)?.generations ?? [];
      if (!row) return [];
      const asked = row.question.seq;
      const before = all.filter(({ ref, question }) => ref.seq === question.seq && ref.seq < asked);
      const turns = before.flatMap(({ question }): Turn[] => {
        const answers = all.filter((other) => other.question === question && other.endedAt !== undefined);
        const answer = answers.findLast(({ content }) => content !== '');
        return [
          { role: 'user', text: question.text },
          ...(answer ? [{ role: 'assistant' as const, text: answer.content }] : []),
        ];
      });
      return [...turns, { role: 'user', text: row.question.text }];
    });
  }

  unclosed(olderThanMs: number, limit: number): Promise<readonly GenerationRef[]> {
    return this.#statement('unclosed', () =>
      [...this.#rows.generations.values()]
        .filter(
          ({ endedAt = Number.MAX_VALUE, logClosed }) => !logClosed && endedAt < this.#now - olderThanMs,
        )
        .slice(0, limit)
        .map(({ ref }) => ref),
    );
  }

  get #now(): number {
    return this.#network.scheduler.now;
  }

  #claim(row: GenerationRow, worker: string, leaseMs: number): Claim {
    if (row.leaseUntil !== undefined) row.failures++;
    row.attempt++;
    row.worker = worker;
    row.leaseUntil = this.#now + leaseMs;
    row.turn = 0;
    row.claimedAt ??= this.#now;
    const { ref, userId, attempt, attempts, failures, stopRequested } = row;
    if (attempt === 1) row.attempts = [{ attempt, start: 0 }];
    return { ref, userId, attempt, attempts, failures, stopRequested };
  }

  /** Not ended, in its turn, and held by nobody alive. */
  #claimable({ endedAt, turn, leaseUntil }: GenerationRow): boolean {
    const free = leaseUntil === undefined || leaseUntil < this.#now;
    return endedAt === undefined && free && turn !== undefined;
  }

  /** The row, while it is the attempt's. */
  #held({ ref, attempt }: Claim): GenerationRow | undefined {
    const row = this.#rows.generations.get(ref.messageId);
    return row?.attempt === attempt && row.endedAt === undefined ? row : undefined;
  }

  #statement<T>(what: string, run: () => T): Promise<T> {
    return this.#network.call(this.#caller, 'postgres', what, run);
  }
}

function nameOf({ ref, attempt }: Claim): string {
  return `${ref.messageId}/${attempt}`;
}
