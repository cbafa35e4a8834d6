/** A mistake that somebody could make: one place of one file, with other text in it. */
export interface Mutation {
  readonly name: string;
  /** From the root of the project. */
  readonly file: string;
  /** The text to replace. The file has it exactly once. */
  readonly from: string;
  readonly to: string;
  /** The first seed to try, for a mistake that shows rarely; 1 without it. */
  readonly near?: number;
}

/**
 * The source of the mutation's file, with the mistake in it.
 * @throws when the file has the text to replace not once: it has changed, and the mutation must follow it.
 */
export function mutated({ file, from, to }: Mutation, source: string): string {
  const occurrences = source.split(from).length - 1;
  if (occurrences !== 1) throw new Error(`${file} has this text ${occurrences} times, not once: ${from}`);
  return source.replace(from, () => to);
}

const ANSWER = 'src/generation/answer-writer.ts';
const FOLLOW = 'src/generation/follow.ts';
const GENERATE = 'src/generation/generate.ts';
const READING = 'src/generation/log-reader.ts';
const STORED = 'src/adapters/memory/log-buffer.ts';
const WRITER = 'src/adapters/memory/writer.ts';
const RUNNER = 'src/worker/runner.ts';
const SWEEPER = 'src/worker/sweeper.ts';
const LEASES = 'src/worker/leases.ts';
const SENDING = 'src/conversation/message-service.ts';
const ROWS = 'test/simulation/model/generation-store.ts';
const LOG_SERVER = 'test/simulation/model/log-server.ts';

const FENCE = "if (log && log.fence > this.#attempt) return { kind: 'fenced' };";

