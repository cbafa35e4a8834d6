import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';

/** What a client did or was told, in order. */
export type Heard =
  /** It opened a connection, to go on after `from`. */
  | { kind: 'opened'; via: string; from: string | undefined }
  | { kind: 'frame'; frame: Frame }
  /** It loaded the conversation anew; a stream goes on at `cursor`. */
  | { kind: 'page'; items: readonly Message[]; cursor: string }
  /** The connection is over. */
  | { kind: 'closed'; why: string };

/** One moment of a transcript. `at` is in ms since the run began. */
export type Told = Heard & { readonly at: number };

/** Everything that one client was told, over however many connections. */
export interface Transcript {
  readonly client: string;
  readonly told: readonly Told[];
}

/** A line for people. */
export function lineOf({ at, ...heard }: Told): string {
  return `${(at / 1000).toFixed(3).padStart(9)} ${wordsOf(heard)}`;
}

function wordsOf(heard: Heard): string {
  switch (heard.kind) {
    case 'opened':
      return `opened ${heard.via} after ${heard.from ?? 'nothing'}`;
    case 'closed':
      return `closed: ${heard.why}`;
    case 'page': {
      const last = heard.items.at(-1);
      return `page of ${heard.items.length} until ${heard.cursor}, ${last?.status}: ${short(last?.content)}`;
    }
    case 'frame':
      return frameWords(heard.frame);
  }
}

function frameWords(frame: Frame): string {
  const cursor = 'cursor' in frame && frame.cursor !== undefined ? frame.cursor : '';
  const id = 'messageId' in frame && frame.messageId !== undefined ? ` ${frame.messageId.slice(-12)}` : '';
  if (frame.type === 'chunk') return `chunk ${cursor}${id} ${short(frame.data)}`;
  if (frame.type === 'error') return `error ${cursor}${id} ${frame.code}: ${frame.error}`;
  if (frame.type === 'reset') return `reset ${cursor}${id} ${frame.reason}`;
  if (frame.type === 'accepted') return `accepted ${cursor}${id} ${frame.client_message_id}`;
  if (frame.type === 'done') return `done ${cursor}${id} ${frame.message.status}`;
  return `${frame.type} ${cursor}${id}`;
}

function short(text = ''): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 28)}…${text.slice(-28)}` : text);
}
