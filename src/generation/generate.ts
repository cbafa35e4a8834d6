import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { Metrics } from '../kernel/metrics.js';
import { retry } from '../kernel/retry.js';
import type { Tracer } from '../kernel/tracer.js';
import { rejectedOnAbort, unlessAborted } from '../kernel/unless-aborted.js';
import { uuidTime } from '../kernel/uuid-time.js';
import type { Source } from '../protocol/source.js';
import { AnswerText } from './answer-text.js';
import { AnswerWriter, type Loss } from './answer-writer.js';
import { type History, type PromptPorts, promptOf, readHistory } from './attempt-prompt.js';
import { type AttemptStore, attemptStore } from './attempt-store.js';
import { consistentPrefix } from './consistent-prefix.js';
import { disclaimerFor } from './disclaimer.js';
import { type Ending, failed, type Interruption, outcomeOf, UNFINISHED } from './ending.js';
import type { Flusher } from './flusher.js';
import type { GenerationLog, GenerationRef, Opened } from './generation-log.js';
import type { Claim } from './generation-store.js';
import { type HearPorts, hear } from './hear.js';
import { openLog } from './open-log.js';
import type { Outcome } from './outcome.js';
import { passageTokens } from './prompt.js';
import { heard, imageTokens } from './prompt-attachments.js';
import { type Delta, type Finished, ProviderError, ShortageError } from './provider.js';
import { type SourcePorts, sourcesOf } from './sources.js';
import { tracedAnswer } from './traced-answer.js';
import { wholeCharacters } from './utf8.js';
import { Watchdog } from './watchdog.js';

export interface GeneratePorts extends PromptPorts {
  readonly log: GenerationLog;
  readonly store: AttemptStore;
  readonly flusher: Flusher;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  readonly tracer?: Tracer | undefined;
  /** Absent: an answer to a voice message fails. */
  readonly hearing?: ((ref: GenerationRef) => HearPorts) | undefined;
  /** Absent: answers rest on no documents. */
  readonly sources?: SourcePorts | undefined;
}

/** What became of an attempt. */
export type Generated =
  /** The final row is written. `waiting`: another generation can be claimed. */
  | { kind: 'finished'; outcome: Outcome; waiting: boolean }
  /** Given back in mid-answer, so that another worker continues it. `short`: this worker lacks resources of its own. */
  | { kind: 'released'; short?: boolean }
  /** Another worker has the generation, or it was deleted. */
  | { kind: 'lost'; loss: Loss };

/**
 * Makes one answer: opens the log for the attempt, continues the text that is there, and writes the end to the log and to
 * the row. `interrupted` aborts with an `Interruption` as its reason.
 */
export async function generate(
  ports: GeneratePorts,
  claim: Claim,
  interrupted: AbortSignal,
): Promise<Generated> {
  const store = attemptStore(ports, claim, interrupted);
  const generated = await attempt({ ...ports, store }, claim, interrupted);
  if (generated.kind === 'lost' && generated.loss === 'gone') await erase(ports, claim.ref);
  return generated;
}

async function attempt(ports: GeneratePorts, claim: Claim, interrupted: AbortSignal): Promise<Generated> {
  const givenUp = failedTooOften(ports, claim);
  const history = claim.stopRequested || givenUp ? undefined : readHistory(ports, claim.ref, interrupted);
  const opened = await open(ports, claim, interrupted);
  if (!opened) return endWithoutLog(ports, claim, interrupted);
  if (opened.kind === 'fenced') return { kind: 'lost', loss: 'taken' };
  const { text, outcome } = consistentPrefix(opened.snapshot, claim.attempts);
  if (outcome) return finish(ports, claim, text, outcome);

  const goesOn = ports.provider.continues || claim.stopRequested || givenUp;
  const lost = new AbortController();
  const answer = new AnswerWriter(ports, claim, opened.writer, goesOn ? text : '', (loss) =>
    lost.abort(loss),
  );
  let left: Generated = { kind: 'released' };
  try {
    await answer.begin();
    // Writes the start of the attempt to the log now. With the first text, a reader of text that this attempt drops would get
    // its reset only when the model has begun.
    ports.flusher.add(answer);
    const ending = givenUp
      ? failed(UNFINISHED)
      : await write(ports, claim, history, answer, AbortSignal.any([interrupted, lost.signal]));
    if (ending.kind !== 'interrupted' || ending.by === 'stop') {
      left = await end(ports, claim, answer, outcomeOf(ending, answer.text, ports.provider.model));
      if (left.kind === 'finished') return left;
    } else if (ending.by === 'shortage') {
      left = { kind: 'released', short: true };
    } else if (ending.by !== 'drain') {
      left = { kind: 'lost', loss: ending.by };
    }
    await answer.leave();
  } catch (error) {
    await answer.leave();
    if (!answer.loss) throw error;
  }
  return answer.loss ? { kind: 'lost', loss: answer.loss } : left;
}

