import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { Random } from '../simulation/random.js';

/** How the double is to answer. */
export interface Style {
  /** Least and most. */
  readonly tokens: readonly [number, number];
  readonly tokensPerSecond: number;
}

/** A question whose answer is known beforehand, but for which of the model's tries said which token. */
export interface Question {
  /** Its `client_message_id`, and the mark that every token of its answer bears: nobody else's does. */
  readonly key: string;
  /** What is sent. */
  readonly text: string;
  /** What the model says: each token with `~` and the number of the try, which differs after a crash. */
  readonly tokens: readonly string[];
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
  const script = {
    text: tokens.join(' '),
    varied: true,
    tokensPerSecond: style.tokensPerSecond,
    firstTokenMs: 100,
    writes: random.pick(['line', 'split', 'burst']),
  };
  return { key, text: `${key} [[double:${JSON.stringify(script)}]]`, tokens };
}

/** The conversations whose marks are in `text`. */
export function talksIn(text: string): Set<number> {
  return new Set([...text.matchAll(MARK)].map(([, talk]) => Number(talk)));
}

/** Whether `text` is a whole answer, and the disclaimer once. */
export function isWhole(text: string, question: Question): boolean {
  return (
    isEnd(text, question) && text.split(' ').length === (question.tokens.join(' ') + ENDING).split(' ').length
  );
}

/** Whether `text` can be the end of an answer: nothing, or a part of it from its start, and the disclaimer once. */
export function isEnd(text: string, { tokens }: Question): boolean {
  if (text === '') return true;
  return text.endsWith(ENDING) && isSaid(text.slice(0, -ENDING.length).split(' '), tokens);
}

/** Whether `text` can be shown of an answer while it is written: a beginning of it, or of one of its ends. */
export function isBeginning(text: string, { tokens }: Question): boolean {
  const end = text.indexOf('\n\n');
  if (end >= 0) return ENDING.startsWith(text.slice(end)) && isSaid(text.slice(0, end).split(' '), tokens);
  const said = text.split(' ');
  const last = said.pop() ?? '';
  const next = tokens[said.length];
  return isSaid(said, tokens) && (isTry(last, next) || `${next}~`.startsWith(last));
}

/** Whether these are the first tokens, by whichever tries. */
function isSaid(said: readonly string[], tokens: readonly string[]): boolean {
  return said.every((token, index) => isTry(token, tokens[index]));
}

function isTry(said: string, token: string | undefined): boolean {
  return token !== undefined && said.startsWith(`${token}~`) && /^\d+$/.test(said.slice(token.length + 1));
}
