import type { MessageLimit } from '../generation/message-limit.js';
import { modelsOf, providerFor } from '../generation/models.js';
import type { Provider } from '../generation/provider.js';
import type { AttachmentStore } from './attachment-store.js';
import { isId } from './ids.js';

export interface AnswerableRequest {
  readonly text: string;
  /** Ids. */
  readonly attachments: readonly string[];
  readonly model: string | undefined;
}

/** Why the model cannot answer a message, in words for its sender; undefined when it can, or that is not known now. */
export type Answerable = (userId: string, request: AnswerableRequest) => Promise<string | undefined>;

export interface AnswerablePorts {
  readonly provider: Provider;
  readonly attachments: Pick<AttachmentStore, 'find'>;
  readonly messageLimit: (model: Provider) => MessageLimit;
  /** Whether voice messages are understood. */
  readonly transcription: boolean;
  /** Of the images of one prompt together. */
  readonly imageBytes: number;
}

/** How long a send may wait for what the model can do, in ms. */
const ANSWER_MS = 1500;

/** What a message must be for the model that is to answer it. */
export function answerable(ports: AnswerablePorts): Answerable {
  return async (userId, { text, attachments, model }) => {
    const { provider } = ports;
    const offered = modelsOf(provider);
    if (model !== undefined && !offered.includes(model)) {
      return `model: this one is not offered here; there is ${offered.join(', ')}`;
    }
    const chosen = providerFor(provider, model);
    const limit = await ports.messageLimit(chosen)(text);
    if (limit !== undefined) {
      return `the message is too long for the model, which takes ${limit} tokens at most; shorten it`;
    }
    return attachments.length === 0 ? undefined : unfit(ports, chosen, userId, attachments);
  };
}

async function unfit(
  { attachments, transcription, imageBytes }: AnswerablePorts,
  model: Provider,
  userId: string,
  ids: readonly string[],
): Promise<string | undefined> {
  // `accept` later refuses attachments that are missing or belong to another message.
  const found = await Promise.all(ids.filter(isId).map((id) => attachments.find(userId, id)));
  const kindOf = (kind: 'image' | 'audio') => found.filter((one) => one?.kind === kind);
  if (kindOf('audio').length > 0 && !transcription) return 'voice messages are not understood here';
  const images = kindOf('image');
  if (images.length === 0) return undefined;
  const bytes = images.reduce((sum, image) => sum + (image?.bytes ?? 0), 0);
  if (bytes > imageBytes) return `the images of a message have at most ${imageBytes} bytes together`;
  const abilities = (await model.abilities?.(AbortSignal.timeout(ANSWER_MS))) ?? { image: false };
  return abilities.image === false
    ? 'the model cannot see images: send text alone, or choose another model'
    : undefined;
}