/** Undefined when the log could not be opened in time, or the attempt was interrupted. */
async function open(
  { log, clock, limits }: GeneratePorts,
  claim: Claim,
  interrupted: AbortSignal,
): Promise<Opened | undefined> {
  const hurried = claim.stopRequested || failedTooOften({ limits }, claim);
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(hurried ? limits.sealMs : limits.totalMs, done.signal).then(() => late.abort('late'));
  try {
    return await openLog({ log, clock }, claim, AbortSignal.any([interrupted, late.signal]));
  } finally {
    done.abort('done');
  }
}

function failedTooOften({ limits }: Pick<GeneratePorts, 'limits'>, claim: Claim): boolean {
  return claim.failures > limits.failures;
}

/**
 * Ends an answer in its row alone, because it must not wait for the log any longer. Readers get the end from the row.
 *
 * A worker with a lower attempt may still append to the log. `begin` records in Postgres where this attempt starts, and
 * readers drop what comes after that. Example: `peek` finds 100 bytes, then the lower attempt appends 20 more. This attempt
 * starts at 100, so a reader that has 120 bytes gets a reset.
 */
async function endWithoutLog(
  ports: GeneratePorts,
  claim: Claim,
  interrupted: AbortSignal,
): Promise<Generated> {
  const by = interrupted.aborted ? (interrupted.reason as Interruption) : undefined;
  if (by === 'drain') return { kind: 'released' };
  if (by === 'taken' || by === 'gone') return { kind: 'lost', loss: by };
  const snapshot = await ports.log.peek(claim.ref).catch(() => undefined);
  const { text, outcome } = consistentPrefix(snapshot ?? { text: '', attempts: [] }, claim.attempts);
  if (outcome) return finish(ports, claim, text, outcome);
  const start = Buffer.byteLength(text);
  const ownership = await ports.store.begin(claim, start);
  if (ownership !== 'owned') return { kind: 'lost', loss: ownership };
  const stopped = by === 'stop' || claim.stopRequested;
  const ending: Ending = stopped ? { kind: 'interrupted', by: 'stop' } : failed(UNFINISHED);
  return finish(
    ports,
    claim,
    text + disclaimerFor(text, ports.disclaimers?.current),
    outcomeOf(ending, text, ports.provider.model),
  );
}

/** Appends the provider's text to the answer until the text ends, or the attempt must stop. */
async function write(
  ports: GeneratePorts,
  claim: Claim,
  history: Promise<History> | undefined,
  answer: AnswerWriter,
  signal: AbortSignal,
): Promise<Ending> {
  if (!history) return { kind: 'interrupted', by: 'stop' };
  const timeout = new AbortController();
  const left = new AbortController();
  const watchdog = new Watchdog(ports.clock, ports.limits, (error) => timeout.abort(error));
  const stopped = AbortSignal.any([signal, timeout.signal, left.signal]);
  let deltas: AsyncGenerator<Delta, Finished> | undefined;
  try {
    const { turns, longest } = await unlessAborted(history, stopped);
    // The transcriber has a time limit of its own, so the model's do not run yet.
    watchdog.sign('queued');
    const heardTurns = await unlessAborted(hear(ports.hearing?.(claim.ref), turns, stopped), stopped);
    const told = { turns: heardTurns, longest };
    const sources = await unlessAborted(groundedOn(ports, claim, told, answer.text, stopped), stopped);
    watchdog.sign('asked');
    const { prompt, omitted } = await promptOf(ports, told, answer.text, sources, stopped);
    const { provider, tracer } = ports;
    const ask = (): AsyncGenerator<Delta, Finished> => provider.generate(prompt, stopped);
    deltas = tracer ? tracedAnswer(tracer, provider, claim.ref.conversationId, ask) : ask();
    return await take(ports, claim, deltas, answer, watchdog, stopped, omitted);
  } catch (error) {
    if (signal.aborted) return { kind: 'interrupted', by: signal.reason as Interruption };
    if (timeout.signal.aborted) return { kind: 'failed', error: timeout.signal.reason as ProviderError };
    if (error instanceof ProviderError) return { kind: 'failed', error };
    if (error instanceof ShortageError) return { kind: 'interrupted', by: 'shortage' };
    throw error;
  } finally {
    watchdog.stop();
    left.abort('left');
    // Not awaited: a provider that ignores its signal must not hold the answer up.
    void deltas?.return({}).catch(() => {});
  }
}

