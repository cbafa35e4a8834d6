import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { Random } from '../simulation/random.js';

/** How the double is to answer. */
export interface Style {
  /** Least and most. */
  readonly tokens: readonly [number, number];
  readonly tokensPerSecond: number;
}

/** A question whose answer is known beforehand. */
export interface Question {
  /** Its `client_message_id`, and the mark that every token of its answer bears: nobody else's does. */
  readonly key: string;
  /** What is sent. */
  readonly text: string;
  /** What the model says. */
  readonly answer: string;
}

const ENDING = `\n\n${DISCLAIMER}`;

/** Two to four bytes a character, clusters of several characters. */
const WORDS = ['पानी', '💧', 'Cafe\u0301', '👩🏽‍⚕️', '水', 'ﷺ', '𝒳', 'и'];

const MARK = /\bc(\d+)q\d+/g;

/** Number `number` of conversation `talk`. No two tokens of its answer are the same, so nothing can be dropped or doubled unseen. */
export function questionOf(talk: number, number: number, random: Random, style: Style): Question {
  const key = `c${talk}q${number}`;
  const count = random.whole(...style.tokens);
  const tokens = Array.from({ length: count }, (_, index) => {
    return random.chance(0.2) ? `${key}.${index}${random.pick(WORDS)}` : `${key}.${index}`;
  });
  const answer = tokens.join(' ');
  const script = {
    text: answer,
    tokensPerSecond: style.tokensPerSecond,
    firstTokenMs: 100,
    writes: random.pick(['line', 'split', 'burst']),
  };
  return { key, text: `${key} [[double:${JSON.stringify(script)}]]`, answer };
}

/** Which question the double was asked: the key in the last thing that the user said. */
export function keyAsked(body: unknown): string | undefined {
  const { messages = [] } = (body ?? {}) as { messages?: { role: string; content: string }[] };
  return messages.findLast(({ role }) => role === 'user')?.content.split(' ', 1)[0];
}

/** The conversations whose marks are in `text`. */
export function talksIn(text: string): Set<number> {
  return new Set([...text.matchAll(MARK)].map(([, talk]) => Number(talk)));
}

/** The whole answer. */
export function wholeOf({ answer }: Question): string {
  return answer + ENDING;
}

/** Whether `text` can be the end of an answer: nothing, or a part of it from its start, and the disclaimer once. */
export function isEnd(text: string, { answer }: Question): boolean {
  return text === '' || (text.endsWith(ENDING) && answer.startsWith(text.slice(0, -ENDING.length)));
}

/** Whether `text` can be shown of an answer while it is written: a beginning of it, or of one of its ends. */
export function isBeginning(text: string, { answer }: Question): boolean {
  if (answer.startsWith(text)) return true;
  const ending = text.lastIndexOf('\n\n');
  return ending >= 0 && answer.startsWith(text.slice(0, ending)) && ENDING.startsWith(text.slice(ending));
}
