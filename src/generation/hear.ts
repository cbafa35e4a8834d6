import type { Attachment } from '../protocol/attachment.js';
import type { StoredTurn } from './prompt-attachments.js';
import { ProviderError } from './provider.js';
import type { Transcriber } from './transcriber.js';

export interface HearPorts {
  readonly transcriber: Transcriber;
  /** The bytes of an attachment. */
  readonly read: (id: string) => Promise<Buffer>;
  /** Keeps what was heard, for later attempts and prompts. One that is there already stays. */
  readonly store: (id: string, transcript: string) => Promise<void>;
}

/**
 * The turns, with transcripts of the voice messages in the message to be answered. What an earlier attempt heard is not heard
 * again.
 * @throws ProviderError when one cannot be understood; then the next attempt tries again
 */
export async function hear(
  ports: HearPorts | undefined,
  turns: readonly StoredTurn[],
  signal: AbortSignal,
): Promise<readonly StoredTurn[]> {
  const last = turns.at(-1);
  if (!last?.attachments?.some(isUnheard)) return turns;
  if (!ports) throw new ProviderError('llm_failed', 'voice messages are not understood here');
  const attachments: Attachment[] = [];
  for (const attachment of last.attachments) {
    attachments.push(isUnheard(attachment) ? await heardOne(ports, attachment, signal) : attachment);
  }
  return [...turns.slice(0, -1), { ...last, attachments }];
}

function isUnheard({ kind, transcript }: Attachment): boolean {
  return kind === 'audio' && transcript === undefined;
}

async function heardOne(
  { transcriber, read, store }: HearPorts,
  attachment: Attachment,
  signal: AbortSignal,
): Promise<Attachment> {
  const { id, mediaType } = attachment;
  const transcript = await transcriber.transcribe({ content: await read(id), mediaType }, undefined, signal);
  await store(id, transcript);
  return { ...attachment, transcript };
}