/** What the answer rests on; undefined without documents. */
async function groundedOn(
  { sources, system, limits }: GeneratePorts,
  { ref, attempt }: Claim,
  { turns, longest }: History,
  answer: string,
  signal: AbortSignal,
): Promise<readonly Source[] | undefined> {
  const last = turns.at(-1);
  if (!sources || !last) return undefined;
  const budget = Math.min(limits.promptTokens, longest) - imageTokens(last);
  const tokens = passageTokens(system, heard(last).text, answer, budget);
  return sourcesOf(sources, { ref, attempt, turns, begun: answer !== '', tokens }, signal);
}

async function take(
  { limits, flusher, metrics, disclaimers }: GeneratePorts,
  { ref }: Claim,
  deltas: AsyncGenerator<Delta, Finished>,
  answer: AnswerWriter,
  watchdog: Watchdog,
  stopped: AbortSignal,
  omitted: number,
): Promise<Ending> {
  const written = new AnswerText(answer.text, disclaimers?.current);
  const aborted = rejectedOnAbort(stopped);
  for (;;) {
    stopped.throwIfAborted();
    const delta = await Promise.race([deltas.next(), aborted]);
    stopped.throwIfAborted();
    if (!delta.done && typeof delta.value !== 'string') {
      watchdog.sign(delta.value.sign);
      continue;
    }
    watchdog.heard();
    if (!delta.done) metrics?.count('veda_tokens_total');
    const text = delta.done ? written.end() : written.push(delta.value as string);
    const room = limits.answerBytes - answer.bytes;
    const fits = Buffer.byteLength(text) <= room;
    if (text !== '') {
      if (metrics && answer.bytes === 0) measureFirstText(metrics, ref);
      answer.push(fits ? text : cut(text, room));
      flusher.add(answer);
    }
    if (!fits || written.held > limits.answerBytes) return failed('the answer was too long and was cut');
    if (delta.done) return { kind: 'whole', finished: delta.value, omitted };
  }
}

/** The id of an answer is a UUID with the time at which its message was accepted. */
function measureFirstText(metrics: Metrics, { messageId }: GenerationRef): void {
  const acceptedMs = uuidTime(messageId);
  if (acceptedMs !== undefined) metrics.observeSince('veda_time_to_first_token_seconds', acceptedMs);
}

/** Ends the answer in the log, then in the row. */
async function end(
  ports: GeneratePorts,
  claim: Claim,
  answer: AnswerWriter,
  outcome: Outcome,
): Promise<Generated> {
  const late = new AbortController();
  const done = new AbortController();
  void ports.clock.sleep(ports.limits.sealMs, done.signal).then(() => late.abort('late'));
  await answer.seal(disclaimerFor(answer.text, ports.disclaimers?.current), outcome, late.signal);
  done.abort('done');
  if (answer.loss) return { kind: 'lost', loss: answer.loss };
  return finish(ports, claim, answer.text, outcome);
}

/**
 * Writes the final row. While Postgres is unavailable it keeps the text and tries again, however long that takes. If Postgres
 * refuses the text for good, the answer ends without it: an open answer would hold up all that follow in its conversation.
 */
async function finish(
  ports: GeneratePorts,
  claim: Claim,
  content: string,
  outcome: Outcome,
): Promise<Generated> {
  const { store } = ports;
  const { messageId } = claim.ref;
  const write = async (text: string, ending: Outcome): Promise<Generated> => {
    const options = { ...ports, messageId, event: 'final row not written' };
    const { ownership, waiting } = await retry(options, () => store.finish(claim, text, ending));
    if (ownership !== 'owned') return { kind: 'lost', loss: ownership };
    return { kind: 'finished', outcome: ending, waiting };
  };
  try {
    return await write(content, outcome);
  } catch (error) {
    ports.logger.error('answer given up', { messageId, error });
    return write('', outcomeOf(failed(UNFINISHED), '', ports.provider.model));
  }
}

/**
 * Erases the log of a deleted answer once more. The deletion may not have reached the log, or this attempt may have opened or
 * restored the log after it: deleted text must not stay there.
 */
async function erase(ports: GeneratePorts, ref: GenerationRef): Promise<void> {
  const options = { ...ports, messageId: ref.messageId, event: 'log not erased' };
  await retry(options, () => ports.log.erase([ref]));
}

/** The beginning of `text` that has at most `bytes` bytes of UTF-8, in whole characters. */
function cut(text: string, bytes: number): string {
  return wholeCharacters(Buffer.from(text).subarray(0, Math.max(bytes, 0))).toString();
}
