import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { retry } from '../kernel/retry.js';
import type { Source } from '../protocol/source.js';
import type { GenerationRef } from './generation-log.js';
import { estimateTokens } from './prompt.js';
import { heard, type StoredTurn } from './prompt-attachments.js';

/** What an answer rests on, by answer. */
export interface SourceStore {
  /** Undefined when none are stored. */
  find(ref: GenerationRef): Promise<readonly Source[] | undefined>;
  /** Returns what is stored now: what another attempt stored before stays. Undefined when the answer was deleted. */
  store(ref: GenerationRef, sources: readonly Source[]): Promise<readonly Source[] | undefined>;
}

export interface SourcePorts {
  /**
   * Passages for a question, the best first. Empty: the documents have nothing on it, and that is to be said. Undefined: there is
   * nothing to show or to say. Answers within a bounded time; rejects only when `signal` aborts.
   */
  readonly retrieve: (question: string, signal: AbortSignal) => Promise<readonly Source[] | undefined>;
  readonly store: SourceStore;
  /** Tells whoever follows the conversation that sources are stored. */
  readonly notify: (ref: GenerationRef) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Question {
  readonly ref: GenerationRef;
  /** 1 for the first. */
  readonly attempt: number;
  /** The last one is the message to be answered. */
  readonly turns: readonly StoredTurn[];
  /** An earlier attempt has written text. */
  readonly begun: boolean;
  /** How many tokens the passages may have. */
  readonly tokens: number;
}

/** A shorter message may be one that only the message before it explains, such as `And for children?`. In UTF-16 units. */
const SHORT_QUESTION = 60;
/** What is embedded of a message, in UTF-16 units. Models cut what is longer. */
const LONGEST_QUESTION = 2000;

/**
 * What the answer rests on, stored before the model is asked. An attempt after the first uses what the first one stored; an answer that
 * was begun without sources is ended without.
 * @throws the signal's reason when it aborts
 */
export async function sourcesOf(
  { retrieve, store, notify, clock, logger }: SourcePorts,
  { ref, attempt, turns, begun, tokens }: Question,
  signal: AbortSignal,
): Promise<readonly Source[] | undefined> {
  const { messageId } = ref;
  const options = { clock, logger, messageId, event: 'sources not stored', signal };
  const stored = attempt > 1 ? await retry(options, () => store.find(ref)) : undefined;
  if (stored || begun) return stored;
  const question = questionOf(turns);
  if (question === '') return undefined;
  const retrieved = await retrieve(question, signal);
  if (!retrieved) return undefined;
  const sources = within(tokens, retrieved);
  if (retrieved.length > 0 && sources.length === 0) return undefined;
  const kept = await retry(options, () => store.store(ref, sources));
  if (kept) notify(ref);
  return kept;
}

function questionOf(turns: readonly StoredTurn[]): string {
  const asked = turns.filter(({ role }) => role === 'user').map((turn) => heard(turn).text.trim());
  const last = asked.at(-1) ?? '';
  const question = last.length < SHORT_QUESTION ? `${asked.at(-2) ?? ''}\n${last}` : last;
  return question.trim().slice(-LONGEST_QUESTION);
}

/** The best ones that fit, in their order. */
function within(tokens: number, sources: readonly Source[]): Source[] {
  let left = tokens;
  return sources.filter(({ title, snippet }) => {
    const cost = estimateTokens(title) + estimateTokens(snippet);
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}