export const MUTATIONS: readonly Mutation[] = [
  // Writing an answer.
  {
    name: 'text that came during a write is dropped',
    file: ANSWER,
    from: 'this.#pending = this.#pending.slice(text.length);',
    to: "this.#pending = '';",
  },
  {
    name: 'writes overlap',
    file: ANSWER,
    from: 'this.#writing ??= this.#flushPending()',
    to: 'this.#writing = this.#flushPending()',
  },
  {
    name: 'a log is restored without asking Postgres',
    file: ANSWER,
    from: 'const ownership = await this.#store.ownership(this.#claim);',
    to: "const ownership = 'owned' as Ownership;",
  },
  {
    name: 'Postgres is not asked again after a restore',
    near: 2_368,
    file: ANSWER,
    from: 'this.#restores += 1;',
    to: '',
  },
  {
    name: 'only the log knows where an attempt starts',
    file: ANSWER,
    from: 'await this.#store.begin(this.#claim, this.#position);',
    to: "'owned' as Ownership;",
  },
  {
    name: 'the row is final before the log has the end',
    file: GENERATE,
    from: 'await answer.seal(disclaimerFor(answer.text, ports.disclaimers?.current), outcome, late.signal);',
    to: '',
  },
  {
    name: 'the disclaimer comes twice',
    file: 'src/generation/disclaimer.ts',
    from: "written.endsWith(ending) || written.trimStart() === disclaimer) return '';",
    to: "false) return '';",
  },
  {
    name: 'a character that comes in two pieces is broken',
    file: 'src/generation/writable.ts',
    from: 'const half = endsInHalf(text);',
    to: 'const half = false;',
  },
  {
    name: 'nobody minds a model that is silent',
    file: 'src/generation/watchdog.ts',
    from: 'void this.#watch();',
    to: '',
  },
  {
    name: 'a stop that was there before the claim is not seen',
    file: GENERATE,
    from: 'const history = claim.stopRequested || givenUp ? undefined',
    to: 'const history = givenUp ? undefined',
  },
  // The log.
  {
    name: 'a zombie is not fenced off',
    near: 538,
    file: WRITER,
    from: `${FENCE}\n    if (!log || log.fence < this.#attempt || !write(log))`,
    to: 'if (!log || log.fence < this.#attempt || !write(log))',
  },
  {
    name: 'an append whose reply was lost is made twice',
    file: STORED,
    from: 'const rest = bytes.subarray(there.length);',
    to: 'const rest = bytes;',
  },
  {
    name: 'an append leaves a gap',
    near: 395,
    file: STORED,
    from: 'if (!this.#hasBegun(attempt) || this.#text.end < at) return false;',
    to: 'if (!this.#hasBegun(attempt)) return false;',
  },
  {
    name: 'text of the attempt before stays behind a new start',
    file: STORED,
    from: 'this.#text.truncate(start);',
    to: '',
  },
  {
    name: 'a log of another conversation is written to',
    file: LOG_SERVER,
    from: 'log: () => this.#logs.get(messageId),',
    to: 'log: () => [...this.#logs.values()].at(-1),',
  },
  // Reading.
  {
    name: 'a fork is not seen in the log',
    file: READING,
    from: 'if (forkedBy(cursor, attempts) || startsInsideCharacter(page))',
    to: 'if (startsInsideCharacter(page))',
  },
  {
    name: 'a fork is not seen in the row',
    near: 842,
    file: FOLLOW,
    from: 'else if (this.#hasForked(view, ended.bytes))',
    to: 'else if (textPosition(this.#cursor) > ended.bytes)',
  },
  {
    name: 'a page ends inside a character',
    file: READING,
    from: 'const text = wholeCharacters(page);',
    to: 'const text = page;',
  },
  {
    name: 'a change between a look and the wait is missed',
    near: 326,
    file: READING,
    from: 'await log.changes.after(version, signal)',
    to: 'await log.changes.after(log.changes.version + 0 * version, signal)',
  },
  {
    name: 'a reader of a running answer trusts the notifier',
    file: FOLLOW,
    from: 'else if (this.#ports.clock.now() - polledAt >= POLL_MS)',
    to: 'else if (polledAt < 0)',
  },
  {
    name: 'a reader that waits for the next answer trusts the notifier',
    near: 1_129,
    file: FOLLOW,
    from: "if (progress?.kind === 'gone' || (progress && progress.last >= this.#seq)) return;",
    to: "if (progress?.kind === 'gone') return;",
  },
  {
    name: 'what is read from the row begins at its beginning',
    file: FOLLOW,
    from: 'let position = textPosition(this.#cursor); position < ended.bytes;',
    to: 'let position = 0; position < ended.bytes;',
  },
  {
    name: 'an answer is announced anew to whom has it',
    file: FOLLOW,
    from: 'if (this.#isBeforeAccepted()) yield',
    to: 'yield',
  },
  // Taking care.
  {
    name: 'nobody enqueues what was accepted',
    file: SENDING,
    from: 'void queue.add(ref).catch(() => {});',
    to: '',
  },
  {
    name: 'the log is not told of the end',
    file: RUNNER,
    from: 'isWhole = await log.close(ref);',
    to: '',
  },
  {
    name: 'nobody looks for what nobody runs',
    file: SWEEPER,
    from: 'places.fill();',
    to: '',
  },
  {
    name: 'nobody looks for ends that were not announced',
    file: SWEEPER,
    from: 'void this.#announce(unclosed);',
    to: '',
  },
  {
    name: 'leases are not renewed',
    file: LEASES,
    from: 'if (runner.running.size > 0) this.#failed = !(await this.#renew());',
    to: '',
  },
  {
    name: 'a stop does not reach who runs',
    file: LEASES,
    from: "if (stopRequested) runner.interrupt(messageId, 'stop');",
    to: '',
  },
  {
    name: 'the key of a request is ignored',
    file: SENDING,
    from: 'const key = clientMessageId ?? newId();',
    to: 'const key = newId();',
  },
  {
    name: 'deleted text stays in the log',
    file: 'src/conversation/conversations.ts',
    from: 'const erased = log.erase(refs).catch(() => {});',
    to: 'const erased = Promise.resolve();',
  },
  {
    name: 'nobody recovers what a dead worker left',
    file: SWEEPER,
    from: 'await store.recover(runner.running, places.count);',
    to: '',
  },
  {
    name: 'a place that becomes free is not given back to the shares',
    file: 'src/worker/runner.ts',
    from: 'if (claim) shares.release(claim);',
    to: '',
  },
  // The rows, as the model of Postgres has them.
  {
    name: 'a live lease is ignored',
    file: ROWS,
    from: 'return endedAt === undefined && free && turn !== undefined;',
    to: 'return endedAt === undefined && (free || true) && turn !== undefined;',
  },
  {
    name: 'a generation is claimed out of turn',
    file: 'test/simulation/model/conversation-store.ts',
    from: 'turn: this.#rows.open(conversation).length > 0 ? undefined : this.#rows.newTurn(conversation.userId),',
    to: 'turn: this.#rows.newTurn(conversation.userId),',
  },
  {
    name: 'the next of a conversation never gets its turn',
    file: ROWS,
    from: 'if (next) next.turn = this.#rows.newTurn(row.userId);',
    to: '',
  },
  {
    name: 'a superseded attempt writes the row',
    near: 826,
    file: ROWS,
    from: 'return row?.attempt === attempt && row.endedAt === undefined ? row : undefined;',
    to: 'return row?.endedAt === undefined ? row : undefined;',
  },
  {
    name: 'a row ends twice',
    file: ROWS,
    from: 'return row?.attempt === attempt && row.endedAt === undefined ? row : undefined;',
    to: 'return row;',
  },
];
