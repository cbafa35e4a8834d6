import type { Alert } from '../protocol/alert.js';
import type { Source } from '../protocol/source.js';
import type { GenerationState } from './generation-reader.js';

/** What a reader learns of an answer beside its text. It has no cursor, and comes once a call for each answer. */
export type Notice =
  /** What a voice message in the user's message `messageId` says. Before the answer's text. */
  | { kind: 'transcript'; messageId: string; attachmentId: string; text: string }
  /** Danger in the message that is answered. Before the text. */
  | { kind: 'alert'; messageId: string; alert: Alert }
  /** What an answer rests on. Before its text. */
  | { kind: 'sources'; messageId: string; sources: readonly Source[] }
  | { kind: 'stopping'; messageId: string };

/**
 * What is known of an answer by now, by kind, in the order in which it is yielded. A kind that may still come is absent; one that
 * never comes is empty.
 */
export function noticesOf(view: GenerationState): ReadonlyMap<Notice['kind'], readonly Notice[]> {
  const { ref, userMessage, alert, sources, stopRequested } = view;
  const { messageId } = ref;
  const known = new Map<Notice['kind'], readonly Notice[]>();
  const transcripts = transcriptsOf(userMessage);
  if (transcripts) known.set('transcript', transcripts);
  if (alert) known.set('alert', [{ kind: 'alert', messageId, alert }]);
  if (sources) known.set('sources', [{ kind: 'sources', messageId, sources }]);
  if (stopRequested) known.set('stopping', [{ kind: 'stopping', messageId }]);
  return known;
}

/** Undefined until all voice messages have been heard. */
function transcriptsOf({ id, attachments }: GenerationState['userMessage']): Notice[] | undefined {
  const sounds = attachments.filter(({ kind }) => kind === 'audio');
  if (sounds.some(({ transcript }) => transcript === undefined)) return undefined;
  return sounds.map(({ id: attachmentId, transcript = '' }) => ({
    kind: 'transcript',
    messageId: id,
    attachmentId,
    text: transcript,
  }));
}
